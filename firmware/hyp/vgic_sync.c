/* From the list registers to the virtual interrupt controller's state. */
#include "drivers/irqchip.h"
#include "lib/attributes.h"
#include "vgic.h"
#include "vgic_lock.h"
#include "vgic_lr.h"

#include <stddef.h>

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

HOT void vgic_empty_lr(struct vgic_cpu *cpu, unsigned lr)
{
    irqchip->clear_lr(lr);
    cpu->eoi_lrs &= ~(1u << lr);
    leave_lr(cpu, lr);
}

void vgic_clear_ended(struct vgic_cpu *cpu)
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

static HOT void fold_lr(struct vgic_cpu *cpu, unsigned lr, uint32_t word)
{
    struct vgic_irq *irq = cpu->in_lr[lr];
    uint32_t was = cpu->lr_state[lr], state = irqchip->lr_state(word);

    cpu->lr_word[lr] = word;
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

HOT void vgic_placed_offered(struct vgic_cpu *cpu)
{
    struct vgic_irq *irq = cpu->offered;
    unsigned lr = cpu->offered_lr;

    irq->pending = irq->phys_active = true;
    irq->active = false;
    irq->lr = (uint8_t)lr;
    cpu->in_lr[lr] = irq;
    cpu->lr_state[lr] = IRQCHIP_LR_PENDING;
    cpu->lr_word[lr] = cpu->fast->lr_value;
    cpu->used_lrs |= 1u << lr;
    vgic_update_busy(cpu, irq);
}

/* What the trap vector or a switch has done by itself: each time the interrupt was inactive, and is
 * pending. */
static HOT void fold_fast_path(struct vgic_cpu *cpu)
{
    if (cpu->fast->taken || cpu->fast->placed)
        vgic_placed_offered(cpu);
}

void vgic_fold_kept(struct vgic_cpu *cpu)
{
    unsigned lr = cpu->offered_lr;

    fold_fast_path(cpu);
    if (cpu->used_lrs >> lr & 1)
        fold_lr(cpu, lr, cpu->fast->kept);
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
        if (HARTS > 1 && irq->lr != VGIC_NO_LR && vgic_is_spi(irq) && irq->owner != cpu->id)
            continue; /* another vCPU's guest may have taken it, and it is that one's to see */
        if (irqchip_get_state(irq->pintid, IRQCHIP_LINE))
            continue;
        irq->pending = false;
        vgic_changed(cpu, irq);
        cpu->stats.withdrawn++;
    }
}

/* Its PPIs are its own hart's affair, and the trap vector's there. */
void vgic_sync_elsewhere(struct vgic_cpu *cpu)
{
    uint32_t used = cpu->used_lrs;

    for (unsigned lr = 0; used; lr++, used >>= 1)
        if (used & 1 && (cpu->in_lr[lr]->vintid < VGIC_SGIS || vgic_is_spi(cpu->in_lr[lr])))
            fold_lr(cpu, lr, irqchip->peek_lr(cpu->hart, lr));
}

HOT void vgic_sync_hwstate(struct vgic_cpu *cpu)
{
    uint32_t used;

    vgic_lock(cpu->dist);
    fold_fast_path(cpu);
    used = cpu->used_lrs;
    for (unsigned lr = 0; used; lr++, used >>= 1)
        if (used & 1)
            fold_lr(cpu, lr, irqchip->read_lr(lr));
    if (cpu->spilled_active)
        fold_eoi_count(cpu);
    vgic_withdraw_retired(cpu);
    vgic_unlock(cpu->dist);
}
