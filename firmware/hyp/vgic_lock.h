/*
 * What the virtual CPUs of one VM share: the distributor with its SPIs, and each other's SGIs. Who
 * looks at it or changes it says so. The functions of vgic.h and vgicd.h do so themselves, except
 * where they say otherwise.
 *
 * Nobody ever waits here: one hart at a time is in the host (harts.h), and host code is never
 * interrupted. HYP_CHECK_LOCKS checks that it is said, and unsaid in turn.
 */
#ifndef AMAGIC_HYP_VGIC_LOCK_H
#define AMAGIC_HYP_VGIC_LOCK_H

#include "arch/riscv/hart.h"
#include "drivers/doorbell.h"
#include "panic.h"
#include "vgic.h"

#ifndef HYP_CHECK_LOCKS
#define HYP_CHECK_LOCKS 0
#endif

static inline void vgic_lock(struct vgic_dist *dist)
{
    if (!HYP_CHECK_LOCKS)
        return;
    if (dist->locked)
        panic("vgic locked twice", 0);
    dist->locked = true;
}

static inline void vgic_unlock(struct vgic_dist *dist)
{
    if (HYP_CHECK_LOCKS && !dist->locked)
        panic("vgic not locked", 0);
    if (HYP_CHECK_LOCKS)
        dist->locked = false;
}

/* Where shared state is changed. */
static inline void vgic_check_locked(const struct vgic_dist *dist)
{
    if (HYP_CHECK_LOCKS && !dist->locked)
        panic("vgic changed without its lock", 0);
}

static inline bool vgic_is_elsewhere(const struct vgic_cpu *cpu)
{
    return HARTS > 1 && cpu->resident && cpu->hart != this_hart();
}

/* For who looks at what another virtual CPU has: its guest may be running. */
static inline void vgic_lock_all(struct vgic_dist *dist)
{
    vgic_lock(dist);
    for (unsigned i = 0; HARTS > 1 && i < dist->cpus; i++)
        if (vgic_is_elsewhere(dist->cpu[i]))
            vgic_sync_elsewhere(dist->cpu[i]);
}

/* If CPU is running on another hart, have it come to the host, and flush. On this one it will. */
static inline void vgic_kick(struct vgic_cpu *cpu)
{
    if (vgic_is_elsewhere(cpu))
        doorbell_ring(cpu->hart);
}

#endif
