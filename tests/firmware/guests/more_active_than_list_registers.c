/*
 * Interrupts nest deeper than there are list registers: the timer's, of lowest priority, is
 * spilled while it is active. With an exit after each end it comes back before its own, which
 * deactivates the physical side too, and the ticks go on.
 *
 * Expected: status 0 ticks 6
 * At least: overflows 6
 * List registers: 1 2 4
 */
#include "guest_test.h"

#define DEPTH 7 /* SGIs 1 to 7 on top of the timer's interrupt */
#define TICKS 6
#define PERIOD 60013

static uint64_t deadline;
static volatile uint32_t ticks;

static void nest(uint32_t level)
{
    uint32_t acknowledged;

    if (level > DEPTH)
        return;
    guest_write_byte(GUEST_GICD + GICD_SPENDSGIR + level, 1);
    if (level == 4 && ticks % 2)
        guest_yield();
    do
        acknowledged = guest_gic_acknowledge();
    while (acknowledged >= 1020);
    CHECK(acknowledged == level);
    nest(level + 1);
    CHECK(gicd_bit(GICD_ISACTIVER, level));
    guest_gic_end(acknowledged);
    guest_note(level);
    CHECK(!gicd_bit(GICD_ISACTIVER, level));
}

void guest_interrupt(void)
{
    uint32_t acknowledged = guest_gic_acknowledge();

    if (acknowledged >= 1020)
        return;
    CHECK(acknowledged == GUEST_VTIMER_INTID);
    CHECK(guest_timer_count() >= deadline);
    next_deadline(&deadline, PERIOD, ticks == TICKS - 1);
    nest(1);
    CHECK(gicd_bit(GICD_ISACTIVER, GUEST_VTIMER_INTID));
    guest_gic_end(acknowledged);
    guest_note(0);
    CHECK(guest_read(GUEST_GICD + GICD_ISACTIVER_AT(0)) == 0);
    ticks++;
}

void guest_main(void)
{
    guest_gic_init();
    enable_nest(DEPTH);
    take_ticks(&deadline, PERIOD, &ticks, TICKS);
}
