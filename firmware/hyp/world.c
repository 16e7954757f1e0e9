#include "world.h"

#include "console.h"
#include "devices.h"
#include "lib/attributes.h"
#include "link/trace.h"
#include "migrate.h"
#include "mode.h"
#include "platform.h"
#include "drivers/probe.h"
#include "lib/random.h"
#include "report.h"
#include "stage2.h"
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

static struct vm vms[GUESTS];
static struct vcpu vcpus[VCPUS]; /* the first one of each VM, then the second ones */
static uint32_t random_state = HYP_SEED;

struct vm *world_vm(unsigned id)
{
    return &vms[id];
}

/* With ORDERS, not beyond the next one. */
static void start_slice(bool orders)
{
    uint32_t cycles = HYP_SLICE_MIN + random_next(&random_state) % HYP_SLICE_SPREAD;

    timer_slice_start(orders ? migrate_within(cycles) : cycles);
}

static void watch(const struct guest_header *image)
{
    probe_watch(PROBE_HANDLER, image->handler);
    probe_watch(PROBE_MASK, image->mask_point);
    probe_watch(PROBE_UNMASK, image->unmask_point);
}

static void world_out(struct vcpu *vcpu)
{
    mode->out(vcpu);
    context_save(&vcpu->context);
}

static void world_in(struct vcpu *vcpu)
{
    context_restore(&vcpu->context, stage2_enter(vcpu->vm->id));
    watch(&vcpu->vm->image);
    mode->in(vcpu);
}

static struct vcpu *pick(const struct vcpu *current)
{
    unsigned first = current ? current->id + 1 : 0;

    for (unsigned i = 0; i < VCPUS; i++) {
        struct vcpu *vcpu = &vcpus[(first + i) % VCPUS];

        if (vcpu->state == VCPU_RUNNABLE)
            return vcpu;
    }
    return NULL;
}

struct vcpu *world_next(struct vcpu *current)
{
    struct vcpu *next = pick(current);
    bool orders = migrate_is_ordered();
    bool move = orders && migrate_is_due();

    if (HYP_LINK)
        trace_drain(DRAIN_AT);
    if (next == current && !move) {
        mode->entry(current);
        start_slice(orders);
        return current;
    }
    probe_mark(PROBE_SWITCH_OUT, current->id);
    world_out(current);
    if (current->vm->state != VM_RUNNING)
        vm_teardown(current->vm);
    if (move) {
        migrate_do();
        next = pick(current);
    }
    if (!next)
        report_and_end();
    world_in(next);
    start_slice(orders);
    probe_mark(PROBE_SWITCH_IN, next->id);
    return next;
}

COLD void world_make_vcpus(struct vm *vm)
{
    for (unsigned i = 0; i < vm->image.vcpus; i++)
        vcpu_init(&vcpus[i * GUESTS + vm->id], vm, i * GUESTS + vm->id);
}

static COLD void start_vm(unsigned id)
{
    struct vm *vm = &vms[id];

    if (!vm_init(vm, id))
        return;
    world_make_vcpus(vm);
    vcpu_start(vm->vcpu[0], vm->image.entry, 0);
}

COLD struct vcpu *world_start(void)
{
    struct vcpu *first;

    stage2_init_hart();
    for (unsigned id = 0; id < GUESTS; id++)
        start_vm(id);
    devices_assign();
    migrate_begin();
    migrate_do();
    first = pick(NULL);
    if (!first)
        report_and_end();
    world_in(first);
    start_slice(migrate_is_ordered());
    probe_mark(PROBE_SWITCH_IN, first->id);
    return first;
}
