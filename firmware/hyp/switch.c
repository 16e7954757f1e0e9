#include "switch.h"

#include "console.h"
#include "drivers/irqchip.h"
#include "drivers/mmio.h"
#include "drivers/probe.h"
#include "drivers/timer.h"
#include "lib/attributes.h"
#include "lines.h"
#include "migrate.h"
#include "platform.h"
#include "stage2.h"
#include "vgic_move.h"
#include "vtimer_move.h"
#include "world.h"

#include <stddef.h>

/* VALUE is to be in a register here: the core waits for what is loaded where it is needed. */
#define LOADED(value) __asm__ volatile("" : "+r"(value))

#define HOT_FIRST __attribute__((hot, section(".text.trap"))) /* beside the trap vector: hyp.ld */

/*
 * No more than the mapped timer's interrupt is in a list register, which is the trap vector's, and
 * no maintenance condition is on. Of a world that is out this cannot change; what else can come
 * meanwhile is in `changed` and `queued`.
 */
bool switch_is_plain(const struct vcpu *vcpu)
{
    const struct vgic_cpu *cpu = &vcpu->vgic;

    if (cpu->changed || cpu->offered != vcpu->vtimer.irq)
        return false;
    for (unsigned i = 1; i < cpu->mappings; i++)
        if (cpu->mapping[i]->shared)
            return false;
    if (cpu->used_lrs &&
        (cpu->used_lrs != 1u << cpu->offered_lr || cpu->in_lr[cpu->offered_lr] != cpu->offered))
        return false;
    return !cpu->eoi_lrs && !cpu->maintenance && !cpu->spilled_active && cpu->dist->cpus == 1 &&
           vcpu->context.fast.acknowledge != FAST_PATH_OFF;
}

static bool same_watches(const struct guest_header *a, const struct guest_header *b)
{
    return a->handler == b->handler && a->mask_point == b->mask_point &&
           a->unmask_point == b->unmask_point;
}

static void prepare(struct vcpu *vcpu)
{
    struct vcpu *next = world_turn(vcpu);
    bool plain = vcpu->state == VCPU_RUNNABLE && next && next != vcpu && switch_is_plain(vcpu);

    vcpu->context.next = plain ? &next->context : NULL;
    vcpu->rewatch = plain && !same_watches(&vcpu->vm->image, &next->vm->image);
}

HOT void switch_prepare(struct vcpu *left, struct vcpu *entered)
{
    static uint32_t runnable;
    uint32_t now = 0;

    /* With several harts, whose turn it is depends on the others. */
    if (HARTS > 1 || migrate_is_ordered())
        return;
    for (unsigned i = 0; i < VCPUS; i++)
        now |= (uint32_t)(world_vcpu(i)->state == VCPU_RUNNABLE) << i;
    if (now != runnable)
        for (unsigned i = 0; i < VCPUS; i++)
            world_vcpu(i)->context.next = NULL;
    runnable = now;
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

/*
 * Into its list register: the interrupt that was there when the world went out, or the timer's when
 * it is due, as the trap vector does it. Whether it is open, on its physical side too.
 */
ALWAYS_INLINE bool place_tick(struct vcpu *vcpu, bool rare)
{
    struct fast_path *fast = &vcpu->context.fast;
    uint32_t lr = fast->lr, value = fast->lr_value, placed = fast->placed;

    LOADED(lr);
    LOADED(value);
    LOADED(placed);

    if (RARE(rare) && vcpu->vgic.used_lrs) {
        mmio_write(fast->lr, vcpu->vgic.lr_word[vcpu->vgic.offered_lr]);
        return true;
    }
    if (!vtimer_due(&vcpu->vtimer))
        return false;
    mmio_write(lr, value);
    fast->placed = placed + 1;
    return true;
}

/*
 * RARE_CASE: something was or is to be in a list register, or to be watched. What is done between
 * accesses to devices takes no longer than they do.
 */
ALWAYS_INLINE void switch_worlds(struct vcpu *from, struct vcpu *to, bool rare_case)
{
    struct vgic_interface has;
    bool active, open;

    irqchip->drop(PPI_SLICE);
    probe_mark(PROBE_SWITCH_OUT, from->id);
    timer_slice_again(world_slice());
    from->straight++;
    from->vgic.resident = false;
    from->vtimer.ctl = vtimer_stop(&from->vtimer) & (VTIMER_ENABLE | VTIMER_IMASK);
    context_save(&from->context);
    lines_wait_low(1u << PPI_VTIMER | 1u << PPI_SLICE);
    irqchip->deactivate(PPI_SLICE);
    if (RARE(rare_case) && from->vgic.used_lrs)
        mmio_write(from->context.fast.lr, 0);
    has = vgic_save_interface(&from->vgic);
    active = irqchip_get_state(PPI_VTIMER, IRQCHIP_ACTIVE);
    if (RARE(active | rare_case))
        vgic_save_active(&from->vgic, from->vgic.offered, active);

    open = place_tick(to, rare_case);
    if (open != active)
        irqchip_set_state(PPI_VTIMER, IRQCHIP_ACTIVE, open);
    stage2_enter(to->map);
    context_restore(&to->context);
    to->vgic.resident = true;
    if (RARE(rare_case) && from->rewatch)
        world_watch(&to->vm->image);
    vgic_change_interface(has, &to->vgic);
    vtimer_run(&to->vtimer, to->vtimer.ctl);
    probe_mark(PROBE_SWITCH_IN, to->id);
    context_jump(&to->context);
}

HOT_FIRST NOINLINE void switch_slice(struct cpu_context *out, struct cpu_context *in, bool synced)
{
    struct vcpu *from = (struct vcpu *)out, *to = (struct vcpu *)in;
    uint32_t lr = out->fast.lr, next = (uintptr_t)in->next, queued = (uintptr_t)to->vgic.queued,
             changed = to->vgic.changed, from_lrs = from->vgic.used_lrs, rewatch = from->rewatch;
    bool rare_case;

    LOADED(lr);
    LOADED(next);
    LOADED(queued);
    LOADED(changed);
    LOADED(from_lrs);
    LOADED(rewatch);
    if (RARE(changed | queued) || RARE(!next))
        return;
    rare_case = from_lrs | to->vgic.used_lrs | rewatch;
    if (!synced) {
        if (RARE(from_lrs) || RARE(irqchip->lr_state(mmio_read(lr))))
            return;
    }
    if (!RARE(HYP_LINK && probe_count() >= TRACE_DRAIN_AT))
        switch_worlds(from, to, rare_case);
}
