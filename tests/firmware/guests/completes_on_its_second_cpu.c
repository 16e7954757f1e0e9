/*
 * With split end of interrupt an SPI is acknowledged and ended on one virtual CPU, and deactivated
 * on the other. GICV_DIR is trapped then, as it could be for either's. Pending again, the SPI moves
 * with its targets, and comes to the other one.
 *
 * Virtual CPUs: 2
 * Expected: status 0 ticks 6
 */
#include "guest_test.h"

#define SPI 45
#define BIT (1u << SPI % 32)
#define ROUNDS 3

static volatile uint32_t turn; /* whose: 0 or 1 */
static volatile bool done;
static uint32_t taken;
static uint8_t stack[1024] __attribute__((aligned(16)));

static bool active(void)
{
    return guest_read(GUEST_GICD + GICD_ISACTIVER_AT(1)) & BIT;
}

static void target(uint32_t cpu)
{
    guest_write_byte(GUEST_GICD + GICD_ITARGETSR + SPI, (uint8_t)(1u << cpu));
}

static void interface_on(void)
{
    guest_write(GUEST_GICC + GICV_PMR, 0xFF);
    guest_write(GUEST_GICC + GICV_CTLR, GICV_CTLR_ENABLEGRP0_MASK | GICV_CTLR_EOIMODE_MASK);
}

void guest_interrupt(void)
{
    finish(__LINE__); /* they poll */
}

/* Take it here, leave it active, and let the other one deactivate it. */
static void take(uint32_t me)
{
    target(me);
    set_pending(SPI);
    CHECK(guest_gic_acknowledge() == SPI);
    guest_gic_end(SPI);
    CHECK(active());
    set_pending(SPI); /* once more: while it is active, for the one that it is then targeted at */
    target(!me);
    CHECK(guest_gic_acknowledge() == 1023);
    taken++;
    turn = !me;
    while (turn != me && !done)
        guest_yield();
}

/* The other one has it active. */
static void complete(uint32_t me)
{
    while (turn != me)
        guest_yield();
    CHECK(active() && guest_gic_acknowledge() == 1023);
    guest_write(GUEST_GICC + GICV_DIR, SPI);
    CHECK(!active());
    CHECK(guest_gic_acknowledge() == SPI);
    guest_gic_end(SPI);
    guest_write(GUEST_GICC + GICV_DIR, SPI);
    CHECK(!active() && guest_gic_acknowledge() == 1023);
    taken++;
    turn = !me;
}

static void second_main(uint32_t number)
{
    interface_on();
    for (uint32_t round = 0; round < ROUNDS; round++)
        complete(number);
    done = true;
    for (;;)
        guest_yield();
}

void guest_main(void)
{
    static const struct guest_cpu second = {stack + sizeof(stack), second_main};

    guest_gic_init();
    interface_on();
    guest_gic_enable(SPI, 0x80);
    CHECK(guest_cpu_on(1, &second) == HVC_OK);
    for (uint32_t round = 0; round < ROUNDS; round++)
        take(0);
    finish_with(0, taken, 0);
}
