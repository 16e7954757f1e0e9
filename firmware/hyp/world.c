#include "world.h"

#include "arch/riscv/csr.h"
#include "console.h"
#include "devices.h"
#include "drivers/doorbell.h"
#include "drivers/irqchip.h"
#include "harts.h"
#include "lib/attributes.h"
#include "link/trace.h"
#include "migrate.h"
#include "mode.h"
#include "panic.h"
#include "platform.h"
#include "drivers/probe.h"
#include "report.h"
#include "stage2.h"
#include "switch.h"
#include "drivers/timer.h"
#include "vgic_lock.h"

#include <stddef.h>

/* A time slice in cycles: of varying length, so that ticks meet every moment of a switch. */
#ifndef HYP_SLICE_MIN
#define HYP_SLICE_MIN 2500
#endif
#ifndef HYP_SLICE_SPREAD
#define HYP_SLICE_SPREAD 6144
#endif
_Static_assert(HYP_SLICE_MIN >= 250, "a time slice begins within a switch, and must not end there");
#ifndef HYP_SEED
#define HYP_SEED 0x2545F491
#endif

static struct vm vms[GUESTS];
/* Where no usual guest's data is in the cache: hyp.ld. */
#define KEPT __attribute__((section(".bss.kept")))

static struct vcpu vcpus[VCPUS] KEPT; /* the first one of each VM, then the second ones */
static uint32_t random_state[HARTS] KEPT;

struct vm *world_vm(unsigned id)
{
    return &vms[id];
}

struct vcpu *world_vcpu(unsigned id)
{
    return &vcpus[id];
}

HOT uint32_t world_slice(void)
{
    uint32_t *state = &random_state[this_hart()];

    /* A full period (after Hull and Dobell), and few cycles. What counts are the upper bits. */
    *state = *state * 33 + 1;
    return HYP_SLICE_MIN + (uint32_t)((uint64_t)*state * HYP_SLICE_SPREAD >> 32);
}

/* With ORDERS, not beyond the next one. */
static void start_slice(bool orders)
{
    uint32_t cycles = world_slice();

    timer_slice_start(orders ? migrate_within(cycles) : cycles);
}

/* Each hart has watches of its own. (They look at every hart: the trace says which it was.) */
void world_watch(const struct guest_header *image)
{
    unsigned first = PROBE_WATCHES * this_hart();

    probe_watch(first + PROBE_HANDLER, image->handler);
    probe_watch(first + PROBE_MASK, image->mask_point);
    probe_watch(first + PROBE_UNMASK, image->unmask_point);
}

/* VCPU comes to this hart. The data cache was dealt with when the hart came to the host. */
static inline void arrive(struct vcpu *vcpu)
{
    if (HARTS == 1 || vcpu->vgic.hart == this_hart())
        return;
    fence_i();
    harts[this_hart()].moves += vcpu->vgic.hart != VGIC_NOBODY;
    vcpu->vgic.hart = (uint8_t)this_hart();
}

static void world_out(struct vcpu *vcpu)
{
    mode->out(vcpu);
    context_save(&vcpu->context);
    if (HARTS > 1)
        vcpu->vgic.resident = false;
}

static void world_in(struct vcpu *vcpu)
{
    arrive(vcpu);
    switch_settle(vcpu);
    stage2_enter(vcpu->map);
    context_restore(&vcpu->context);
    world_watch(&vcpu->vm->image);
    mode->in(vcpu);
    if (HARTS > 1) /* also where nothing of it is in the GIC: vgic_kick() */
        vcpu->vgic.resident = true;
}

struct vcpu *world_turn(const struct vcpu *current)
{
    unsigned first = current ? current->id + 1 : 0;

    for (unsigned i = 0; i < VCPUS; i++) {
        struct vcpu *vcpu = &vcpus[(first + i) % VCPUS];

        if (vcpu->state == VCPU_RUNNABLE && !vgic_is_elsewhere(&vcpu->vgic))
            return vcpu;
    }
    return NULL;
}

static bool any_elsewhere(void)
{
    for (unsigned i = 0; i < VCPUS; i++)
        if (vgic_is_elsewhere(&vcpus[i].vgic))
            return true;
    return false;
}

/* What interrupts a hart without a world: devices, whose guests are on other harts or out. */
static COLD void take_devices(void)
{
    uint32_t acknowledged = irqchip->acknowledge();

    for (; irqchip_intid(acknowledged) < IRQCHIP_SPURIOUS; acknowledged = irqchip->acknowledge()) {
        struct vgic_cpu *cpu;
        struct vgic_irq *irq = vgic_find_device(irqchip_intid(acknowledged), &cpu);

        irqchip->drop(acknowledged);
        if (!irq)
            panic("interrupt for nobody", 1, irqchip_intid(acknowledged));
        vgic_queue_phys(cpu, irq);
    }
}

/* There is nothing to run here: a world that comes later. The last hart without one ends the run. */
static COLD struct vcpu *wait_for_world(void)
{
    struct hart *hart = &harts[this_hart()];
    struct vcpu *next;

    do {
        if (!any_elsewhere())
            report_and_end();
        timer_slice_stop();
        hart->idle = true;
        harts_leave();
        wait_for_interrupt();
        harts_enter();
        hart->idle = false;
        take_devices();
        next = world_turn(NULL);
    } while (!next);
    return next;
}

COLD void world_wake(void)
{
    for (unsigned hart = 0; hart < HARTS; hart++)
        if (HARTS > 1 && harts[hart].idle)
            doorbell_ring(hart);
}

struct vcpu *world_next(struct vcpu *current)
{
    struct vcpu *next = world_turn(current);
    bool orders = migrate_is_ordered();
    bool move = orders && migrate_is_due();

    if (HYP_LINK)
        trace_drain(TRACE_DRAIN_AT);
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
        next = world_turn(current);
    }
    if (!next)
        next = wait_for_world();
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

COLD void world_start(void)
{
    for (unsigned id = 0; id < GUESTS; id++)
        start_vm(id);
    devices_assign();
    migrate_begin();
    migrate_do();
}

COLD struct vcpu *world_first(void)
{
    struct vcpu *first;

    random_state[this_hart()] = HYP_SEED ^ this_hart() << 16;
    stage2_init_hart();
    first = world_turn(NULL);
    if (!first)
        first = wait_for_world();
    world_in(first);
    start_slice(migrate_is_ordered());
    probe_mark(PROBE_SWITCH_IN, first->id);
    return first;
}
