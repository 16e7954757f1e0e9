/*
 * Several harts, one host. The rule, which nothing else in the host has to know of:
 *
 *     A hart enters the host before it looks at anything that another hart can change, and leaves
 *     it last. Only one is in at a time. One that comes in after another has been there forgets
 *     what its data cache holds, since that knows nothing of the other's stores.
 *
 * So the host's state is cached, and read as it was written. Outside of it there are the trap
 * vector, which touches the context of its own hart's virtual CPU only, and the guests; what those
 * do to their list registers meanwhile is vgic_sync_elsewhere()'s to find out.
 *
 * A hart with nothing to run waits outside, until its doorbell or a device's interrupt wakes it.
 * With one hart there is nothing of this.
 */
#ifndef AMAGIC_HYP_HARTS_H
#define AMAGIC_HYP_HARTS_H

#include "arch/riscv/hart.h"

#include <stdbool.h>
#include <stdint.h>

struct hart {
    bool idle;
    /* How often ... */
    uint32_t moves;  /* a virtual CPU came that was on another hart before */
    uint32_t kicks;  /* the doorbell was answered */
    uint32_t waits;  /* another hart was in the host when this one came */
    uint32_t others; /* another one had been there since this one left */
};

extern struct hart harts[HARTS];

void harts_lock(void);
void harts_unlock(void);
void harts_lock_for_good(void);

static inline void harts_enter(void)
{
    if (HARTS > 1)
        harts_lock();
}

static inline void harts_leave(void)
{
    if (HARTS > 1)
        harts_unlock();
}

/* The host gives up, and no hart comes in any more. It may be in already. */
static inline void harts_close(void)
{
    if (HARTS > 1)
        harts_lock_for_good();
}

#endif
