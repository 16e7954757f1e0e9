/*
 * Between the virtual interrupt controller's state and the hardware: list registers, maintenance
 * conditions, and the active state of the physical interrupts.
 */
#include "arch/riscv/hart.h"
#include "drivers/irqchip.h"
#include "lib/attributes.h"
#include "panic.h"
#include "vgic.h"
#include "vgic_choice.h"
#include "vgic_lock.h"

#include <stddef.h>

static unsigned nr_lrs;
static uint32_t all_lrs; /* a bit for each */

COLD void vgic_setup(unsigned max_lrs)
{
    nr_lrs = irqchip->list_registers();
    if (nr_lrs > VGIC_MAX_LRS)
        nr_lrs = VGIC_MAX_LRS;
    if (max_lrs && nr_lrs > max_lrs)
        nr_lrs = max_lrs;
    all_lrs = ~0u >> (32 - nr_lrs);
}

/* Sync: from the hardware. */

/* It is offered to its other targets again. */
static COLD void release_spi(struct vgic_cpu *cpu, struct vgic_irq *irq)
{
    irq->owner = VGIC_NOBODY;
    vgic_changed(cpu, irq);
}

static HOT void leave_lr(struct vgic_cpu *cpu, unsigned lr)
{
    struct vgic_irq *irq = cpu->in_lr[lr];

    cpu->used_lrs &= ~(1u << lr);
    irq->lr = VGIC_NO_LR;
    if (vgic_is_spi(irq) && !irq->active)
        release_spi(cpu, irq);
    else if (!irq->pending && !irq->active)
        cpu->busy &= ~(1u << irq->vintid);
}

static void empty_lr(struct vgic_cpu *cpu, unsigned lr)
{
    irqchip->clear_lr(lr);
    cpu->eoi_lrs &= ~(1u << lr);
    leave_lr(cpu, lr);
}

/* Those that are empty since the guest's end of interrupt, and report it. */
static void clear_ended(struct vgic_cpu *cpu)
{
    uint32_t ended = cpu->eoi_lrs & ~cpu->used_lrs;

    for (unsigned lr = 0; ended; lr++, ended >>= 1)
        if (ended & 1)
            irqchip->clear_lr(lr);
    cpu->eoi_lrs &= cpu->used_lrs;
}

/* The guest has taken the source that was pending in the list register. */
static COLD void take_source(struct vgic_irq *irq)
{
    irq->sources &= ~(1u << irq->source);
    irq->pending = irq->sources;
}

static HOT void fold_lr(struct vgic_cpu *cpu, unsigned lr)
{
    struct vgic_irq *irq = cpu->in_lr[lr];
    uint32_t was = cpu->lr_state[lr], state = irqchip->read_lr_state(lr);

    if (state == was)
        return;
    cpu->lr_state[lr] = (uint8_t)state;
    /* What was queued behind an active list register is still in memory: leave it there. */
    if (was & ~state & IRQCHIP_LR_PENDING) {
        irq->pending = irq->latch = false;
        if (irq->vintid < VGIC_SGIS)
            take_source(irq);
    }
    irq->active = state & IRQCHIP_LR_ACTIVE;
    if (state)
        return;
    /* The guest's own end of interrupt has deactivated the physical interrupt. */
    if (irq->hw)
        irq->phys_active = false;
    if (irq->pending || cpu->eoi_lrs >> lr & 1)
        cpu->changed = true;
    leave_lr(cpu, lr);
}

/* What the trap vector has done by itself: each time the interrupt was inactive, and is pending. */
static HOT void fold_fast_path(struct vgic_cpu *cpu)
{
    struct vgic_irq *irq = cpu->offered;
    unsigned lr = cpu->offered_lr;

    if (!cpu->fast->taken)
        return;
    cpu->stats.queued_on_irq += cpu->fast->taken;
    cpu->fast->taken = 0;
    irq->pending = irq->phys_active = true;
    irq->active = false;
    irq->lr = (uint8_t)lr;
    cpu->in_lr[lr] = irq;
    cpu->lr_state[lr] = IRQCHIP_LR_PENDING;
    cpu->used_lrs |= 1u << lr;
    vgic_update_busy(cpu, irq);
}

static struct vgic_irq *highest_spilled_active(struct vgic_cpu *cpu)
{
    struct vgic_irq *best = NULL;

