/*
 * What the virtual CPUs of one VM share: the distributor with its SPIs, and each other's SGIs. Who
 * looks at it or changes it has the VM's lock. The functions of vgic.h and vgicd.h take it
 * themselves, except where they say otherwise.
 *
 * Two harts need it, and only for a VM with several virtual CPUs; what another hart has changed is
 * read from the memory then. With one hart host code is never interrupted, and there is nothing to
 * do; HYP_CHECK_LOCKS checks that the lock is taken and given back in turn.
 */
#ifndef AMAGIC_HYP_VGIC_LOCK_H
#define AMAGIC_HYP_VGIC_LOCK_H

#include "arch/riscv/cache.h"
#include "arch/riscv/hart.h"
#include "drivers/doorbell.h"
#include "drivers/semaphore.h"
#include "panic.h"
#include "vgic.h"

#ifndef HYP_CHECK_LOCKS
#define HYP_CHECK_LOCKS 0
#endif

static inline bool vgic_needs_lock(const struct vgic_dist *dist)
{
    return HARTS > 1 && dist->cpus > 1;
}

static inline void vgic_lock(struct vgic_dist *dist)
{
    if (vgic_needs_lock(dist)) {
        semaphore_take(dist->semaphore);
        dcache_invalidate();
    }
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
    if (vgic_needs_lock(dist))
        semaphore_release(dist->semaphore);
}

/* Where shared state is changed. */
static inline void vgic_check_locked(const struct vgic_dist *dist)
{
    if (HYP_CHECK_LOCKS && !dist->locked)
        panic("vgic changed without its lock", 0);
}

/* If CPU is running on another hart, have it come to the host, and flush. On this one it will. */
static inline void vgic_kick(struct vgic_cpu *cpu)
{
    if (HARTS > 1 && cpu->resident && cpu->hart != this_hart())
        doorbell_ring(cpu->hart);
}

#endif
