/* What hostile guests share: an attack goes on until its time is over, then the guest reports. */
#ifndef AMAGIC_ATTACK_H
#define AMAGIC_ATTACK_H

#include "guest_test.h"

/* Counts, which are clock cycles. */
#define ATTACK 150000

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

#endif