    for (unsigned i = 0; i < VGIC_IRQS; i++) {
        struct vgic_irq *irq = vgic_irq(cpu, i);

        if (!irq->active || irq->lr != VGIC_NO_LR)
            continue;
        if (i >= VGIC_PRIVATE && irq->owner != cpu->id)
            continue;
        if (!best || irq->priority < best->priority)
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
static COLD void fold_eoi_count(struct vgic_cpu *cpu)
{
    unsigned count = irqchip->eoi_count();

    for (; count; count--) {
        struct vgic_irq *irq = highest_spilled_active(cpu);

        if (!irq)
            return;
        vgic_set_active(cpu, irq, false);
        cpu->stats.spilled_ends++;
    }
}

/*
 * A guest may retire a tick without taking it: interrupts masked, it polls the timer and moves
 * CVAL on. The line is low then, but the physical interrupt is active and would never fire again.
 */
void vgic_withdraw_retired(struct vgic_cpu *cpu)
{
    for (unsigned i = 0; i < cpu->mappings; i++) {
        struct vgic_irq *irq = cpu->mapping[i];

        if (!irq->pending || irq->active || irq->edge || irq->latch)
            continue;
        if (irqchip_get_state(irq->pintid, IRQCHIP_LINE))
            continue;
        irq->pending = false;
        vgic_changed(cpu, irq);
        cpu->stats.withdrawn++;
    }
}

HOT void vgic_sync_hwstate(struct vgic_cpu *cpu)
{
    uint32_t used;

    vgic_lock(cpu->dist);
    fold_fast_path(cpu);
    used = cpu->used_lrs;
    for (unsigned lr = 0; used; lr++, used >>= 1)
        if (used & 1)
            fold_lr(cpu, lr);
    if (cpu->spilled_active)
        fold_eoi_count(cpu);
    vgic_withdraw_retired(cpu);
    vgic_unlock(cpu->dist);
}

/* Flush: to the hardware. */

static uint32_t maintenance_for(const struct vgic_choice *choice, bool pending_first)
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

static void release_lrs(struct vgic_cpu *cpu, const struct vgic_choice *choice)
{
    uint32_t used = cpu->used_lrs;

    for (unsigned lr = 0; used; lr++, used >>= 1) {
        if (!(used & 1) || vgic_chosen(choice, cpu->in_lr[lr]))
            continue;
        empty_lr(cpu, lr);
    }
}

static unsigned free_lr(const struct vgic_cpu *cpu)
{
    unsigned lr = 0;

    for (uint32_t used = cpu->used_lrs; used & 1; used >>= 1)
        lr++;
    return lr;
}

/*
 * A list register has one source of an SGI. The lowest is taken first; an active one keeps its own.
 * Others wait in memory, and its end, a maintenance condition, brings us back for them.
 */
static void choose_source(struct vgic_irq *irq, struct virtual_interrupt *entry)
{
    if (!irq->active && irq->sources)
        irq->source = (uint8_t)__builtin_ctz(irq->sources);
    entry->source = irq->source;
    entry->pending = entry->pending && irq->sources >> irq->source & 1;
    entry->eoi_maintenance = irq->sources & ~(1u << irq->source);
}

/* What an SGI and an SPI have, and a PPI has not. */
static COLD void choose_cpu(struct vgic_cpu *cpu, struct vgic_irq *irq,
                            struct virtual_interrupt *entry)
{
    if (!vgic_is_spi(irq)) {
        choose_source(irq, entry);
        return;
    }
    irq->owner = cpu->id;
    entry->pending = entry->pending && irq->targets >> cpu->id & 1;
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

static HOT void populate_lr(struct vgic_cpu *cpu, struct vgic_irq *irq)
{
    bool pending = vgic_forwarded(cpu, irq) && !(irq->hw && irq->active);
    struct virtual_interrupt entry = for_lr(irq, pending, irq->active);
    unsigned lr = irq->lr;
    uint32_t state;

    entry.eoi_maintenance = cpu->end_maintenance && !irq->hw && !irq->edge;
    if (irq->vintid < VGIC_SGIS || vgic_is_spi(irq))
        choose_cpu(cpu, irq, &entry);
    state = (entry.pending ? IRQCHIP_LR_PENDING : 0) | (entry.active ? IRQCHIP_LR_ACTIVE : 0);
    if (lr == VGIC_NO_LR)
        lr = free_lr(cpu);
    else if (cpu->lr_state[lr] == state && !irq->stale)
        return;
    if (!irqchip->write_lr(lr, &entry))
        panic("list register refused", 1, irq->vintid);
    cpu->eoi_lrs = (cpu->eoi_lrs & ~(1u << lr)) | (uint32_t)entry.eoi_maintenance << lr;
    cpu->in_lr[lr] = irq;
    cpu->used_lrs |= 1u << lr;
    cpu->lr_state[lr] = (uint8_t)state;
    irq->lr = (uint8_t)lr;
    irq->stale = false;
}

static void populate_lrs(struct vgic_cpu *cpu, const struct vgic_choice *choice)
{
    for (unsigned row = 0; row < VGIC_ROWS; row++)
        for (uint32_t keep = choice->keep[row]; keep; keep &= keep - 1)
            populate_lr(cpu, vgic_irq(cpu, 32 * row + (unsigned)__builtin_ctz(keep)));
}

/* The active state of a mapping, kept and in the hardware. */
static void write_active(struct vgic_irq *irq, bool active)
{
    irqchip_set_state(irq->pintid, IRQCHIP_ACTIVE, active);
    irq->phys_active = active;
}

/* A physical interrupt is active exactly while its virtual one is queued, pending or active. */
void vgic_flush_active_states(struct vgic_cpu *cpu)
{
    for (unsigned i = 0; i < cpu->mappings; i++) {
        struct vgic_irq *irq = cpu->mapping[i];
        bool active = irq->pending || irq->active;

        if (active != irq->phys_active)
            write_active(irq, active);
    }
}

static NOINLINE HOT void flush_everything(struct vgic_cpu *cpu)
{
    struct vgic_choice choice;
    uint32_t maintenance = 0;

    /*
     * With one list register, or with split EOI, a pending interrupt is always among those kept:
     * one that waits behind nothing but active ones could otherwise wait for ever, since no
     * maintenance condition tells that an active interrupt of hardware was ended.
     */
    if (vgic_collect(cpu, &choice) > nr_lrs) {
        bool pending_first = nr_lrs == 1 || irqchip->split_eoi(irqchip->read_vmcr());

        vgic_spill(cpu, &choice, nr_lrs, pending_first);
        maintenance = maintenance_for(&choice, pending_first);
        cpu->stats.overflows++;
    }
    release_lrs(cpu, &choice);
    populate_lrs(cpu, &choice);
    clear_ended(cpu);
    vgic_flush_active_states(cpu);
    /* Also takes the folded ends off the count, now that their physical side is inactive. */
    if (cpu->maintenance != maintenance || cpu->spilled_active) {
        irqchip->write_control(maintenance);
        cpu->maintenance = maintenance;
    }
    cpu->spilled_active = (uint16_t)choice.spilled_active;
    /* What is spilled gets its chance at each flush. */
    cpu->changed = choice.spilled_active || choice.spilled_pending;
    cpu->queued = NULL;
}

/*
 * Offer the guest's first mapped interrupt, a PPI, to the trap vector. Only where nothing else is
 * to be done at such an exit: no level interrupt of hardware may have been retired without being
 * taken, nothing waits for a list register, and the guest would take it.
 */
static HOT void offer_fast_path(struct vgic_cpu *cpu)
{
    struct vgic_irq *irq = cpu->mappings ? cpu->mapping[0] : NULL;
    struct virtual_interrupt entry;
    unsigned lr;

    cpu->fast->acknowledge = FAST_PATH_OFF;
    if (!irq || vgic_is_spi(irq) || cpu->changed || irq->latch || !irq->enabled ||
        !(cpu->dist->ctlr >> irq->group1 & 1))
        return;
    for (unsigned i = 1; i < cpu->mappings; i++)
        if (cpu->mapping[i]->pending)
            return;
    lr = irq->lr;
    if (lr == VGIC_NO_LR) {
        if (cpu->used_lrs == all_lrs)
            return;
        lr = free_lr(cpu);
    }
    cpu->offered = irq;
    cpu->offered_lr = (uint8_t)lr;
    entry = for_lr(irq, true, false);
    irqchip->offer_fast_path(cpu->fast, lr, &entry);
}

HOT void vgic_flush_hwstate(struct vgic_cpu *cpu)
{
    struct vgic_irq *queued = cpu->queued;

    if (!cpu->changed && !queued)
        return;
    vgic_lock(cpu->dist);
    /* By far the most entries: one more interrupt is pending, and active on its physical side. */
    if (!cpu->changed && vgic_forwarded(cpu, queued) && cpu->used_lrs != all_lrs) {
        populate_lr(cpu, queued);
        cpu->queued = NULL;
    } else {
        flush_everything(cpu);
    }
    offer_fast_path(cpu);
    vgic_unlock(cpu->dist);
}

void vgic_silence_maintenance(struct vgic_cpu *cpu)
{
    clear_ended(cpu);
    irqchip->write_control(0);
    cpu->maintenance = 0;
    cpu->changed = true;
}

/* The world switch. Of a device that is not shared, the active state stays in the hardware. */

void vgic_save(struct vgic_cpu *cpu)
{
    uint32_t used = cpu->used_lrs;

    vgic_lock(cpu->dist);
    clear_ended(cpu);
    for (unsigned lr = 0; used; lr++, used >>= 1)
        if (used & 1)
            empty_lr(cpu, lr);
    cpu->vmcr = irqchip->read_vmcr();
    cpu->apr = irqchip->read_apr();
    irqchip->disable_virtual();
    for (unsigned i = 0; i < cpu->mappings; i++) {
        struct vgic_irq *irq = cpu->mapping[i];
        bool active;

        if (!irq->shared)
            continue;
        active = irqchip_get_state(irq->pintid, IRQCHIP_ACTIVE);
        if (active != irq->phys_active)
            cpu->stats.orphans++;
        irq->phys_active = active;
    }
    cpu->resident = false;
    vgic_unlock(cpu->dist);
}

void vgic_restore(struct vgic_cpu *cpu)
{
    vgic_lock(cpu->dist);
    irqchip->write_vmcr(cpu->vmcr);
    irqchip->write_apr(cpu->apr);
    irqchip->write_control(0);
    cpu->maintenance = 0;
    cpu->resident = true;
    cpu->hart = (uint8_t)this_hart();
    for (unsigned i = 0; i < cpu->mappings; i++) {
        struct vgic_irq *irq = cpu->mapping[i];

        /* What the hardware holds is the other world's. */
        if (irq->shared)
            write_active(irq, irq->pending || irq->active);
    }
    flush_everything(cpu);
    offer_fast_path(cpu);
    vgic_unlock(cpu->dist);
}
