/*
 * A guest starts its second virtual CPU, which finds its number and its argument; bad calls get
 * their error. The two take turns, send each other SGIs that arrive with their source, and each has
 * ticks of its own. Then the second one ends, can be started again, and the guest ends.
 *
 * Virtual CPUs: 2
 * Expected: status 0 ticks 8
 */
#include "guest_test.h"

#define SGI 5
#define ROUNDS 4
#define PERIOD 6007
#define SOURCE(cpu) ((uint32_t)(cpu) << GICV_IAR_CPUID_SHIFT)

static volatile uint32_t pings, pongs, ticks[2], starts, ended;
static uint64_t deadline[2];
static uint8_t stack[1024] __attribute__((aligned(16)));

static void second_main(uint32_t number);

static const struct guest_cpu second = {stack + sizeof(stack), second_main};

static uint32_t this_cpu(void)
{
    uint32_t sp;

    __asm__("mv %0, sp" : "=r"(sp));
    return sp - (uint32_t)(uintptr_t)stack <= sizeof(stack);
}

static void send(uint32_t cpu)
{
    guest_write(GUEST_GICD + GICD_SGIR, 1u << (GICD_SGIR_CPUTARGETLIST_SHIFT + cpu) | SGI);
}

void guest_interrupt(void)
{
    uint32_t acknowledged = guest_gic_acknowledge(), me = this_cpu();

    if (acknowledged >= 1020 && gicv_iar_get_intid(acknowledged) >= 1020)
        return;
    if (acknowledged == GUEST_VTIMER_INTID) {
        CHECK(guest_timer_count() >= deadline[me]);
        ticks[me]++;
        next_deadline(&deadline[me], PERIOD, ticks[me] == ROUNDS);
    } else {
        CHECK(acknowledged == (SOURCE(!me) | SGI));
        if (me) {
            pings++;
            send(0);
        } else {
            pongs++;
        }
    }
    guest_gic_end(acknowledged);
}

static void interface_on(void)
{
    guest_write(GUEST_GICC + GICV_PMR, 0xFF);
    guest_write(GUEST_GICC + GICV_CTLR, GICV_CTLR_ENABLEGRP0_MASK);
    guest_gic_enable(GUEST_VTIMER_INTID, 0x80);
    guest_gic_enable(SGI, 0x40);
}

static void second_main(uint32_t number)
{
    CHECK(number == 1 && this_cpu() == 1);
    if (++starts == 2) {
        ended = 1;
        guest_cpu_off();
        finish(__LINE__);
    }
    CHECK(guest_read(GUEST_GICD + GICD_ITARGETSR_AT(0)) == 0x02020202);
    interface_on();
    deadline[1] = start_timer(PERIOD);
    guest_unmask();
    while (ticks[1] < ROUNDS || pings < ROUNDS)
        ;
    guest_mask();
    guest_cpu_off();
    finish(__LINE__);
}

static void bad_calls(void)
{
    uint32_t here = GUEST_RAM_BASE + 0x100;

    CHECK(guest_ask(HVC_CPU_ON, 2, here, 0) == HVC_NO_SUCH_CPU);
    CHECK(guest_ask(HVC_CPU_ON, 0xFFFFFFFF, here, 0) == HVC_NO_SUCH_CPU);
    CHECK(guest_ask(HVC_CPU_ON, 0, here, 0) == HVC_ALREADY_ON);
    CHECK(guest_ask(HVC_CPU_ON, 1, here + 2, 0) == HVC_BAD_ENTRY);
    CHECK(guest_ask(HVC_CPU_ON, 1, 0x80001000, 0) == HVC_BAD_ENTRY);
    CHECK(guest_ask(HVC_CPU_ON, 1, GUEST_RAM_BASE - 4, 0) == HVC_BAD_ENTRY);
    CHECK(guest_cpu_off() == HVC_LAST_CPU);
}

void guest_main(void)
{
    CHECK(this_cpu() == 0);
    CHECK(gicd_typer_get_cpunumber(guest_read(GUEST_GICD + GICD_TYPER)) == 1);
    bad_calls();
    guest_gic_init();
    interface_on();
    CHECK(guest_cpu_on(1, &second) == HVC_OK);
    CHECK(guest_cpu_on(1, &second) == HVC_ALREADY_ON);
    deadline[0] = start_timer(PERIOD);
    guest_unmask();
    for (uint32_t round = 1; round <= ROUNDS; round++) {
        send(1);
        while (pongs < round)
            guest_yield();
    }
    while (ticks[0] < ROUNDS || ticks[1] < ROUNDS)
        ;
    while (guest_cpu_on(1, &second) == HVC_ALREADY_ON)
        guest_yield();
    while (!ended)
        guest_yield();
    CHECK(starts == 2);
    finish_with(0, ticks[0] + ticks[1], 0);
}
