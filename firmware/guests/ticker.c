/*
 * The demo's guest, built twice with different parameters: TICKS ticks of the virtual timer, one
 * every PERIOD counts, or up to JITTER - 1 more. The handler works for a varying time between
 * acknowledge and end, the main loop turns interrupts off now and then; both so that ticks and world
 * switches meet at every moment. What the guest counts is its own view: the bench judges by what the
 * hardware recorded.
 */
#include "guest.h"
#include "lib/random.h"

#ifndef PERIOD
#define PERIOD 13007
#endif
#ifndef JITTER
#define JITTER 1
#endif
#ifndef TICKS
#define TICKS 500
#endif
#ifndef SEED
#define SEED 0x9E3779B9
#endif

/* Rounds of work() in the handler, at most. */
#ifndef WORK
#define WORK 64
#endif

/*
 * When the next tick is due within NEAR counts, the handler works on until that is past, and for
 * up to EXTRA counts more: so ticks fall due while one is active, and a switch may follow.
 */
#ifndef NEAR
#define NEAR 10000
#endif
#ifndef EXTRA
#define EXTRA 5000
#endif

#define PRIORITY 0x80

static volatile uint32_t ticks;
static struct guest_result result;
static uint64_t deadline;
static uint32_t random_state = SEED;

/* About 10 cycles a round. */
static void work(uint32_t rounds)
{
    static volatile uint32_t sum;

    while (rounds--)
        sum += rounds;
}

static void work_until(uint64_t end)
{
    while (guest_timer_count() < end)
        work(8);
}

static void tick(void)
{
    if (!guest_timer_expired()) {
        result.spurious++;
        return;
    }
    if (guest_timer_count() < deadline)
        result.early++;
    if (++result.ticks == TICKS) {
        guest_timer_off();
    } else {
        deadline += PERIOD + (JITTER > 1 ? random_next(&random_state) % JITTER : 0);
        guest_timer_set_compare(deadline);
        /* A host that masks the timer while a tick is open counts on this (hyp/mode.h). */
        guest_timer_on();
    }
}

void guest_interrupt(void)
{
    uint32_t acknowledged = guest_gic_acknowledge();
    uint32_t intid = gicv_iar_get_intid(acknowledged);
    uint32_t random = random_next(&random_state);

    if (intid >= 1020)
        return;
    if (intid == GUEST_VTIMER_INTID)
        tick();
    else
        result.status = 1;
    if (result.ticks < TICKS && deadline - guest_timer_count() < NEAR)
        work_until(deadline + random % EXTRA);
    else
        work(random % WORK);
    guest_gic_end(acknowledged);
    ticks = result.ticks;
}

void guest_main(void)
{
    uint32_t state = SEED ^ 0xFFFF;

    guest_gic_init();
    guest_gic_enable(GUEST_VTIMER_INTID, PRIORITY);
    deadline = guest_timer_count() + PERIOD;
    guest_timer_set_compare(deadline);
    guest_timer_on();
    guest_unmask();
    while (ticks < TICKS) {
        uint32_t random = random_next(&state);

        if (random % 4 == 0) {
            guest_mask();
            work(random / 4 % 128);
            guest_unmask();
        } else {
            work(random / 4 % 256);
        }
    }
    guest_mask();
    guest_done(&result);
}
