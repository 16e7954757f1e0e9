/*
 * From the virtual interrupt controller's state to the hardware: list registers, maintenance
 * conditions, and the active state of the physical interrupts. The way back is vgic_sync.c.
 */
#include "arch/riscv/hart.h"
#include "drivers/irqchip.h"
#include "lib/attributes.h"
#include "panic.h"
#include "vgic.h"
#include "vgic_choice.h"
#include "vgic_lock.h"
#include "vgic_lr.h"
#include "vgic_move.h"

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
        vgic_empty_lr(cpu, lr);
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

static struct virtual_interrupt for_lr(const struct vgic_irq *irq, bool pending, bool active)
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

static void populate_lr(struct vgic_cpu *cpu, struct vgic_irq *irq)
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
    if (!irqchip->encode_lr(&entry, &cpu->lr_word[lr]))
        panic("list register refused", 1, irq->vintid);
    irqchip->load_lr(lr, cpu->lr_word[lr]);
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

static NOINLINE void flush_everything(struct vgic_cpu *cpu)
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
    vgic_clear_ended(cpu);
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
static void offer_fast_path(struct vgic_cpu *cpu)
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

static NOINLINE void flush_changes(struct vgic_cpu *cpu)
{
    struct vgic_irq *queued = cpu->queued;

    /* Often only one more interrupt is pending, and active on its physical side. */
    if (!cpu->changed && vgic_forwarded(cpu, queued) && cpu->used_lrs != all_lrs) {
        populate_lr(cpu, queued);
        cpu->queued = NULL;
    } else {
        flush_everything(cpu);
    }
    offer_fast_path(cpu);
}

/* What the trap vector would do, done here: its interrupt is queued, and the list register free. */
static HOT bool flush_offered(struct vgic_cpu *cpu)
{
    if (cpu->changed || cpu->queued != cpu->offered || cpu->offered->lr != VGIC_NO_LR ||
        cpu->fast->acknowledge == FAST_PATH_OFF || cpu->used_lrs >> cpu->offered_lr & 1)
        return false;
    irqchip->load_lr(cpu->offered_lr, cpu->fast->lr_value);
    vgic_placed_offered(cpu);
    cpu->queued = NULL;
    return true;
}

static HOT void flush(struct vgic_cpu *cpu)
{
    if ((cpu->changed || cpu->queued) && !flush_offered(cpu))
        flush_changes(cpu);
}

HOT void vgic_flush_hwstate(struct vgic_cpu *cpu)
{
    vgic_lock(cpu->dist);
    flush(cpu);
    vgic_unlock(cpu->dist);
}

void vgic_silence_maintenance(struct vgic_cpu *cpu)
{
    vgic_clear_ended(cpu);
    irqchip->write_control(0);
    cpu->maintenance = 0;
    cpu->changed = true;
}

/*
 * The world switch. The list register of a world that is out is kept word for word where it is the
 * only one. Several are filled anew, in the order of their INTIDs: of equal priorities the lowest
 * list register wins. So are SPIs: one that this world has not taken is its other targets' again. Of
 * a device that is not shared, the active state stays in the hardware.
 */

static NOINLINE void empty_lrs(struct vgic_cpu *cpu)
{
    uint32_t used = cpu->used_lrs;

    for (unsigned lr = 0; used; lr++, used >>= 1)
        if (used & 1)
            vgic_empty_lr(cpu, lr);
    cpu->changed = true;
}

static HOT void save_lrs(struct vgic_cpu *cpu)
{
    uint32_t used = cpu->used_lrs;
    unsigned lr;

    if (!used)
        return;
    lr = (unsigned)__builtin_ctz(used);
    if (used & (used - 1) || vgic_is_spi(cpu->in_lr[lr]))
        empty_lrs(cpu);
    else
        irqchip->clear_lr(lr);
}

static HOT void restore_lrs(struct vgic_cpu *cpu)
{
    unsigned lr;

    if (!cpu->used_lrs)
        return;
    lr = (unsigned)__builtin_ctz(cpu->used_lrs);
    if (cpu->queued)
        empty_lrs(cpu);
    else
        irqchip->load_lr(lr, cpu->lr_word[lr]);
}

HOT void vgic_save(struct vgic_cpu *cpu)
{
    vgic_lock(cpu->dist);
    vgic_clear_ended(cpu);
    save_lrs(cpu);
    cpu->fast->kept = cpu->used_lrs >> cpu->offered_lr & 1 ? cpu->lr_word[cpu->offered_lr] : 0;
    vgic_save_interface(cpu);
    irqchip->disable_virtual();
    for (unsigned i = 0; i < cpu->mappings; i++)
        if (cpu->mapping[i]->shared)
            vgic_save_active(cpu, cpu->mapping[i],
                             irqchip_get_state(cpu->mapping[i]->pintid, IRQCHIP_ACTIVE));
    cpu->resident = false;
    vgic_unlock(cpu->dist);
}

HOT void vgic_restore(struct vgic_cpu *cpu)
{
    vgic_lock(cpu->dist);
    irqchip->write_vmcr(cpu->interface.vmcr);
    irqchip->write_apr(cpu->interface.apr);
    irqchip->write_control(0);
    restore_lrs(cpu);
    cpu->maintenance = 0;
    cpu->resident = true;
    cpu->hart = (uint8_t)this_hart();
    for (unsigned i = 0; i < cpu->mappings; i++) {
        struct vgic_irq *irq = cpu->mapping[i];

        /* What the hardware holds is the other world's. */
        if (irq->shared)
            write_active(irq, irq->pending || irq->active);
    }
    flush(cpu);
    vgic_unlock(cpu->dist);
}
