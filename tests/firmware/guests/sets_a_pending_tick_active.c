/*
 * A guest makes its tick active by software while it is pending: it is both, of which the list
 * register has one. It deactivates it with no exit in between. If it had moved its timer on, nothing
 * is left to take; if not, the line is still high, and the tick comes once. The time slices that
 * follow make no difference.
 *
 * Expected: status 0 ticks 6 spurious 0
 */
#include "guest_test.h"

#define ROUNDS 6
#define SLICES 15000 /* of both guests, some */

static volatile uint32_t taken, spurious;

void guest_interrupt(void)
{
    uint32_t acknowledged = guest_gic_acknowledge();

    if (gicv_iar_get_intid(acknowledged) >= 1020)
        return;
    taken++;
    spurious += !guest_timer_expired();
    guest_timer_off();
    guest_gic_end(acknowledged);
    guest_write(GUEST_GICC + GICV_DIR, acknowledged);
}

static void deactivate_and_wait(bool moved_on)
{
    uint64_t deadline = start_timer(300);

    wait_until(deadline + 500);
    guest_write(GUEST_GICD + GICD_ISACTIVER_AT(0), 1u << GUEST_VTIMER_INTID);
    CHECK(gicd_bit(GICD_ISACTIVER, GUEST_VTIMER_INTID));
    if (moved_on)
        guest_timer_off();
    wait_until(guest_timer_count() + 100);
    guest_write(GUEST_GICC + GICV_DIR, GUEST_VTIMER_INTID);
    guest_unmask();
    wait_until(guest_timer_count() + SLICES);
    guest_mask();
}

void guest_main(void)
{
    guest_gic_init();
    guest_gic_enable(GUEST_VTIMER_INTID, 0x80);
    guest_write(GUEST_GICC + GICV_CTLR, GICV_CTLR_ENABLEGRP0_MASK | GICV_CTLR_EOIMODE_MASK);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        deactivate_and_wait(true);
        CHECK(taken == round);
        deactivate_and_wait(false);
        CHECK(taken == round + 1);
    }
    finish_with(0, taken, spurious);
}
