/*
 * A guest sets its timer interrupt active in its distributor: the line, high, is not signalled. It
 * clears the active state: the tick is signalled at once.
 *
 * Expected: status 0 ticks 4
 */
#include "guest_test.h"

static volatile uint32_t ticks;
static volatile bool allowed;

void guest_interrupt(void)
{
    uint32_t acknowledged = guest_gic_acknowledge();

    CHECK(acknowledged == GUEST_VTIMER_INTID);
    CHECK(allowed);
    guest_timer_off();
    ticks++;
    guest_gic_end(acknowledged);
}

void guest_main(void)
{
    guest_gic_init();
    guest_gic_enable(GUEST_VTIMER_INTID, 0x80);
    guest_unmask();
    for (uint32_t round = 0; round < 4; round++) {
        uint64_t deadline;

        allowed = false;
        guest_write(GUEST_GICD + GICD_ISACTIVER_AT(0), 1u << GUEST_VTIMER_INTID);
        CHECK(gicd_bit(GICD_ISACTIVER, GUEST_VTIMER_INTID));
        deadline = start_timer(1000);
        wait_until(deadline + 2000);
        if (round % 2)
            guest_yield();
        CHECK(gicd_bit(GICD_ISPENDR, GUEST_VTIMER_INTID));
        CHECK(ticks == round);
        allowed = true;
        guest_write(GUEST_GICD + GICD_ICACTIVER_AT(0), 1u << GUEST_VTIMER_INTID);
        (void)guest_read(GUEST_GICD + GICD_CTLR);
        while (ticks == round)
            ;
    }
    finish_with(0, ticks, 0);
}
