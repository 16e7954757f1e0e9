/*
 * Gives its time slice away with a tick on its way, and goes on when it is back and has taken the
 * tick. Two such guests take turns. The tick falls due when this one gives its slice away and, after
 * WAIT rounds of that, STEP counts later each time; or, for the one that COMES, when it is back and
 * STEP counts earlier each time. Only one of them at a time changes how long the switch takes.
 */
#include "guest_test.h"

#ifndef COMES
#define COMES 0
#endif
#ifndef ROUNDS
#define ROUNDS 100
#endif
#ifndef WAIT
#define WAIT 0
#endif
#ifndef STEP
#define STEP 1
#endif

/* Rounds until the way through the host is in the caches as it will be, and takes as long. */
#define SETTLE 8

static volatile uint32_t ticks;

void guest_interrupt(void)
{
    uint32_t acknowledged = guest_gic_acknowledge();

    if (gicv_iar_get_intid(acknowledged) != GUEST_VTIMER_INTID)
        return;
    CHECK(guest_timer_expired());
    guest_timer_off();
    guest_gic_end(acknowledged);
    ticks++;
}

void guest_main(void)
{
    uint32_t delay = 0, gives, back;

    guest_gic_init();
    guest_gic_enable(GUEST_VTIMER_INTID, 0x80);
    guest_unmask();
    for (uint32_t round = 0; round < SETTLE + ROUNDS; round++) {
        uint64_t now = guest_timer_count();

        guest_timer_set_compare(now + delay);
        guest_timer_on();
        gives = (uint32_t)(guest_timer_count() - now);
        guest_yield();
        back = (uint32_t)(guest_timer_count() - now);
        while (ticks == round)
            ;
        CHECK(ticks == round + 1);
        if (round + 1 == SETTLE)
            delay = COMES ? back : gives;
        else if (round >= SETTLE + WAIT)
            delay += COMES ? -STEP : STEP;
    }
    finish_with(0, ticks, 0);
}
