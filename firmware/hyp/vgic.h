/*
 * The virtual interrupt controller of one virtual CPU: what is pending and active for the guest,
 * which physical interrupt stands behind it, and what of it is in list registers.
 *
 * The life of one forwarded timer tick:
 *  1. The virtual timer's line rises while its guest runs; the distributor signals the host.
 *  2. The host acknowledges the physical interrupt and drops its priority, but does not deactivate
 *     it: it is active, and its line, still high, is not signalled again. (hyp/exit.c)
 *  3. The host finds the virtual interrupt that is mapped to it and queues it: vgic_queue_phys().
 *  4. On entry vgic_flush_hwstate() puts it into a list register with the HW bit, and the guest
 *     takes it, reprograms the timer and ends it. The GIC deactivates the physical interrupt.
 *  5. On the next exit, whatever its reason, vgic_sync_hwstate() learns from the list register
 *     how far the guest got.
 *  6. When the worlds switch in between, vgic_save() and vgic_restore() move the active state of
 *     each shared physical interrupt: one timer, each guest's own state in it.
 */
#ifndef AMAGIC_HYP_VGIC_H
#define AMAGIC_HYP_VGIC_H

#include "arch/riscv/fast_path.h"

#include <stdbool.h>
#include <stdint.h>

#define VGIC_ROWS 2 /* rows of 32: SGIs and PPIs, and one of SPIs */
#define VGIC_IRQS (32 * VGIC_ROWS)
#define VGIC_MAPPINGS 4
#define VGIC_MAX_LRS 32 /* of the 64 that the architecture allows */
#define VGIC_NO_LR 0xFF

struct vgic_irq {
    uint8_t vintid;
    uint8_t priority;
    uint8_t lr; /* or VGIC_NO_LR */
    bool enabled;
    bool group1;
    bool edge;
    bool pending;
    bool active;
    bool latch; /* pending because software said so, not because of a line */
    bool stale; /* its list register must be written again */

    /* The physical side, with hw. */
    bool hw;
    bool shared; /* the worlds share the device: its active state is switched with them */
    bool phys_active; /* the active state kept for this mapping */
    uint16_t pintid;
};

struct vgic_stats {
    uint32_t queued_on_irq;   /* physical interrupts taken and forwarded */
    uint32_t queued_on_entry; /* found expired by a switch: no physical interrupt was taken */
    uint32_t withdrawn;       /* retired by the guest without being taken */
    uint32_t overflows;       /* entries with more interrupts than list registers */
    uint32_t spilled_ends;    /* ends of interrupts that were spilled */
    uint32_t orphans;         /* a physical active state that does not fit the virtual one */
};

struct vgic {
    /* What every exit looks at stands together: the cache is small. */
    uint32_t ctlr;              /* the guest's GICD_CTLR */
    uint32_t busy[VGIC_ROWS];   /* bit set: pending, active, or in a list register */
    uint32_t used_lrs;          /* bit set: the list register holds in_lr[] */
    uint32_t maintenance;       /* as last written */
    uint16_t spilled_active;    /* active interrupts that are in no list register */
    bool changed;               /* the next flush has to look at everything */
    bool resident;              /* list registers and shared active states are in the hardware */
    struct fast_path *fast;     /* the vCPU's */
    struct vgic_irq *offered;   /* to the fast path, for list register offered_lr, or NULL */
    uint8_t offered_lr;
    struct vgic_irq *queued;    /* the only one that is new since the last flush, or NULL */
    uint32_t mappings;
    struct vgic_irq *mapping[VGIC_MAPPINGS]; /* those with hw */
    struct vgic_irq *in_lr[VGIC_MAX_LRS];
    uint8_t lr_state[VGIC_MAX_LRS]; /* as last seen: IRQCHIP_LR_ bits */

    struct vgic_stats stats;
    bool dir_trapped;
    uint32_t vmcr;
    uint32_t apr;
    struct vgic_irq irq[VGIC_IRQS];
};

enum vgic_error {
    VGIC_OK = 0,
    VGIC_BAD_INTID, /* an SGI, or out of range, or a PPI on one side only */
    VGIC_MAPPED,    /* one of the two is mapped already */
    VGIC_FULL,
    VGIC_NOT_MAPPED,
};

/* Find out what the hardware has; MAX_LRS limits the list registers that are used. */
void vgic_setup(unsigned max_lrs);
void vgic_init(struct vgic *vgic, struct fast_path *fast);

/*
 * Map the guest's interrupt VINTID to the physical PINTID: PPIs with this vCPU, SPIs with its VM.
 * SHARED: the worlds share the device. An unmap leaves no physical interrupt active.
 */
enum vgic_error vgic_map_phys_irq(struct vgic *vgic, uint32_t vintid, uint32_t pintid, bool shared);
enum vgic_error vgic_unmap_phys_irq(struct vgic *vgic, uint32_t vintid);
struct vgic_irq *vgic_find_phys(struct vgic *vgic, uint32_t pintid);

/* The active state that is kept for a mapping; setting it reaches the hardware when resident. */
bool vgic_get_phys_irq_active(const struct vgic_irq *irq);
void vgic_set_phys_irq_active(struct vgic *vgic, struct vgic_irq *irq, bool active);

/*
 * Queue the virtual interrupt of a mapping together with its physical active state. False, with
 * nothing done, when the interrupt has not been resampled: it is still pending or active, on the
 * physical side too.
 */
bool vgic_queue_phys(struct vgic *vgic, struct vgic_irq *irq);

/* Bring VGIC's busy bit of IRQ up to date with its state. */
static inline void vgic_update_busy(struct vgic *vgic, const struct vgic_irq *irq)
{
    uint32_t bit = 1u << irq->vintid % 32;

    if (irq->pending || irq->active || irq->lr != VGIC_NO_LR)
        vgic->busy[irq->vintid / 32] |= bit;
    else
        vgic->busy[irq->vintid / 32] &= ~bit;
}

/* IRQ's state has changed in a way that the next flush has to bring to the hardware. */
static inline void vgic_changed(struct vgic *vgic, const struct vgic_irq *irq)
{
    vgic_update_busy(vgic, irq);
    vgic->changed = true;
}

/* Change what is pending and active, as the guest's distributor does. */
void vgic_set_pending(struct vgic *vgic, struct vgic_irq *irq, bool pending);
void vgic_set_active(struct vgic *vgic, struct vgic_irq *irq, bool active);

/* At each exit, first thing; and at each entry, last thing. */
void vgic_sync_hwstate(struct vgic *vgic);
void vgic_flush_hwstate(struct vgic *vgic);

/* Take the maintenance conditions away, until the next flush. */
void vgic_silence_maintenance(struct vgic *vgic);

/*
 * Out of and into the hardware, when the worlds switch: after vgic_sync_hwstate(), and after the
 * timer's flush. vgic_restore() flushes.
 */
void vgic_save(struct vgic *vgic);
void vgic_restore(struct vgic *vgic);

/* The guest is gone: no mapping is left. Resident or not. */
void vgic_teardown(struct vgic *vgic);

#endif
