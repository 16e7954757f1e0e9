/*
 * Each virtual CPU has more SGIs pending than there are list registers, and each of them from both:
 * one of two sources waits in memory behind the other, also behind one that is active. After a long
 * pause, in which the guest may be moved, every SGI arrives from each source, once.
 *
 * Virtual CPUs: 2
 * List registers: 0 1 2
 * Expected: status 0 ticks 48
 */
#include "guest_test.h"

#define CPUS 2
#define SGIS 6 /* the last one has the highest priority */
#define ALL (SGIS * CPUS)
#define ROUNDS 2
#ifndef PAUSE
#define PAUSE 4000 /* cycles */
#endif
#define SOON 60000

static volatile uint32_t sent[CPUS], took[CPUS]; /* in how many rounds */
static volatile bool ended;
static uint8_t stack[1024] __attribute__((aligned(16)));

void guest_interrupt(void)
{
    finish(__LINE__); /* they poll */
}

static void interface_on(void)
{
    guest_write(GUEST_GICC + GICV_PMR, 0xFF);
    guest_write(GUEST_GICC + GICV_CTLR, GICV_CTLR_ENABLEGRP0_MASK);
    for (uint32_t sgi = 1; sgi <= SGIS; sgi++)
        guest_gic_enable(sgi, (uint8_t)(0xC0 - 0x10 * sgi));
}

static void wait_for_both(const volatile uint32_t *rounds, uint32_t round)
{
    while (rounds[0] < round || rounds[1] < round)
        guest_yield();
}

static void pause(uint32_t cycles)
{
    uint64_t end = guest_timer_count() + cycles;

    while (guest_timer_count() < end)
        guest_yield();
}

/* The next SGI, which this CPU has not had from that source yet. */
static uint32_t take(bool had[SGIS + 1][CPUS])
{
    uint64_t end = guest_timer_count() + SOON;
    uint32_t acknowledged, sgi, source;

    do {
        acknowledged = guest_gic_acknowledge();
        sgi = gicv_iar_get_intid(acknowledged);
        CHECK(guest_timer_count() < end);
    } while (sgi >= 1020);
    source = gicv_iar_get_cpuid(acknowledged);
    CHECK(sgi >= 1 && sgi <= SGIS && source < CPUS && !had[sgi][source]);
    had[sgi][source] = true;
    return acknowledged;
}

/* HOLD: in the pause the highest SGI is active, on CPU 0 from the one source, on CPU 1 from the
 * other. */
static void take_all(uint32_t number, bool hold)
{
    bool had[SGIS + 1][CPUS] = {0};
    uint32_t left = ALL, held = 0;

    if (hold) {
        held = take(had);
        if (number) {
            guest_gic_end(held);
            held = take(had);
        }
        left -= 1 + number;
        CHECK(gicv_iar_get_intid(held) == SGIS);
    }
    pause(PAUSE);
    if (hold)
        guest_gic_end(held);
    while (left--)
        guest_gic_end(take(had));
    pause(1000);
    CHECK(gicv_iar_get_intid(guest_gic_acknowledge()) >= 1020);
}

static void run(uint32_t number)
{
    interface_on();
    for (uint32_t round = 1; round <= ROUNDS; round++) {
        for (uint32_t sgi = 1; sgi <= SGIS; sgi++)
            guest_write(GUEST_GICD + GICD_SGIR, 3u << GICD_SGIR_CPUTARGETLIST_SHIFT | sgi);
        sent[number] = round;
        wait_for_both(sent, round);
        take_all(number, round == ROUNDS);
        took[number] = round;
        wait_for_both(took, round);
    }
}

static void second_main(uint32_t number)
{
    run(number);
    ended = true;
    guest_cpu_off();
}

void guest_main(void)
{
    static const struct guest_cpu second = {stack + sizeof(stack), second_main};

    guest_gic_init();
    CHECK(guest_cpu_on(1, &second) == HVC_OK);
    run(0);
    while (!ended)
        guest_yield();
    finish_with(0, ROUNDS * CPUS * ALL, 0);
}
