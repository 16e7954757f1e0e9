#include "vcpu.h"

#include "lib/attributes.h"
#include "mode.h"
#include "platform.h"
#include "stage2.h"

/* Each guest's counter starts elsewhere, so that a mix-up of offsets cannot go unnoticed. */
#define COUNTER_OFFSET(vm) (0x123456789ull * (vm) + 1000ull)

uint32_t vcpu_turns;

#define A0 10
#define A1 11

COLD void vcpu_init(struct vcpu *vcpu, struct vm *vm, unsigned id)
{
    *vcpu = (struct vcpu){.vm = vm, .id = (uint8_t)id, .map = stage2_map(vm->id)};
    vm->vcpu[vm->vcpus++] = vcpu;
    vgic_cpu_init(&vcpu->vgic, &vm->dist, &vcpu->context.fast);
    vcpu->vgic.end_maintenance = mode->end_maintenance;
    vtimer_init(&vcpu->vtimer, &vcpu->vgic, COUNTER_OFFSET(vm->id), mode->forwarded);
}

COLD void vcpu_set_state(struct vcpu *vcpu, enum vcpu_state state)
{
    vcpu->state = state;
    vcpu_turns++;
}

COLD void vcpu_start(struct vcpu *vcpu, uint32_t entry, uint32_t argument)
{
    context_reset(&vcpu->context, entry);
    vcpu->context.x[A0] = vcpu->vgic.id;
    vcpu->context.x[A1] = argument;
    vcpu_set_state(vcpu, VCPU_RUNNABLE);
}

COLD void vcpu_fail(struct vcpu *vcpu, enum vm_fault fault, uint32_t cause, uint32_t value)
{
    struct vm *vm = vcpu->vm;

    vm->fault = fault;
    vm->fault_cause = cause;
    vm->fault_value = value;
    vm->fault_pc = vcpu->context.pc;
    vm_stop(vm, VM_FAULTED);
}
