/*
 * The same with no exit between the move of CVAL and the acknowledge: the guest takes an interrupt
 * whose timer has not expired. It counts that apart; the tick itself still arrives.
 *
 * Expected: status 0 ticks 8
 */
#include "guest_test.h"

static volatile uint32_t ticks, spurious;
static uint64_t deadline;

void guest_interrupt(void)
{
    uint32_t acknowledged = guest_gic_acknowledge();

    if (gicv_iar_get_intid(acknowledged) >= 1020)
        return;
    if (guest_timer_expired()) {
        CHECK(guest_timer_count() >= deadline);
        guest_timer_off();
        ticks++;
    } else {
        spurious++;
    }
    guest_gic_end(acknowledged);
}

void guest_main(void)
{
    guest_gic_init();
    guest_gic_enable(GUEST_VTIMER_INTID, 0x80);
    for (uint32_t round = 0; round < 8; round++) {
        deadline = start_timer(500);
        wait_until(deadline + 100);
        deadline += 4000;
        guest_timer_set_compare(deadline);
        guest_unmask();
        while (ticks == round)
            ;
        guest_mask();
    }
    /* A time slice may end in the few instructions in between, but not in all eight rounds. */
    CHECK(spurious > 0 && spurious <= 8);
    finish_with(0, ticks, spurious);
}
