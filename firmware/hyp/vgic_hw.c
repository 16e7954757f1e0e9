/*
 * Between the virtual interrupt controller's state and the hardware: list registers, maintenance
 * conditions, and the active state of the physical interrupts.
 */
#include "drivers/irqchip.h"
#include "lib/attributes.h"
#include "panic.h"
#include "vgic.h"

#include <stddef.h>

static unsigned nr_lrs;
static uint32_t all_lrs; /* a bit for each */

void vgic_setup(unsigned max_lrs)
{
    nr_lrs = irqchip->list_registers();
    if (nr_lrs > VGIC_MAX_LRS)
        nr_lrs = VGIC_MAX_LRS;
    if (max_lrs && nr_lrs > max_lrs)
        nr_lrs = max_lrs;
    all_lrs = ~0u >> (32 - nr_lrs);
}

static bool deliverable(const struct vgic *vgic, const struct vgic_irq *irq)
{
    return irq->pending && irq->enabled && vgic->ctlr >> irq->group1 & 1;
}

/* Sync: from the hardware. */

static HOT void leave_lr(struct vgic *vgic, unsigned lr)
{
    struct vgic_irq *irq = vgic->in_lr[lr];

    vgic->used_lrs &= ~(1u << lr);
    irq->lr = VGIC_NO_LR;
    vgic_update_busy(vgic, irq);
}

static HOT void fold_lr(struct vgic *vgic, unsigned lr)
{
    struct vgic_irq *irq = vgic->in_lr[lr];
    uint32_t was = vgic->lr_state[lr], state = irqchip->read_lr_state(lr);

    if (state == was)
        return;
    vgic->lr_state[lr] = (uint8_t)state;
    /* What was queued behind an active list register is still in memory: leave it there. */
    if (was & IRQCHIP_LR_PENDING) {
        irq->pending = state & IRQCHIP_LR_PENDING;
        irq->latch = irq->latch && irq->pending;
    }
    irq->active = state & IRQCHIP_LR_ACTIVE;
    if (state)
        return;
    /* The guest's own end of interrupt has deactivated the physical interrupt. */
    if (irq->hw)
        irq->phys_active = false;
    leave_lr(vgic, lr);
    if (irq->pending)
        vgic->changed = true;
}

