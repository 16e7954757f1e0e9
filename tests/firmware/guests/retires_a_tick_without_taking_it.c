/*
 * With its interrupts off, a guest polls its timer and moves CVAL on while the tick is queued. At
 * the next exit, be it the end of a time slice, the host sees the line low and withdraws the tick;
 * the one after it arrives.
 *
 * Expected: status 0 ticks 6 spurious 0 withdrawn 6
 */
#include "guest_test.h"

#define SLICES 20000 /* of both guests, some */

static volatile uint32_t ticks;
static uint64_t deadline;

void guest_interrupt(void)
{
    uint32_t acknowledged = guest_gic_acknowledge();

    if (gicv_iar_get_intid(acknowledged) >= 1020)
        return;
    CHECK(guest_timer_expired());
    CHECK(guest_timer_count() >= deadline);
    guest_timer_off();
    ticks++;
    guest_gic_end(acknowledged);
}

void guest_main(void)
{
    guest_gic_init();
    guest_gic_enable(GUEST_VTIMER_INTID, 0x80);
    for (uint32_t round = 0; round < 6; round++) {
        deadline = start_timer(500);
        wait_until(deadline);
        while (!gicd_bit(GICD_ISPENDR, GUEST_VTIMER_INTID))
            ;
        deadline += 50000;
        guest_timer_set_compare(deadline);
        if (round % 3 == 0)
            guest_yield();
        else if (round % 3 == 1)
            guest_note(round);
        else
            wait_until(guest_timer_count() + SLICES);
        guest_unmask();
        while (ticks == round)
            ;
        guest_mask();
    }
    finish_with(0, ticks, 0);
}
