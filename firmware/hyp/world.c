#include "world.h"

#include "console.h"
#include "link/trace.h"
#include "platform.h"
#include "drivers/probe.h"
#include "lib/random.h"
#include "report.h"
#include "drivers/timer.h"

#include <stddef.h>

/* A time slice in cycles: of varying length, so that ticks meet every moment of a switch. */
#ifndef HYP_SLICE_MIN
#define HYP_SLICE_MIN 2500
#endif
#ifndef HYP_SLICE_SPREAD
#define HYP_SLICE_SPREAD 6144
#endif
#ifndef HYP_SEED
#define HYP_SEED 0x2545F491
#endif

/* Records with which the probe's buffer of 256 is emptied at the end of a time slice: what the next
 * slice brings must fit the rest. */
#define DRAIN_AT 96

static struct vcpu vcpus[GUESTS];
static uint32_t random_state = HYP_SEED;

struct vcpu *world_vcpu(unsigned id)
{
    return &vcpus[id];
}

static void start_slice(void)
{
    timer_slice_start(HYP_SLICE_MIN + random_next(&random_state) % HYP_SLICE_SPREAD);
}

static void watch(const struct vcpu *vcpu)
{
    probe_watch(PROBE_HANDLER, vcpu ? vcpu->image.handler : 0);
    probe_watch(PROBE_MASK, vcpu ? vcpu->image.mask_point : 0);
    probe_watch(PROBE_UNMASK, vcpu ? vcpu->image.unmask_point : 0);
}

static void world_out(struct vcpu *vcpu)
{
    vtimer_save(&vcpu->vtimer);
    vgic_save(&vcpu->vgic);
    context_save(&vcpu->context);
}

static void world_in(struct vcpu *vcpu)
{
    context_restore(&vcpu->context);
    watch(vcpu);
    vtimer_flush(&vcpu->vtimer, &vcpu->vgic);
    vgic_restore(&vcpu->vgic);
    vtimer_restore(&vcpu->vtimer);
}

static struct vcpu *pick(const struct vcpu *current)
{
    unsigned first = current ? current->id + 1 : 0;

    for (unsigned i = 0; i < GUESTS; i++) {
        struct vcpu *vcpu = &vcpus[(first + i) % GUESTS];

        if (vcpu->state == VCPU_RUNNABLE)
            return vcpu;
    }
    return NULL;
}

struct vcpu *world_next(struct vcpu *current)
{
    struct vcpu *next = pick(current);

    if (HYP_LINK)
        trace_drain(DRAIN_AT);
    if (next == current) {
        vgic_flush_hwstate(&current->vgic);
        start_slice();
        return current;
    }
    probe_mark(PROBE_SWITCH_OUT, current->id);
    world_out(current);
    if (current->state != VCPU_RUNNABLE)
        vgic_teardown(&current->vgic);
    if (!next)
        report_and_end();
    world_in(next);
    start_slice();
    probe_mark(PROBE_SWITCH_IN, next->id);
    return next;
}

struct vcpu *world_start(void)
{
    struct vcpu *first;

    for (unsigned id = 0; id < GUESTS; id++)
        vcpu_init(&vcpus[id], id);
    first = pick(NULL);
    if (!first)
        report_and_end();
    world_in(first);
    start_slice();
    probe_mark(PROBE_SWITCH_IN, first->id);
    return first;
}
