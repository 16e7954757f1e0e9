/*
 * With its tick spilled while active, a guest ends more interrupts than the list registers hold,
 * one after the other and without an exit that it asked for.
 *
 * Expected: status 0 ticks 4
 * At least: overflows 4 ends 4
 * List registers: 1 2
 */
#include "guest_test.h"

#define DEPTH 5
#define TICKS 4
#define PERIOD 40009

static uint64_t deadline;
static volatile uint32_t ticks;

void guest_interrupt(void)
{
    uint32_t tick = guest_gic_acknowledge();

    if (tick >= 1020)
        return;
    CHECK(tick == GUEST_VTIMER_INTID);
    next_deadline(&deadline, PERIOD, ticks == TICKS - 1);
    for (uint32_t level = 1; level <= DEPTH; level++) {
        guest_write_byte(GUEST_GICD + GICD_SPENDSGIR + level, 1);
        while (guest_gic_acknowledge() != level)
            ;
    }
    for (uint32_t level = DEPTH; level; level--)
        guest_write(GUEST_GICC + GICV_EOIR, level);
    guest_gic_end(tick);
    guest_note(0);
    CHECK(guest_read(GUEST_GICD + GICD_ISACTIVER_AT(0)) == 0);
    CHECK(guest_read(GUEST_GICC + GICV_RPR) == 0xFF);
    ticks++;
}

void guest_main(void)
{
    guest_gic_init();
    enable_nest(DEPTH);
    take_ticks(&deadline, PERIOD, &ticks, TICKS);
}
