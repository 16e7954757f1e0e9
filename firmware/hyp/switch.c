#include "switch.h"

#include "console.h"
#include "drivers/irqchip.h"
#include "drivers/mmio.h"
#include "drivers/probe.h"
#include "drivers/timer.h"
#include "lib/attributes.h"
#include "lines.h"
#include "migrate.h"
#include "mode.h"
#include "platform.h"
#include "stage2.h"
#include "vgic_move.h"
#include "vtimer_move.h"
#include "world.h"

#include <stddef.h>

#define HOT_FIRST __attribute__((hot, section(".text.trap"))) /* beside the trap vector: hyp.ld */

/*
 * Nothing but the mapped timer's interrupt can be in a list register, which is the trap vector's, and
 * has all of its state; and nothing waits for one: so no maintenance condition is on either. Of a
 * world that is out this cannot change; what else can come meanwhile is in `changed` and `queued`.
 */
static bool is_plain(const struct vcpu *vcpu)
{
    const struct vgic_cpu *cpu = &vcpu->vgic;

    if (vcpu->context.fast.acknowledge == FAST_PATH_OFF || cpu->changed ||
        cpu->offered != vcpu->vtimer.irq || (cpu->offered->pending && cpu->offered->active))
        return false;
    for (unsigned i = 1; i < cpu->mappings; i++)
        if (cpu->mapping[i]->shared)
            return false;
    return !cpu->used_lrs ||
           (cpu->used_lrs == 1u << cpu->offered_lr && cpu->in_lr[cpu->offered_lr] == cpu->offered);
}

static bool same_watches(const struct guest_header *a, const struct guest_header *b)
{
    return a->handler == b->handler && a->mask_point == b->mask_point &&
           a->unmask_point == b->unmask_point;
}

/* The virtual CPUs of one VM know of each other. */
static COLD void find_successors(void)
{
    for (unsigned i = 0; i < VCPUS; i++) {
        struct vcpu *vcpu = world_vcpu(i), *next = world_turn(vcpu);

        vcpu->context.next = NULL;
        vcpu->successor = NULL;
        if (vcpu->state != VCPU_RUNNABLE || next == vcpu || vcpu->vgic.dist->cpus > 1)
            continue;
        vcpu->successor = next;
        vcpu->rewatch = !same_watches(&vcpu->vm->image, &next->vm->image);
    }
}

static HOT void prepare(struct vcpu *vcpu)
{
    struct vcpu *next = vcpu->successor;

    vcpu->context.next = next && is_plain(vcpu) ? &next->context : NULL;
}

HOT void switch_prepare(struct vcpu *left, struct vcpu *entered)
{
    static uint32_t turns;

    /* In other modes no end of a slice is plain; with several harts, whose turn it is depends on the
     * others. */
    if (HARTS > 1 || !mode->forwarded || migrate_is_ordered())
        return;
    if (turns != vcpu_turns)
        find_successors();
    turns = vcpu_turns;
    prepare(entered);
    if (left != entered)
        prepare(left);
}

HOT void switch_count(struct vcpu *vcpu)
{
    struct fast_path *fast = &vcpu->context.fast;

    vcpu->stats.exits += fast->taken + vcpu->straight;
    vcpu->stats.irqs += fast->taken + vcpu->straight;
    vcpu->stats.slices += vcpu->straight;
    vcpu->stats.straight += vcpu->straight;
    vcpu->vgic.stats.queued_on_irq += fast->taken;
    vcpu->vgic.stats.queued_on_entry += fast->placed;
    fast->taken = fast->placed = vcpu->straight = 0;
}

void switch_settle(struct vcpu *vcpu)
{
    if (!vcpu->straight)
        return;
    vgic_fold_kept(&vcpu->vgic);
    switch_count(vcpu);
}

/*
 * Into its list register: what was KEPT of it when the world went out, or the timer's interrupt when
 * it is due, as the trap vector does it. Whether it is open, on its physical side too.
 */
ALWAYS_INLINE bool place_tick(struct vcpu *vcpu, uint32_t kept)
{
    struct fast_path *fast = &vcpu->context.fast;

    if (!RARE(kept)) {
        if (!RARE(vtimer_due(&vcpu->vtimer)))
            return false;
        kept = fast->lr_value;
        fast->placed++;
    }
    mmio_write(fast->lr, kept);
    return true;
}

/* KEPT: as in struct fast_path. What is done between accesses to devices takes no longer than they
 * do. */
ALWAYS_INLINE void switch_worlds(struct vcpu *from, struct vcpu *to, uint32_t kept)
{
    uint32_t comes = to->context.fast.kept;
    struct vgic_interface has;
    bool active, open;

    irqchip->drop(PPI_SLICE);
    probe_mark(PROBE_SWITCH_OUT, from->id);
    timer_slice_again(world_slice());
    from->straight++;
    from->vgic.resident = false;
    from->vtimer.ctl = vtimer_stop(&from->vtimer) & (VTIMER_ENABLE | VTIMER_IMASK);
    from->context.fast.kept = kept;
    context_save(&from->context);
    lines_wait_low(1u << PPI_VTIMER | 1u << PPI_SLICE);
    has = vgic_save_interface(&from->vgic);
    LOADED(comes);
    active = irqchip_get_state(PPI_VTIMER, IRQCHIP_ACTIVE);
    if (RARE(kept) || RARE(active)) {
        mmio_write(from->context.fast.lr, 0);
        if (!kept || !active)
            from->vgic.stats.orphans++;
    }

    open = place_tick(to, comes);
    if (RARE(open != active))
        irqchip_set_state(PPI_VTIMER, IRQCHIP_ACTIVE, open);
    irqchip->deactivate(PPI_SLICE);
    stage2_enter(to->map);
    context_restore(&to->context);
    to->vgic.resident = true;
    if (RARE(from->rewatch))
        world_watch(&to->vm->image);
    vgic_change_interface(has, &to->vgic);
    vtimer_run(&to->vtimer, to->vtimer.ctl);
    probe_mark(PROBE_SWITCH_IN, to->id);
    context_jump(&to->context);
}

HOT_FIRST NOINLINE void switch_slice(struct cpu_context *out, struct cpu_context *in)
{
    struct vcpu *from = (struct vcpu *)out, *to = (struct vcpu *)in;
    uint32_t changed = to->vgic.changed, queued = (uintptr_t)to->vgic.queued,
             next = (uintptr_t)in->next, lr = out->fast.lr, word, kept = 0;

    LOADED(changed);
    LOADED(queued);
    LOADED(next);
    LOADED(lr);
    if (RARE(changed | queued) || RARE(!next))
        return slice_by_the_host(out);
    word = mmio_read(lr); /* only the guest changes it */
    if (RARE(irqchip->lr_state(word))) {
        /* Pending, with its line low, it was retired, and has to be withdrawn. */
        if (irqchip->lr_state(word) == IRQCHIP_LR_PENDING &&
            !irqchip_get_state(PPI_VTIMER, IRQCHIP_LINE))
            return slice_by_the_host(out);
        kept = word;
    }
    if (RARE(HYP_LINK && probe_count() >= TRACE_DRAIN_AT))
        return slice_by_the_host(out);
    switch_worlds(from, to, kept);
}
