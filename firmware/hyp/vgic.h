/*
 * The virtual interrupt controller of a VM and its virtual CPUs: what is pending and active for the
 * guest, which physical interrupt stands behind it, and what of it is in list registers.
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
#include "platform.h"

#include <stdbool.h>
#include <stdint.h>

#define VGIC_CPUS (HOST_RAM_SIZE > 0x10000 ? 2 : 1) /* virtual CPUs of a VM, at most */
#define VGIC_SGIS 16
#define VGIC_PRIVATE 32 /* SGIs and PPIs */
#define VGIC_SPIS 32
#define VGIC_IRQS (VGIC_PRIVATE + VGIC_SPIS)
#define VGIC_ROWS (VGIC_IRQS / 32)
#define VGIC_MAPPINGS 4 /* that concern one virtual CPU */
#define VGIC_MAX_LRS 32 /* of the 64 that the architecture allows */
#define VGIC_NO_LR 0xFF
#define VGIC_NOBODY 0xFF

struct vgic_irq {
    uint8_t vintid;
    uint8_t priority;
    uint8_t lr; /* or VGIC_NO_LR */
    bool edge : 1;
    bool shared : 1; /* with hw: the worlds share the device, its active state moves with them */
    bool line : 1;   /* without hw: the level of its input */
    bool enabled;
    bool group1;
    bool pending; /* of an SGI: sources is not 0 */
    bool active;
    bool latch; /* pending because software said so, not because of a line */
    bool stale; /* its list register must be written again */
    bool hw;    /* mapped to the physical interrupt pintid */
    bool phys_active; /* the active state kept for this mapping */
    union {
        uint8_t sources; /* SGI: pending from these virtual CPUs, a bit each */
        uint8_t targets; /* SPI: for these virtual CPUs, a bit each */
    };
    union {
        uint8_t source; /* SGI: the one that is in the list register or active */
        uint8_t hart;   /* PPI with hw that is not shared: where its device is */
        uint8_t owner;  /* SPI: in a list register of, or active for, this virtual CPU */
    };
    uint16_t pintid;
};

/* The guest's CPU interface, where that is not the hardware's (vgicc.c). */
struct vgicc {
    uint32_t ctlr;
    uint32_t pmr;
    uint32_t bpr;
    uint32_t abpr;
    uint32_t apr;
};

#define VGICC_MIN_BPR 2 /* ABPR's is one more */

/* The CPU interface in the hardware. */
struct vgic_interface {
    uint32_t vmcr;
    uint32_t apr;
};

struct vgic_stats {
    uint32_t queued_on_irq;   /* physical interrupts taken and forwarded */
    uint32_t queued_on_entry; /* found expired by a switch: no physical interrupt was taken */
    uint32_t withdrawn;       /* retired by the guest without being taken */
    uint32_t overflows;       /* entries with more interrupts than list registers */
    uint32_t spilled_ends;    /* ends of interrupts that were spilled */
    uint32_t orphans;         /* a physical active state that does not fit the virtual one */
};

/* The part of one virtual CPU: its SGIs and PPIs, and its CPU interface. */
struct vgic_cpu {
    /* What each switch looks at stands together, and then what every exit does: the cache is small. */
    struct vgic_interface interface; /* as saved */
    uint32_t used_lrs;        /* bit set: the list register holds in_lr[] */
    struct vgic_irq *queued;  /* the only one that is new since the last flush, or NULL */
    uint16_t spilled_active;  /* active interrupts that are in no list register */
    bool changed;             /* the next flush has to look at everything */
    bool resident;            /* list registers and shared active states are in the hardware */
    struct vgic_irq *offered; /* to the fast path, for list register offered_lr, or NULL */
    uint8_t offered_lr;

