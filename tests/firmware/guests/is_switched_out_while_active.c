/*
 * A guest that is switched out between its acknowledge and its end keeps its active interrupt, and
 * neither guest loses a tick or gets one of the other's.
 *
 * Expected: status 0 ticks 20
 */
#include "guest_test.h"

#define TICKS 20
#define PERIOD 7507

static uint64_t deadline;
static volatile uint32_t ticks;

void guest_interrupt(void)
{
    uint32_t acknowledged = guest_gic_acknowledge();

    CHECK(acknowledged == GUEST_VTIMER_INTID);
    CHECK(guest_timer_expired());
    CHECK(guest_timer_count() >= deadline);
    if (ticks % 2)
        guest_yield(); /* with the line still high */
    next_deadline(&deadline, PERIOD, ticks == TICKS - 1);
    guest_yield(); /* with the line low, or high for the next tick */
    CHECK(gicd_bit(GICD_ISACTIVER, GUEST_VTIMER_INTID));
    guest_gic_end(acknowledged);
    ticks++;
}

void guest_main(void)
{
    guest_gic_init();
    guest_gic_enable(GUEST_VTIMER_INTID, 0x80);
    take_ticks(&deadline, PERIOD, &ticks, TICKS);
}
