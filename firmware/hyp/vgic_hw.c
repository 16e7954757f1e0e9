/*
 * Between the virtual interrupt controller's state and the hardware: list registers, maintenance
 * conditions, and the active state of the physical interrupts.
 */
#include "drivers/irqchip.h"
#include "panic.h"
#include "vgic.h"

#include <stddef.h>

#define LR_PENDING 1
#define LR_ACTIVE 2

static unsigned nr_lrs;

void vgic_setup(unsigned max_lrs)
{
    nr_lrs = irqchip->list_registers();
    if (max_lrs && nr_lrs > max_lrs)
        nr_lrs = max_lrs;
}

static bool deliverable(const struct vgic *vgic, const struct vgic_irq *irq)
{
    return irq->pending && irq->enabled && vgic->ctlr >> irq->group1 & 1;
}

/* Sync: from the hardware. */

static void fold_lr(struct vgic *vgic, unsigned lr)
{
    struct vgic_irq *irq = vgic->in_lr[lr];
    bool pending, active;

    irqchip->read_lr_state(lr, &pending, &active);
    /* What was queued behind an active list register is still in memory: leave it there. */
    if (vgic->lr_state[lr] & LR_PENDING) {
        irq->pending = pending;
        irq->latch = irq->latch && pending;
    }
    irq->active = active;
    vgic->lr_state[lr] = (uint8_t)((pending ? LR_PENDING : 0) | (active ? LR_ACTIVE : 0));
    if (pending || active)
        return;
    /* The guest's own end of interrupt has deactivated the physical interrupt. */
    if (irq->hw)
        irq->phys_active = false;
    irq->lr = VGIC_NO_LR;
    vgic->in_lr[lr] = NULL;
    vgic_update_busy(vgic, irq);
}

static struct vgic_irq *highest_spilled_active(struct vgic *vgic)
{
    struct vgic_irq *best = NULL;

    for (unsigned i = 0; i < VGIC_IRQS; i++) {
        struct vgic_irq *irq = &vgic->irq[i];

        if (irq->active && irq->lr == VGIC_NO_LR && (!best || irq->priority < best->priority))
            best = irq;
    }
    return best;
}

/*
 * The count of ends that met no list register has no INTID. Without split EOI each is the spilled
 * active interrupt of highest priority: GICH_APR kept its bit, and an end takes the highest. With
 * split EOI at most one is spilled while DIR reaches the hardware.
 */
static void fold_eoi_count(struct vgic *vgic)
{
    unsigned count = irqchip->eoi_count();

    for (; count; count--) {
        struct vgic_irq *irq = highest_spilled_active(vgic);

        if (!irq)
            return;
        irq->active = false;
        vgic_update_busy(vgic, irq);
        vgic->stats.spilled_ends++;
    }
}

/*
 * A guest may retire a tick without taking it: interrupts masked, it polls the timer and moves
 * CVAL on. The line is low then, but the physical interrupt is active and would never fire again.
 */
static void withdraw_retired(struct vgic *vgic)
{
    for (unsigned i = 0; i < vgic->mappings; i++) {
        struct vgic_irq *irq = vgic->mapping[i];

        if (!irq->pending || irq->active || irq->edge || irq->latch)
            continue;
        if (irqchip_get_state(irq->pintid, IRQCHIP_LINE))
            continue;
        irq->pending = false;
        vgic_update_busy(vgic, irq);
        vgic->stats.withdrawn++;
    }
}

void vgic_sync_hwstate(struct vgic *vgic)
{
    for (unsigned lr = 0; lr < nr_lrs; lr++)
        if (vgic->in_lr[lr])
            fold_lr(vgic, lr);
    if (vgic->spilled_active)
        fold_eoi_count(vgic);
    withdraw_retired(vgic);
}

/* Flush: to the hardware. */

struct choice {
    uint8_t list[VGIC_IRQS]; /* virtual INTIDs */
    unsigned count;
    uint32_t keep[VGIC_ROWS]; /* the same as bits */
    unsigned spilled_pending;
    unsigned spilled_active;
};