    struct vgic_dist *dist;
    uint32_t busy;           /* bit set: the SGI or PPI is pending, active, or in a list register */
    uint32_t eoi_lrs;        /* bit set: its end is a maintenance condition until it is written */
    uint32_t maintenance;    /* as last written */
    struct fast_path *fast;  /* the vCPU's */
    uint32_t mappings;
    struct vgic_irq *mapping[VGIC_MAPPINGS]; /* with hw: its PPIs, and the SPIs of its VM */
    struct vgic_irq *in_lr[VGIC_MAX_LRS];
    uint8_t lr_state[VGIC_MAX_LRS]; /* as last seen: IRQCHIP_LR_ bits */
    uint32_t lr_word[VGIC_MAX_LRS]; /* all of it, as last seen or written */

    uint8_t id;   /* in its VM */
    uint8_t hart; /* while resident; then where it was last, or VGIC_NOBODY */
    bool end_maintenance; /* such a condition for each level interrupt that is not hw */
    struct vgicc gicc;
    struct vgic_stats stats;
    struct vgic_irq private[VGIC_PRIVATE];
};

/*
 * The part of the VM: its distributor, and the SPIs.
 *
 * An SPI is for one of its targets. While it is pending in memory, that is the first of them that
 * is flushed; from then on, until it is folded back into memory, it is offered to no other. So a
 * target that does not take it keeps it for no longer than until it is switched out. Active, it
 * stays with the virtual CPU that acknowledged it; but any of them may deactivate it, with GICV_DIR
 * or GICD_ICACTIVER.
 */
struct vgic_dist {
    uint32_t ctlr; /* the guest's GICD_CTLR */
    uint32_t busy; /* as above, of the SPIs */
    uint8_t cpus;
    bool locked; /* vgic_lock.h */
    struct vgic_cpu *cpu[VGIC_CPUS];
    struct vgic_dist *next; /* of all VMs */
    struct vgic_irq spi[VGIC_SPIS];
};

enum vgic_error {
    VGIC_OK = 0,
    VGIC_BAD_INTID, /* an SGI, or out of range, or a PPI on one side only */
    VGIC_MAPPED,    /* one of the two is mapped already, or is another's and not shared */
    VGIC_FULL,
    VGIC_NOT_MAPPED,
    VGIC_OTHER_HART, /* a PPI's state in the hardware is that of another hart */
};

/* Find out what the hardware has; MAX_LRS limits the list registers that are used. */
void vgic_setup(unsigned max_lrs);

/* An empty VM, and each of its virtual CPUs in turn, before any mapping: VGIC_CPUS at most. */
void vgic_dist_init(struct vgic_dist *dist);
void vgic_cpu_init(struct vgic_cpu *cpu, struct vgic_dist *dist, struct fast_path *fast);

/*
 * Map the guest's interrupt VINTID to the physical PINTID: PPIs with this vCPU, SPIs with its VM.
 * SHARED: the worlds share the device; otherwise it is this guest's alone, and its physical
 * interrupt is enabled as long as it is mapped. An unmap leaves no physical interrupt active.
 */
enum vgic_error vgic_map_phys_irq(struct vgic_cpu *cpu, uint32_t vintid, uint32_t pintid,
                                  bool shared);
enum vgic_error vgic_unmap_phys_irq(struct vgic_cpu *cpu, uint32_t vintid);

/* The interrupt of this vCPU or its VM that PINTID is mapped to, or NULL. */
struct vgic_irq *vgic_find_phys(struct vgic_cpu *cpu, uint32_t pintid);

/* The same among the devices that are not shared, of all VMs. CPU: the vCPU to name with it. */
struct vgic_irq *vgic_find_device(uint32_t pintid, struct vgic_cpu **cpu);

/* The active state that is kept for a mapping; setting it reaches the hardware when resident. */
bool vgic_get_phys_irq_active(const struct vgic_irq *irq);
enum vgic_error vgic_set_phys_irq_active(struct vgic_cpu *cpu, struct vgic_irq *irq, bool active);

/*
 * Queue the virtual interrupt of a mapping together with its physical active state. False, with
 * nothing done, when the interrupt has not been resampled: it is still pending or active, on the
 * physical side too.
 */
bool vgic_queue_phys(struct vgic_cpu *cpu, struct vgic_irq *irq);

/*
 * The input of a level PPI without hw: pending while it is high, but not while it is active. True
 * when it became pending.
 */
