/*
 * A guest may disable its interrupt while it is active. It stays active, in the list register and
 * in the distributor, until the guest ends it; enabled again, the ticks go on.
 *
 * Expected: status 0 ticks 12
 */
#include "guest_test.h"

#define TICKS 12
#define PERIOD 5003

static uint64_t deadline;
static volatile uint32_t ticks;

void guest_interrupt(void)
{
    uint32_t acknowledged = guest_gic_acknowledge();

    CHECK(acknowledged == GUEST_VTIMER_INTID);
    CHECK(guest_timer_count() >= deadline);
    guest_gic_disable(GUEST_VTIMER_INTID);
    CHECK(gicd_bit(GICD_ISACTIVER, GUEST_VTIMER_INTID));
    if (ticks % 2)
        guest_yield(); /* out and in again with it active and disabled */
    CHECK(gicd_bit(GICD_ISACTIVER, GUEST_VTIMER_INTID));
    next_deadline(&deadline, PERIOD, ticks == TICKS - 1);
    guest_gic_end(acknowledged);
    CHECK(!gicd_bit(GICD_ISACTIVER, GUEST_VTIMER_INTID));
    guest_gic_enable(GUEST_VTIMER_INTID, 0x80);
    ticks++;
}

void guest_main(void)
{
    guest_gic_init();
    guest_gic_enable(GUEST_VTIMER_INTID, 0x80);
    take_ticks(&deadline, PERIOD, &ticks, TICKS);
}
