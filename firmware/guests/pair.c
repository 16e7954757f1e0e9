/*
 * A guest with two virtual CPUs, for two harts (make harts). Each takes TICKS ticks of its own
 * virtual timer, one every PERIOD counts, or up to JITTER - 1 more, and sends the other an SGI with
 * each of them, or each EVERY of them, as soon as the one before was taken: with it goes a letter in
 * the memory that they share. The guest that has the serial port's receiver also takes BYTES bytes,
 * on its second CPU.
 *
 * They may run at the same time, and harts do not see each other's caches: what is for both is
 * GUEST_SHARED (guest_abi.h).
 */
#include "guest.h"
#include "lib/random.h"

#ifndef PERIOD
#define PERIOD 13007
#endif
#ifndef JITTER
#define JITTER 1
#endif
#ifndef TICKS
#define TICKS 500
#endif
#ifndef SEED
#define SEED 0x9E3779B9
#endif
#ifndef BYTES
#define BYTES 0
#endif

/* A power of two. */
#ifndef EVERY
#define EVERY 1
#endif

/* Rounds of work() in the handler, at most. */
#ifndef WORK
#define WORK 96
#endif

#define SGI 3
#define PRIORITY 0x80
#define SOURCE(cpu) ((uint32_t)(cpu) << GICV_IAR_CPUID_SHIFT)

/* Statuses other than 0: what went wrong. */
enum { WRONG_INTERRUPT = 1, WRONG_LETTER = 2, WRONG_BYTE = 3 };

/* Of each CPU alone: it finds its own state on whichever hart it goes on. */
static struct cpu {
    volatile uint32_t ticks;
    uint64_t deadline;
    uint32_t random;
    uint32_t sent;
    uint32_t spurious;
    uint32_t early;
    volatile uint32_t status;
} cpus[2];

/* Of both: one writes, the other reads. */
static volatile uint32_t letter[2], taken[2], finished[2], failed[2];
static volatile uint32_t bytes;

static uint8_t stack[1024] __attribute__((aligned(16)));

static uint32_t this_cpu(void)
{
    uint32_t sp;

    __asm__("mv %0, sp" : "=r"(sp));
    return sp - (uint32_t)(uintptr_t)stack <= sizeof(stack);
}

/* About 10 cycles a round. */
static void work(uint32_t rounds)
{
    for (volatile uint32_t round = 0; round < rounds; round++)
        ;
}

static void write_letter(struct cpu *cpu, uint32_t me)
{
    if (cpu->ticks % EVERY || GUEST_SHARED(taken[!me]) != cpu->sent)
        return;
    GUEST_SHARED(letter[!me]) = ++cpu->sent;
    guest_write(GUEST_GICD + GICD_SGIR, 1u << (GICD_SGIR_CPUTARGETLIST_SHIFT + !me) | SGI);
}

static void read_letter(struct cpu *cpu, uint32_t me)
{
    uint32_t number = GUEST_SHARED(taken[me]) + 1;

    if (GUEST_SHARED(letter[me]) != number)
        cpu->status = WRONG_LETTER;
    GUEST_SHARED(taken[me]) = number;
}

static void tick(struct cpu *cpu, uint32_t me)
{
    if (!guest_timer_expired()) {
        cpu->spurious++;
        return;
    }
    if (guest_timer_count() < cpu->deadline)
        cpu->early++;
    if (cpu->ticks + 1 == TICKS) {
        guest_timer_off();
    } else {
        cpu->deadline += PERIOD + (JITTER > 1 ? random_next(&cpu->random) % JITTER : 0);
        guest_timer_set_compare(cpu->deadline);
        /* A host that masks the timer while a tick is open counts on this (hyp/mode.h). */
        guest_timer_on();
    }
    write_letter(cpu, me);
    cpu->ticks++;
}

/* The bench sends 0, 1, 2 ..., slowly enough for each of them to be read. */
static void receive(struct cpu *cpu)
{
    uint32_t data = guest_read(GUEST_UART + UART_DATA);

    if (!(data & UART_DATA_VALID_MASK) || uart_data_get_data(data) != (bytes & 0xFF))
        cpu->status = WRONG_BYTE;
    bytes++;
    if (bytes == BYTES)
        guest_write(GUEST_UART + UART_INTENABLE, 0);
}

void guest_interrupt(void)
{
    uint32_t me = this_cpu(), acknowledged = guest_gic_acknowledge();
    struct cpu *cpu = &cpus[me];

    if (gicv_iar_get_intid(acknowledged) >= 1020)
        return;
    if (acknowledged == GUEST_VTIMER_INTID)
        tick(cpu, me);
    else if (acknowledged == (SOURCE(!me) | SGI))
        read_letter(cpu, me);
    else if (BYTES && me == 1 && acknowledged == GUEST_UART_INTID)
        receive(cpu);
    else
        cpu->status = WRONG_INTERRUPT;
    work(random_next(&cpu->random) % WORK);
    guest_gic_end(acknowledged);
}

static bool is_over(const struct cpu *cpu, uint32_t me)
{
    return cpu->ticks == TICKS && GUEST_SHARED(taken[!me]) == cpu->sent &&
           !(BYTES && me == 1 && bytes < BYTES);
}

static void run(uint32_t me)
{
    struct cpu *cpu = &cpus[me];
    uint32_t state = SEED ^ 0xFFFF ^ me;

    cpu->random = SEED + me;
    guest_write(GUEST_GICC + GICV_PMR, 0xFF);
    guest_write(GUEST_GICC + GICV_CTLR, GICV_CTLR_ENABLEGRP0_MASK);
    guest_gic_enable(GUEST_VTIMER_INTID, PRIORITY);
    guest_gic_enable(SGI, PRIORITY);
    if (BYTES && me == 1) {
        guest_write_byte(GUEST_GICD + GICD_ITARGETSR + GUEST_UART_INTID, 1u << me);
        guest_gic_enable(GUEST_UART_INTID, PRIORITY - 0x40); /* its buffer is small */
        guest_write(GUEST_UART + UART_INTENABLE, UART_INTENABLE_RXVALID_MASK);
    }
    cpu->deadline = guest_timer_count() + PERIOD;
    guest_timer_set_compare(cpu->deadline);
    guest_timer_on();
    guest_unmask();
    while (!is_over(cpu, me) && !cpu->status) {
        uint32_t random = random_next(&state);

        if (random % 4 == 0) {
            guest_mask();
            work(random / 4 % 128);
            guest_unmask();
        } else {
            work(random / 4 % 256);
        }
    }
    GUEST_SHARED(failed[me]) = cpu->status;
    GUEST_SHARED(finished[me]) = 1;
}

/* It still takes what the first one sends. */
static void second_main(uint32_t number)
{
    run(number);
    for (;;)
        work(100);
}

void guest_main(void)
{
    static const struct guest_cpu second = {stack + sizeof(stack), second_main};
    static struct guest_result result;

    guest_gic_init();
    if (guest_cpu_on(1, &second) != HVC_OK)
        result.status = WRONG_INTERRUPT;
    run(0);
    while (!GUEST_SHARED(finished[1]))
        work(100);
    guest_mask();
    result.status |= GUEST_SHARED(failed[0]) | GUEST_SHARED(failed[1]);
    result.ticks = cpus[0].ticks + GUEST_SHARED(cpus[1].ticks);
    result.spurious = cpus[0].spurious + GUEST_SHARED(cpus[1].spurious);
    result.early = cpus[0].early + GUEST_SHARED(cpus[1].early);
    guest_done(&result);
}
