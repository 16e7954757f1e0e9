/*
 * Gives its time slice away with a tick on its way, and goes on when it is back and has taken the
 * tick. Two such guests take turns. For WAIT rounds the tick comes at once. Then it falls due when
 * this one gives its slice away and STEP counts later each time; or, for the one that COMES, when it
 * is back and STEP counts earlier each time. After TURN rounds of that it goes the other way: where
 * the switch begins changes when it finds the tick due, and what is jumped over one way is met the
 * other way.
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
#ifndef TURN
#define TURN ROUNDS
#endif
#ifndef STEP
#define STEP 1
#endif

/* Cycles of the way between the guest and the switch, in which no tick is to fall due. */
#define SKIP 800

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
        if (round + 1 == SETTLE + WAIT)
            delay = COMES ? back - SKIP : gives + SKIP;
        else if (round >= SETTLE + WAIT)
            delay += (round < SETTLE + WAIT + TURN) == COMES ? -STEP : STEP;
    }
    finish_with(0, ticks, 0);
}