/* What the trap vector has done by itself: each time the interrupt was inactive, and is pending. */
static HOT void fold_fast_path(struct vgic *vgic)
{
    struct vgic_irq *irq = vgic->offered;
    unsigned lr = vgic->offered_lr;

    if (!vgic->fast->taken)
        return;
    vgic->stats.queued_on_irq += vgic->fast->taken;
    vgic->fast->taken = 0;
    irq->pending = irq->phys_active = true;
    irq->active = false;
    irq->lr = (uint8_t)lr;
    vgic->in_lr[lr] = irq;
    vgic->lr_state[lr] = IRQCHIP_LR_PENDING;
    vgic->used_lrs |= 1u << lr;
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
 * split EOI at most one is spilled while DIR reaches the hardware. (A guest that drops priorities
 * with split EOI, and ends other interrupts without it, gets a guess when both are spilled.)
 */
static COLD void fold_eoi_count(struct vgic *vgic)
{
    unsigned count = irqchip->eoi_count();

    for (; count; count--) {
        struct vgic_irq *irq = highest_spilled_active(vgic);

        if (!irq)
            return;
        irq->active = false;
        vgic_changed(vgic, irq);
        vgic->stats.spilled_ends++;
    }
}

/*
 * A guest may retire a tick without taking it: interrupts masked, it polls the timer and moves
 * CVAL on. The line is low then, but the physical interrupt is active and would never fire again.
 */
static HOT void withdraw_retired(struct vgic *vgic)
{
    for (unsigned i = 0; i < vgic->mappings; i++) {
        struct vgic_irq *irq = vgic->mapping[i];

        if (!irq->pending || irq->active || irq->edge || irq->latch)
            continue;
        if (irqchip_get_state(irq->pintid, IRQCHIP_LINE))
            continue;
        irq->pending = false;
        vgic_changed(vgic, irq);
        vgic->stats.withdrawn++;
    }
}

HOT void vgic_sync_hwstate(struct vgic *vgic)
{
    uint32_t used;

    fold_fast_path(vgic);
    used = vgic->used_lrs;
    for (unsigned lr = 0; used; lr++, used >>= 1)
        if (used & 1)
            fold_lr(vgic, lr);
    if (vgic->spilled_active)
        fold_eoi_count(vgic);
    withdraw_retired(vgic);
}

/* Flush: to the hardware. */

/* The virtual interrupts that are to be in list registers, as bits. */
struct choice {
    uint32_t keep[VGIC_ROWS];
    unsigned spilled_pending;
    unsigned spilled_active;
};

/* Every interrupt that the guest could take or has to end; how many there are. */
static unsigned collect(const struct vgic *vgic, struct choice *choice)
{
    unsigned count = 0;

    choice->spilled_pending = choice->spilled_active = 0;
    for (unsigned row = 0; row < VGIC_ROWS; row++) {
        uint32_t keep = 0;

        for (uint32_t busy = vgic->busy[row]; busy; busy &= busy - 1) {
            unsigned bit = (unsigned)__builtin_ctz(busy);
            const struct vgic_irq *irq = &vgic->irq[32 * row + bit];

            if (irq->active || deliverable(vgic, irq)) {
                keep |= 1u << bit;
                count++;
            }
        }
        choice->keep[row] = keep;
    }
    return count;
}

/* Smaller is more urgent: by priority, active before pending, then by INTID. */
static unsigned urgency(const struct vgic_irq *irq)
{
    return (unsigned)irq->priority << 8 | (irq->active ? 0u : 0x80u) | irq->vintid;
}

/* The chosen interrupts, the most urgent one first. */
static unsigned sort_by_urgency(const struct vgic *vgic, const struct choice *choice, uint8_t *list)
{
    unsigned count = 0;

    for (unsigned i = 0; i < VGIC_IRQS; i++) {
        unsigned key = urgency(&vgic->irq[i]), at = count;

        if (!(choice->keep[i / 32] >> i % 32 & 1))
            continue;
        for (; at && urgency(&vgic->irq[list[at - 1]]) > key; at--)
            list[at] = list[at - 1];
        list[at] = (uint8_t)i;
        count++;
    }
    return count;
}

/*
 * More interrupts than list registers: keep the most urgent ones. The others wait in memory, and a
 * maintenance interrupt brings us back to refill. With one list register, or with split EOI, the
 * most urgent pending interrupt is always among those kept: one that waits behind nothing but
 * active ones could otherwise wait for ever, since no maintenance condition tells that an active
 * interrupt of hardware was ended.
 */
static COLD void spill(struct vgic *vgic, struct choice *choice, bool pending_first)
{
    uint8_t list[VGIC_IRQS];
    unsigned count = sort_by_urgency(vgic, choice, list);

    if (pending_first) {
        unsigned at = 0;

        while (at < count && vgic->irq[list[at]].active)
            at++;
        if (at >= nr_lrs && at < count) {
            uint8_t first = list[at];

            for (; at >= nr_lrs; at--)
                list[at] = list[at - 1];
            list[at] = first;
        }
    }
    for (unsigned i = nr_lrs; i < count; i++) {
        const struct vgic_irq *irq = &vgic->irq[list[i]];

        choice->keep[irq->vintid / 32] &= ~(1u << irq->vintid % 32);
        if (irq->active)
            choice->spilled_active++;
        else
            choice->spilled_pending++;
    }
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
    uint32_t used = vgic->used_lrs;

    for (unsigned lr = 0; used; lr++, used >>= 1) {
        unsigned vintid;

        if (!(used & 1))
            continue;
        vintid = vgic->in_lr[lr]->vintid;
        if (choice->keep[vintid / 32] >> vintid % 32 & 1)
            continue;
        irqchip->clear_lr(lr);
        leave_lr(vgic, lr);
    }
}

static unsigned free_lr(const struct vgic *vgic)
{
    unsigned lr = 0;

    for (uint32_t used = vgic->used_lrs; used & 1; used >>= 1)
        lr++;
    return lr;
}

static HOT struct virtual_interrupt for_lr(const struct vgic_irq *irq, bool pending, bool active)
{
    return (struct virtual_interrupt){
        .vintid = irq->vintid,
        .pintid = irq->pintid,
        .priority = irq->priority,
        .pending = pending,
        .active = active,
        .group1 = irq->group1,
        .hw = irq->hw,
    };
}

static HOT void populate_lr(struct vgic *vgic, struct vgic_irq *irq)
{
    struct virtual_interrupt virtual;
    bool pending = deliverable(vgic, irq) && !(irq->hw && irq->active);
    uint32_t state = (pending ? IRQCHIP_LR_PENDING : 0) | (irq->active ? IRQCHIP_LR_ACTIVE : 0);
    unsigned lr = irq->lr;

    if (lr == VGIC_NO_LR)
        lr = free_lr(vgic);
    else if (vgic->lr_state[lr] == state && !irq->stale)
        return;
    virtual = for_lr(irq, pending, irq->active);
    if (!irqchip->write_lr(lr, &virtual))
        panic("list register refused", 1, irq->vintid);
    vgic->in_lr[lr] = irq;
    vgic->used_lrs |= 1u << lr;
    vgic->lr_state[lr] = (uint8_t)state;
    irq->lr = (uint8_t)lr;
    irq->stale = false;
}

static void populate_lrs(struct vgic *vgic, const struct choice *choice)
{
    for (unsigned row = 0; row < VGIC_ROWS; row++)
        for (uint32_t keep = choice->keep[row]; keep; keep &= keep - 1)
            populate_lr(vgic, &vgic->irq[32 * row + (unsigned)__builtin_ctz(keep)]);
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

static void flush_everything(struct vgic *vgic)
{
    struct choice choice;
    uint32_t maintenance = 0;

    if (collect(vgic, &choice) > nr_lrs) {
        bool pending_first = nr_lrs == 1 || irqchip->split_eoi(irqchip->read_vmcr());

        spill(vgic, &choice, pending_first);
        maintenance = maintenance_for(&choice, pending_first);
    }
    release_lrs(vgic, &choice);
    populate_lrs(vgic, &choice);
    flush_active_states(vgic);
    /* Also takes the folded ends off the count, now that their physical side is inactive. */
    if (vgic->maintenance != maintenance || vgic->spilled_active) {
        irqchip->write_control(maintenance);
        vgic->maintenance = maintenance;
    }
    vgic->spilled_active = (uint16_t)choice.spilled_active;
    /* What is spilled gets its chance at each flush. */
    vgic->changed = choice.spilled_active || choice.spilled_pending;
    vgic->queued = NULL;
}

/*
 * Offer the guest's first mapped interrupt to the trap vector. Only where nothing else is to be
 * done at such an exit: no level interrupt of hardware may have been retired without being taken,
 * nothing waits for a list register, and the guest would take it.
 */
static HOT void offer_fast_path(struct vgic *vgic)
{
    struct vgic_irq *irq = vgic->mappings ? vgic->mapping[0] : NULL;
    struct virtual_interrupt virtual;
    unsigned lr;

    vgic->fast->acknowledge = FAST_PATH_OFF;
    if (!irq || vgic->changed || irq->latch || !irq->enabled || !(vgic->ctlr >> irq->group1 & 1))
        return;
    for (unsigned i = 1; i < vgic->mappings; i++)
        if (vgic->mapping[i]->pending)
            return;
    lr = irq->lr;
    if (lr == VGIC_NO_LR) {
        if (vgic->used_lrs == all_lrs)
            return;
        lr = free_lr(vgic);
    }
    vgic->offered = irq;
    vgic->offered_lr = (uint8_t)lr;
    virtual = for_lr(irq, true, false);
    irqchip->offer_fast_path(vgic->fast, lr, &virtual);
}

HOT void vgic_flush_hwstate(struct vgic *vgic)
{
    struct vgic_irq *queued = vgic->queued;

    if (!vgic->changed && !queued)
        return;
    /* By far the most entries: one more interrupt is pending, and active on its physical side. */
    if (!vgic->changed && deliverable(vgic, queued) && vgic->used_lrs != all_lrs) {
        populate_lr(vgic, queued);
        vgic->queued = NULL;
    } else {
        flush_everything(vgic);
    }
    offer_fast_path(vgic);
}

void vgic_silence_maintenance(struct vgic *vgic)
{
    irqchip->write_control(0);
    vgic->maintenance = 0;
    vgic->changed = true;
}

/* The world switch. */

void vgic_save(struct vgic *vgic)
{
    uint32_t used = vgic->used_lrs;

    for (unsigned lr = 0; used; lr++, used >>= 1) {
        if (!(used & 1))
            continue;
        irqchip->clear_lr(lr);
        leave_lr(vgic, lr);
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
    vgic->changed = true;
    for (unsigned i = 0; i < vgic->mappings; i++) {
        struct vgic_irq *irq = vgic->mapping[i];

        /* What the hardware holds is the other world's. */
        if (irq->shared)
            vgic_set_phys_irq_active(vgic, irq, irq->pending || irq->active);
    }
    vgic_flush_hwstate(vgic);
}
