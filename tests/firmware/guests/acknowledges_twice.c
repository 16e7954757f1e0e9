/*
 * With its interrupts off a guest acknowledges twice, and ends an interrupt that it never
 * acknowledged. The second acknowledge finds nothing; the ticks go on.
 *
 * Expected: status 0 ticks 6
 */
#include "guest_test.h"

#define PERIOD 4001
#define NEVER_ACKNOWLEDGED 40

void guest_interrupt(void)
{
    finish(__LINE__);
}

void guest_main(void)
{
    uint64_t deadline;

    guest_gic_init();
    guest_gic_enable(GUEST_VTIMER_INTID, 0x80);
    deadline = start_timer(PERIOD);
    for (uint32_t ticks = 0; ticks < 6; ticks++) {
        uint32_t acknowledged;

        do
            acknowledged = guest_gic_acknowledge();
        while (acknowledged >= 1020);
        CHECK(acknowledged == GUEST_VTIMER_INTID);
        CHECK(guest_timer_count() >= deadline);
        CHECK(guest_gic_acknowledge() == 1023);
        deadline += PERIOD;
        guest_timer_set_compare(deadline);
        guest_timer_on();
        /* This drops the priority; the interrupt that is active stays so. */
        guest_gic_end(NEVER_ACKNOWLEDGED);
        guest_note(ticks);
        CHECK(gicd_bit(GICD_ISACTIVER, GUEST_VTIMER_INTID));
        guest_gic_end(acknowledged);
        CHECK(!gicd_bit(GICD_ISACTIVER, GUEST_VTIMER_INTID));
    }
    finish_with(0, 6, 0);
}
