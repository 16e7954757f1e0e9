/*
 * Both virtual CPUs run, each on a hart, in time slices that are far longer than this takes. An SGI
 * arrives while its sender waits: the host of the other hart is called for it. So does an SGI that
 * is sent while the one before is active, and nobody has told the host that it was taken. In the end
 * one CPU ends the guest, and the other one, which masks interrupts and never comes to the host by
 * itself, is stopped.
 *
 * Expected: status 0 ticks 60
 */
#include "guest_test.h"

#define SGI 4
#define ROUNDS 30
#define SOON 20000 /* cycles */

static volatile uint32_t taken[8] __attribute__((aligned(32)));
static volatile uint32_t go[8] __attribute__((aligned(32)));
static uint8_t stack[1024] __attribute__((aligned(16)));

void guest_interrupt(void)
{
    finish(__LINE__); /* they poll */
}

static void interface_on(void)
{
    guest_write(GUEST_GICC + GICV_PMR, 0xFF);
    guest_write(GUEST_GICC + GICV_CTLR, GICV_CTLR_ENABLEGRP0_MASK);
    guest_gic_enable(SGI, 0x40);
}

static void send(void)
{
    guest_write(GUEST_GICD + GICD_SGIR, 2u << GICD_SGIR_CPUTARGETLIST_SHIFT | SGI);
}

static void wait_for(volatile uint32_t *word, uint32_t value)
{
    while (GUEST_SHARED(*word) != value)
        ;
}

/* Take one, say so, and end it only when the next one was sent. */
static void second_main(uint32_t number)
{
    interface_on();
    GUEST_SHARED(go[0]) = number;
    for (uint32_t n = 1; n <= 2 * ROUNDS; n++) {
        while (guest_gic_acknowledge() != SGI)
            ;
        GUEST_SHARED(taken[0]) = n;
        if (n % 2)
            wait_for(&go[1], n);
        guest_gic_end(SGI);
    }
    for (;;)
        ;
}

static void check_taken(uint32_t number)
{
    uint64_t end = guest_timer_count() + SOON;

    while (GUEST_SHARED(taken[0]) != number)
        CHECK(guest_timer_count() < end);
}

void guest_main(void)
{
    static const struct guest_cpu second = {stack + sizeof(stack), second_main};

    guest_gic_init();
    interface_on();
    CHECK(guest_cpu_on(1, &second) == HVC_OK);
    wait_for(&go[0], 1);
    for (uint32_t n = 1; n <= 2 * ROUNDS; n += 2) {
        send();
        check_taken(n);
        send(); /* while that is active */
        GUEST_SHARED(go[1]) = n;
        check_taken(n + 1);
    }
    finish_with(0, 2 * ROUNDS, 0);
}
