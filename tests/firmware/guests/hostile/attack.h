/*
 * What hostile guests share: each of their virtual CPUs attacks until the time is over, then the
 * guest reports.
 */
#ifndef AMAGIC_ATTACK_H
#define AMAGIC_ATTACK_H

#include "guest_test.h"

/* Counts, which are clock cycles. */
#define ATTACK 150000

static void attack(void);

static inline bool attacking(void)
{
    static uint64_t end;

    if (!end)
        end = guest_timer_count() + ATTACK;
    return guest_timer_count() < end;
}

static inline void acknowledge_and_end(void)
{
    uint32_t acknowledged = guest_gic_acknowledge();

    if (gicv_iar_get_intid(acknowledged) < 1020)
        guest_gic_end(acknowledged);
}

#if GUEST_VCPUS > 1
static uint8_t second_stack[1024] __attribute__((aligned(16)));

static void second_main(uint32_t number)
{
    (void)number;
    attack();
    guest_mask();
    for (;;)
        guest_yield();
}

static const struct guest_cpu second = {second_stack + sizeof(second_stack), second_main};
#endif

void guest_main(void)
{
#if GUEST_VCPUS > 1
    CHECK(guest_cpu_on(1, &second) == HVC_OK);
#endif
    attack();
    finish(0);
}

#endif