bool vgic_set_line(struct vgic_cpu *cpu, struct vgic_irq *irq, bool level);

/* Of any interrupt: the level of its input. */
bool vgic_line(const struct vgic_irq *irq);

/* One of CPU's own interrupts, or an SPI of its VM; VINTID is less than VGIC_IRQS. */
static inline struct vgic_irq *vgic_irq(struct vgic_cpu *cpu, uint32_t vintid)
{
    return vintid < VGIC_PRIVATE ? &cpu->private[vintid] : &cpu->dist->spi[vintid - VGIC_PRIVATE];
}

static inline bool vgic_is_spi(const struct vgic_irq *irq)
{
    return irq->vintid >= VGIC_PRIVATE;
}

/* Pending, enabled, and its group is on. */
static inline bool vgic_forwarded(const struct vgic_cpu *cpu, const struct vgic_irq *irq)
{
    return irq->pending && irq->enabled && cpu->dist->ctlr >> irq->group1 & 1;
}

/* Bring the busy bit of IRQ up to date with its state. */
static inline void vgic_update_busy(struct vgic_cpu *cpu, const struct vgic_irq *irq)
{
    uint32_t bit = 1u << irq->vintid % 32;
    uint32_t *busy = vgic_is_spi(irq) ? &cpu->dist->busy : &cpu->busy;

    if (irq->pending || irq->active || irq->lr != VGIC_NO_LR)
        *busy |= bit;
    else
        *busy &= ~bit;
}

/* IRQ's state has changed in a way that the next flush, of whoever it is for, has to bring to the
 * hardware. */
void vgic_changed(struct vgic_cpu *cpu, const struct vgic_irq *irq);

/* Something in the distributor has changed: CPU flushes, and so do the others of its VM. */
void vgic_changed_for_all(struct vgic_cpu *cpu);

/*
 * Change what is pending and active, as the guest's distributor does; an SGI's sources by
 * themselves. CPU is the one whose interrupt it is, or for an SPI the one that asks. The caller has
 * the VM's lock: vgic_lock.h.
 */
void vgic_set_pending(struct vgic_cpu *cpu, struct vgic_irq *irq, bool pending);
void vgic_set_sources(struct vgic_cpu *cpu, struct vgic_irq *irq, uint8_t sources);
void vgic_set_active(struct vgic_cpu *cpu, struct vgic_irq *irq, bool active);

/* At each exit, first thing; and at each entry, last thing. */
void vgic_sync_hwstate(struct vgic_cpu *cpu);
void vgic_flush_hwstate(struct vgic_cpu *cpu);

/* The vCPU is out: what it had in the list register of the fast path when switch_slice() took it. */
void vgic_fold_kept(struct vgic_cpu *cpu);

/* What the guest has done with the SGIs and SPIs in the list registers of a vCPU that is running on
 * another hart meanwhile. */
void vgic_sync_elsewhere(struct vgic_cpu *cpu);

/*
 * Parts of both, for who does without list registers: withdraw what the guest has retired without
 * taking it, and make each physical interrupt active exactly while its virtual one is pending or
 * active. With the VM's lock.
 */
void vgic_withdraw_retired(struct vgic_cpu *cpu);
void vgic_flush_active_states(struct vgic_cpu *cpu);

/* Take the maintenance conditions away, until the next flush. */
void vgic_silence_maintenance(struct vgic_cpu *cpu);

/*
 * A write of this vCPU to GICV_DIR has to come to the host: it may be for an interrupt that is in
 * no list register, or in one of another vCPU.
 */
static inline bool vgic_traps_dir(const struct vgic_cpu *cpu)
{
    return cpu->spilled_active > 1 || cpu->dist->cpus > 1;
}

/*
 * Out of and into the hardware, when the worlds switch: after vgic_sync_hwstate(), and after the
 * timer's flush. vgic_restore() flushes.
 */
void vgic_save(struct vgic_cpu *cpu);
void vgic_restore(struct vgic_cpu *cpu);

/* The guest is gone: no mapping of its vCPU, or of its VM, is left. Resident or not. */
void vgic_teardown(struct vgic_cpu *cpu);

#endif
