/*
 * A guest that always has something open: at each tick it sends itself SGIs, some above the tick and
 * some below, takes them one inside the other, and works in between. So wherever it is stopped,
 * interrupts are pending or active, also more than there are list registers. Each must come once.
 * With two virtual CPUs both do so, each for itself; an SGI may then come from the other.
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
#ifndef GUEST_VCPUS
#define GUEST_VCPUS 1
#endif

#define SGIS 6 /* 1 to 3 are above the timer's, 4 to 6 below */
#define TICK_PRIORITY 0x80

struct crowd {
    uint64_t deadline;
    uint32_t ticks, early, spurious, status;
    uint32_t random;
    uint32_t running; /* the priority of what is active */
    uint32_t sent[SGIS + 1], taken[SGIS + 1];
};

static struct crowd crowds[GUEST_VCPUS];
static volatile bool ended[GUEST_VCPUS];
static uint8_t stack[2048] __attribute__((aligned(16))); /* of the second one */

static struct crowd *own(void)
{
    uint32_t sp;

    __asm__("mv %0, sp" : "=r"(sp));
    return &crowds[GUEST_VCPUS > 1 && sp - (uint32_t)(uintptr_t)stack <= sizeof(stack)];
}

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
static void send(struct crowd *crowd)
{
    uint32_t random = random_next(&crowd->random);

    random &= random >> 16; /* mostly few */
    for (uint32_t sgi = 1; sgi <= SGIS; sgi++) {
        if (!(random >> sgi & 1) || crowd->taken[sgi] != crowd->sent[sgi])
            continue;
        crowd->sent[sgi]++;
        guest_write_byte(GUEST_GICD + GICD_SPENDSGIR + sgi,
                         (uint8_t)(1 << (random >> 8) % GUEST_VCPUS));
    }
    (void)guest_read(GUEST_GICD + GICD_CTLR);
}

static void tick(struct crowd *crowd)
{
    if (!guest_timer_expired()) {
        crowd->spurious++;
        return;
    }
    if (guest_timer_count() < crowd->deadline)
        crowd->early++;
    work(random_next(&crowd->random) % 32);
    if (++crowd->ticks == TICKS) {
        guest_timer_off();
    } else {
        crowd->deadline += PERIOD;
        guest_timer_set_compare(crowd->deadline);
    }
    send(crowd);
}

/* Take every interrupt that is above what is active, each inside the one before it. */
void guest_interrupt(void)
{
    struct crowd *crowd = own();
    uint32_t outside = crowd->running;

    for (;;) {
        uint32_t acknowledged = guest_gic_acknowledge(), intid = gicv_iar_get_intid(acknowledged);

        if (intid >= 1020)
            break;
        crowd->running = priority(intid);
        if (crowd->running >= outside)
            crowd->status = 0x200 + intid;
        if (intid == GUEST_VTIMER_INTID)
            tick(crowd);
        else if (!intid || intid > SGIS || ++crowd->taken[intid] != crowd->sent[intid])
            crowd->status = intid;
        work(random_next(&crowd->random) % 96);
        guest_interrupt();
        guest_gic_end(acknowledged);
        crowd->running = outside;
    }
}

static void run(uint32_t number)
{
    struct crowd *crowd = &crowds[number];

    crowd->random = SEED + number;
    crowd->running = 0x100;
    guest_gic_init();
    guest_gic_enable(GUEST_VTIMER_INTID, (uint8_t)priority(GUEST_VTIMER_INTID));
    for (uint32_t sgi = 1; sgi <= SGIS; sgi++)
        guest_gic_enable(sgi, (uint8_t)priority(sgi));
    crowd->deadline = guest_timer_count() + PERIOD;
    guest_timer_set_compare(crowd->deadline);
    guest_timer_on();
    guest_unmask();
    while (((volatile struct crowd *)crowd)->ticks < TICKS) {
        guest_mask();
        work(random_next(&crowd->random) % 128);
        guest_unmask();
        work(64);
    }
    guest_mask();
    for (uint32_t sgi = 1; sgi <= SGIS; sgi++)
        if (crowd->taken[sgi] != crowd->sent[sgi])
            crowd->status = 0x100 + sgi;
    ended[number] = true;
}

static void second_main(uint32_t number)
{
    run(number);
    guest_cpu_off();
}

void guest_main(void)
{
    static const struct guest_cpu second = {stack + sizeof(stack), second_main};
    struct guest_result result = {0};

    if (GUEST_VCPUS > 1 && guest_cpu_on(1, &second) != HVC_OK)
        result.status = 0x300;
    run(0);
    for (unsigned i = 0; i < GUEST_VCPUS; i++) {
        while (!ended[i])
            guest_yield();
        result.ticks += crowds[i].ticks;
        result.early += crowds[i].early;
        result.spurious += crowds[i].spurious;
        result.status |= crowds[i].status;
    }
    guest_done(&result);
}