static void collect(const struct vgic *vgic, struct choice *choice)
{
    choice->count = choice->spilled_pending = choice->spilled_active = 0;
    for (unsigned row = 0; row < VGIC_ROWS; row++) {
        choice->keep[row] = 0;
        for (uint32_t busy = vgic->busy[row]; busy; busy &= busy - 1) {
            unsigned bit = (unsigned)__builtin_ctz(busy);
            const struct vgic_irq *irq = &vgic->irq[32 * row + bit];

            if (!irq->active && !deliverable(vgic, irq))
                continue;
            choice->list[choice->count++] = irq->vintid;
            choice->keep[row] |= 1u << bit;
        }
    }
}

/* Smaller is more urgent: by priority, active before pending, then by INTID. */
static unsigned urgency(const struct vgic_irq *irq)
{
    return (unsigned)irq->priority << 8 | (irq->active ? 0u : 0x80u) | irq->vintid;
}

static void sort_by_urgency(const struct vgic *vgic, struct choice *choice)
{
    for (unsigned i = 1; i < choice->count; i++) {
        uint8_t moved = choice->list[i];
        unsigned key = urgency(&vgic->irq[moved]), at = i;

        for (; at && urgency(&vgic->irq[choice->list[at - 1]]) > key; at--)
            choice->list[at] = choice->list[at - 1];
        choice->list[at] = moved;
    }
}

/*
 * More interrupts than list registers: keep the most urgent ones. The others wait in memory, and a
 * maintenance interrupt brings us back to refill. With one list register, or with split EOI, the
 * most urgent pending interrupt is always among those kept: one that waits behind nothing but
 * active ones could otherwise wait for ever, since no maintenance condition tells that an active
 * interrupt of hardware was ended.
 */
static void spill(struct vgic *vgic, struct choice *choice, bool pending_first)
{
    sort_by_urgency(vgic, choice);
    if (pending_first) {
        unsigned at = 0;

        while (at < choice->count && vgic->irq[choice->list[at]].active)
            at++;
        if (at >= nr_lrs && at < choice->count) {
            uint8_t first = choice->list[at];

            for (; at >= nr_lrs; at--)
                choice->list[at] = choice->list[at - 1];
            choice->list[at] = first;
        }
    }
    for (unsigned i = nr_lrs; i < choice->count; i++) {
        const struct vgic_irq *irq = &vgic->irq[choice->list[i]];

        choice->keep[irq->vintid / 32] &= ~(1u << irq->vintid % 32);
        if (irq->active)
            choice->spilled_active++;
        else
            choice->spilled_pending++;
    }
    choice->count = nr_lrs;
    vgic->stats.overflows++;
}

static uint32_t maintenance_for(const struct choice *choice, bool pending_first)
{
    uint32_t maintenance = 0;

    if ((choice->spilled_pending || choice->spilled_active) && nr_lrs > 1)
        maintenance |= IRQCHIP_MAINTENANCE_UNDERFLOW;
    if (choice->spilled_pending && pending_first)
        maintenance |= IRQCHIP_MAINTENANCE_NO_PENDING;
    if (choice->spilled_active)
        maintenance |= IRQCHIP_MAINTENANCE_NOT_PRESENT;
    return maintenance;
}

static void release_lrs(struct vgic *vgic, const struct choice *choice)
{
    for (unsigned lr = 0; lr < nr_lrs; lr++) {
        struct vgic_irq *irq = vgic->in_lr[lr];

        if (!irq || choice->keep[irq->vintid / 32] >> irq->vintid % 32 & 1)
            continue;
        irqchip->clear_lr(lr);
        vgic->in_lr[lr] = NULL;
        irq->lr = VGIC_NO_LR;
        vgic_update_busy(vgic, irq);
    }
}

