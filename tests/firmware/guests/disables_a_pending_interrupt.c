/*
 * A guest disables its timer interrupt while it is pending: it is not taken until it is enabled
 * again, and then once, also when the worlds have switched in between.
 *
 * Expected: status 0 ticks 9
 */
#include "guest_test.h"

#define SLICES 20000 /* of both guests, some */

static volatile uint32_t ticks;
static volatile bool allowed;

void guest_interrupt(void)
{
    uint32_t acknowledged = guest_gic_acknowledge();

    CHECK(acknowledged == GUEST_VTIMER_INTID);
    CHECK(allowed);
    CHECK(guest_timer_expired());
    guest_timer_off();
    ticks++;
    guest_gic_end(acknowledged);
}

void guest_main(void)
{
    guest_gic_init();
    for (uint32_t round = 0; round < 9; round++) {
        uint64_t deadline;

        guest_gic_enable(GUEST_VTIMER_INTID, 0x80);
        deadline = start_timer(800);
        wait_until(deadline);
        while (!gicd_bit(GICD_ISPENDR, GUEST_VTIMER_INTID))
            ;
        allowed = false;
        guest_gic_disable(GUEST_VTIMER_INTID);
        (void)guest_read(GUEST_GICD + GICD_CTLR);
        guest_unmask();
        if (round % 3 == 0)
            guest_yield();
        else if (round % 3 == 1)
            guest_note(round);
        else
            wait_until(guest_timer_count() + SLICES);
        CHECK(gicd_bit(GICD_ISPENDR, GUEST_VTIMER_INTID));
        CHECK(ticks == round);
        allowed = true;
        guest_gic_enable(GUEST_VTIMER_INTID, 0x80);
        while (ticks == round)
            ;
        guest_mask();
    }
    finish_with(0, ticks, 0);
}
