/*
 * A guest is switched out with one interrupt active and three pending, the timer's among them, in
 * as many list registers. All come back. Of equal priority, they are then taken in the order of
 * their INTIDs, in whatever order they became pending.
 *
 * Expected: status 0 ticks 2 overflows 0
 */
#include "guest_test.h"

#ifndef ROUNDS
#define ROUNDS 2
#endif
#define ACTIVE_SGI 1
#define PRIORITY 0x80

void guest_interrupt(void)
{
    finish(__LINE__);
}

static void make_pending(uint32_t sgi)
{
    guest_write_byte(GUEST_GICD + GICD_SPENDSGIR + sgi, 1);
    (void)guest_read(GUEST_GICD + GICD_CTLR);
}

void guest_main(void)
{
    static const uint32_t order[] = {3, 5, GUEST_VTIMER_INTID};

    guest_gic_init();
    guest_gic_enable(ACTIVE_SGI, PRIORITY - 0x40);
    for (uint32_t i = 0; i < 3; i++)
        guest_gic_enable(order[i], PRIORITY);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        make_pending(ACTIVE_SGI);
        CHECK(guest_gic_acknowledge() == ACTIVE_SGI);
        wait_until(start_timer(300) + 100);
        make_pending(5);
        make_pending(3);
        CHECK(gicd_bit(GICD_ISPENDR, GUEST_VTIMER_INTID));
        guest_yield();
        CHECK(guest_read(GUEST_GICD + GICD_ISACTIVER_AT(0)) == 1u << ACTIVE_SGI);
        CHECK(guest_read(GUEST_GICC + GICV_RPR) == PRIORITY - 0x40);
        guest_gic_end(ACTIVE_SGI);
        for (uint32_t i = 0; i < 3; i++) {
            CHECK(guest_gic_acknowledge() == order[i]);
            if (order[i] == GUEST_VTIMER_INTID)
                guest_timer_off();
            guest_gic_end(order[i]);
        }
        CHECK(guest_gic_acknowledge() == 1023);
    }
    finish_with(0, ROUNDS, 0);
}