static void populate_lr(struct vgic *vgic, struct vgic_irq *irq)
{
    bool pending = deliverable(vgic, irq) && !(irq->hw && irq->active);
    uint8_t state = (uint8_t)((pending ? LR_PENDING : 0) | (irq->active ? LR_ACTIVE : 0));
    unsigned lr = irq->lr;

    if (lr == VGIC_NO_LR)
        for (lr = 0; vgic->in_lr[lr]; lr++)
            ;
    else if (vgic->lr_state[lr] == state && !irq->stale)
        return;
    if (!irqchip->write_lr(lr, &(struct virtual_interrupt){
                                   .vintid = irq->vintid,
                                   .pintid = irq->pintid,
                                   .priority = irq->priority,
                                   .pending = pending,
                                   .active = irq->active,
                                   .group1 = irq->group1,
                                   .hw = irq->hw,
                               }))
        panic("list register refused", 1, irq->vintid);
    vgic->in_lr[lr] = irq;
    vgic->lr_state[lr] = state;
    irq->lr = (uint8_t)lr;
    irq->stale = false;
    vgic_update_busy(vgic, irq);
}

/* A physical interrupt is active exactly while its virtual one is queued, pending or active. */
static void flush_active_states(struct vgic *vgic)
{
    for (unsigned i = 0; i < vgic->mappings; i++) {
        struct vgic_irq *irq = vgic->mapping[i];
        bool active = irq->pending || irq->active;

        if (active != irq->phys_active)
            vgic_set_phys_irq_active(vgic, irq, active);
    }
}

void vgic_flush_hwstate(struct vgic *vgic)
{
    struct choice choice;
    uint32_t maintenance = 0;

    collect(vgic, &choice);
    if (choice.count > nr_lrs) {
        bool pending_first = nr_lrs == 1 || irqchip->split_eoi(irqchip->read_vmcr());

        spill(vgic, &choice, pending_first);
        maintenance = maintenance_for(&choice, pending_first);
    }
    release_lrs(vgic, &choice);
    for (unsigned i = 0; i < choice.count; i++)
        populate_lr(vgic, &vgic->irq[choice.list[i]]);
    flush_active_states(vgic);
    /* Also takes the folded ends off the count, now that their physical side is inactive. */
    if (vgic->maintenance != maintenance || vgic->spilled_active) {
        irqchip->write_control(maintenance);
        vgic->maintenance = maintenance;
    }
    vgic->spilled_active = choice.spilled_active;
}

void vgic_silence_maintenance(struct vgic *vgic)
{
    irqchip->write_control(0);
    vgic->maintenance = 0;
}

/* The world switch. */

void vgic_save(struct vgic *vgic)
{
    for (unsigned lr = 0; lr < nr_lrs; lr++) {
        struct vgic_irq *irq = vgic->in_lr[lr];

        if (!irq)
            continue;
        irqchip->clear_lr(lr);
        vgic->in_lr[lr] = NULL;
        irq->lr = VGIC_NO_LR;
        vgic_update_busy(vgic, irq);
    }
    vgic->vmcr = irqchip->read_vmcr();
    vgic->apr = irqchip->read_apr();
    irqchip->disable_virtual();
    for (unsigned i = 0; i < vgic->mappings; i++) {
        struct vgic_irq *irq = vgic->mapping[i];
        bool active;

        if (!irq->shared)
            continue;
        active = irqchip_get_state(irq->pintid, IRQCHIP_ACTIVE);
        if (active != irq->phys_active)
            vgic->stats.orphans++;
        irq->phys_active = active;
    }
    vgic->resident = false;
}

void vgic_restore(struct vgic *vgic)
{
    irqchip->write_vmcr(vgic->vmcr);
    irqchip->write_apr(vgic->apr);
    irqchip->write_control(0);
    vgic->maintenance = 0;
    vgic->resident = true;
    for (unsigned i = 0; i < vgic->mappings; i++) {
        struct vgic_irq *irq = vgic->mapping[i];

        /* What the hardware holds is the other world's. */
        if (irq->shared)
            vgic_set_phys_irq_active(vgic, irq, irq->pending || irq->active);
    }
    vgic_flush_hwstate(vgic);
}
