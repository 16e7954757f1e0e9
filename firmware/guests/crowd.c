/*
 * A guest that always has something open: at each tick it sends itself SGIs, some above the tick and
 * some below, takes them one inside the other, and works in between. So wherever it is stopped,
 * interrupts are pending or active, also more than there are list registers. Each must come once.
 */
#include "guest.h"
#include "lib/random.h"

#ifndef PERIOD
#define PERIOD 60013
#endif
#ifndef TICKS
#define TICKS 40
#endif
#ifndef SEED
#define SEED 0x9E3779B9
#endif

#define SGIS 6 /* 1 to 3 are above the timer's, 4 to 6 below */
#define TICK_PRIORITY 0x80

static uint64_t deadline;
static struct guest_result result;
static uint32_t random_state = SEED;
static uint32_t sent[SGIS + 1], taken[SGIS + 1];
static uint32_t running = 0x100; /* the priority of what is active */
static volatile uint32_t ticks;

static uint32_t priority(uint32_t intid)
{
    if (intid == GUEST_VTIMER_INTID)
        return TICK_PRIORITY;
    return intid <= 3 ? 0x70 - 0x10 * intid : 0x70 + 0x10 * intid;
}

static void work(uint32_t rounds)
{
    static volatile uint32_t sum;

    while (rounds--)
        sum += rounds;
}

/* Some of the SGIs that are not on their way, which then are pending together. */
static void send(void)
{
    uint32_t random = random_next(&random_state);

    random &= random >> 16; /* mostly few */
    for (uint32_t sgi = 1; sgi <= SGIS; sgi++) {
        if (!(random >> sgi & 1) || taken[sgi] != sent[sgi])
            continue;
        sent[sgi]++;
        guest_write_byte(GUEST_GICD + GICD_SPENDSGIR + sgi, 1);
    }
    (void)guest_read(GUEST_GICD + GICD_CTLR);
}

static void tick(void)
{
    if (!guest_timer_expired()) {
        result.spurious++;
        return;
    }
    if (guest_timer_count() < deadline)
        result.early++;
    work(random_next(&random_state) % 32);
    if (++result.ticks == TICKS) {
        guest_timer_off();
    } else {
        deadline += PERIOD;
        guest_timer_set_compare(deadline);
    }
    send();
}

/* Take every interrupt that is above what is active, each inside the one before it. */
void guest_interrupt(void)
{
    uint32_t outside = running;

    for (;;) {
        uint32_t acknowledged = guest_gic_acknowledge(), intid = gicv_iar_get_intid(acknowledged);

        if (intid >= 1020)
            break;
        running = priority(intid);
        if (running >= outside)
            result.status = 0x200 + intid;
        if (intid == GUEST_VTIMER_INTID)
            tick();
        else if (!intid || intid > SGIS || ++taken[intid] != sent[intid])
            result.status = intid;
        work(random_next(&random_state) % 96);
        guest_interrupt();
        guest_gic_end(acknowledged);
        running = outside;
    }
    ticks = result.ticks;
}

void guest_main(void)
{
    guest_gic_init();
    guest_gic_enable(GUEST_VTIMER_INTID, (uint8_t)priority(GUEST_VTIMER_INTID));
    for (uint32_t sgi = 1; sgi <= SGIS; sgi++)
        guest_gic_enable(sgi, (uint8_t)priority(sgi));
    deadline = guest_timer_count() + PERIOD;
    guest_timer_set_compare(deadline);
    guest_timer_on();
    guest_unmask();
    while (ticks < TICKS) {
        guest_mask();
        work(random_next(&random_state) % 128);
        guest_unmask();
        work(64);
    }
    guest_mask();
    for (uint32_t sgi = 1; sgi <= SGIS; sgi++)
        if (taken[sgi] != sent[sgi])
            result.status = 0x100 + sgi;
    guest_done(&result);
}
