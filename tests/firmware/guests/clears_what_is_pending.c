/*
 * A guest makes its timer's interrupt pending by software, and clears it again. With the line low
 * nothing is left to take. With the line high the line keeps it pending, and it is taken once. Set
 * while it is active, it is taken again after its end.
 *
 * Expected: status 0 ticks 5 withdrawn 0
 */
#include "guest_test.h"

#define BIT (1u << GUEST_VTIMER_INTID)

static volatile uint32_t taken;
static volatile bool again;

static void clear_pending(void)
{
    guest_write(GUEST_GICD + GICD_ICPENDR_AT(0), BIT);
    (void)guest_read(GUEST_GICC + GICV_RPR); /* no exit: the write has arrived */
}

static bool pending(void)
{
    return gicd_bit(GICD_ISPENDR, GUEST_VTIMER_INTID);
}

void guest_interrupt(void)
{
    uint32_t acknowledged = guest_gic_acknowledge();

    CHECK(acknowledged == GUEST_VTIMER_INTID);
    taken++;
    if (again) {
        again = false;
        set_pending(GUEST_VTIMER_INTID);
        CHECK(pending());
    } else {
        guest_timer_off();
    }
    guest_gic_end(acknowledged);
}

static void take(uint32_t wanted)
{
    guest_unmask();
    while (taken < wanted)
        ;
    guest_note(taken); /* an exit, at which one too many would come */
    guest_mask();
    CHECK(taken == wanted);
}

void guest_main(void)
{
    guest_gic_init();
    guest_gic_enable(GUEST_VTIMER_INTID, 0x80);
    for (uint32_t round = 0; round < 4; round++) {
        set_pending(GUEST_VTIMER_INTID);
        CHECK(pending());
        clear_pending();
        guest_unmask();
        guest_mask();
        CHECK(taken == 0);
        CHECK(!pending());
    }
    /* Pending by the line alone, and by both. */
    for (uint32_t round = 0; round < 2; round++) {
        wait_until(start_timer(300) + 100);
        CHECK(pending());
        if (round)
            set_pending(GUEST_VTIMER_INTID);
        clear_pending();
        CHECK(pending());
        take(round + 1);
        CHECK(!pending());
    }
    /* Active, with the line high, and made pending once more. Its line alone would do as well. */
    again = true;
    wait_until(start_timer(300) + 100);
    take(4);
    CHECK(!pending());
    /* Set by software alone. */
    set_pending(GUEST_VTIMER_INTID);
    take(5);
    CHECK(!pending());
    finish_with(0, taken, 0);
}
