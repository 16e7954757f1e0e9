#include "hypercall.h"

#include "console.h"
#include "drivers/irqchip.h"
#include "drivers/probe.h"
#include "lib/attributes.h"
#include "platform.h"
#include "world.h"

#include <stddef.h>

#define A0 10
#define A1 11
#define A2 12
#define A7 17

/*
 * Print a line, for as long as the time slice lasts: the serial port is slow, and the line can be
 * as long as the guest's memory. LEFT: what is to be printed in the next one.
 */
static bool put_line(const struct vcpu *vcpu, uint32_t va, uint32_t length, uint32_t *left)
{
    const char *text = vm_memory(vcpu->vm, va, length);

    *left = length;
    if (!text)
        return false;
    console_putc((char)('0' + vcpu->vm->id));
    console_putc('>');
    console_putc(' ');
    while (*left) {
        console_putc(*text++);
        --*left;
        if (irqchip_get_state(PPI_SLICE, IRQCHIP_LINE))
            break;
    }
    console_putc('\n');
    return true;
}

static bool take_result(struct vcpu *vcpu, uint32_t va)
{
    const struct guest_result *result = vm_memory(vcpu->vm, va, sizeof(*result));

    if (!result || va % 4)
        return false;
    vcpu->vm->result = *result;
    vm_stop(vcpu->vm, VM_DONE);
    return true;
}

static uint32_t cpu_on(const struct vm *vm, uint32_t number, uint32_t entry, uint32_t argument)
{
    if (number >= vm->vcpus)
        return HVC_NO_SUCH_CPU;
    if (vm->vcpu[number]->state != VCPU_OFF)
        return HVC_ALREADY_ON;
    if (!vm_memory(vm, entry, 4) || entry % 4)
        return HVC_BAD_ENTRY;
    vcpu_start(vm->vcpu[number], entry, argument);
    world_wake();
    return HVC_OK;
}

static uint32_t cpu_off(struct vcpu *vcpu)
{
    for (unsigned i = 0; i < vcpu->vm->vcpus; i++) {
        if (vcpu->vm->vcpu[i] == vcpu || vcpu->vm->vcpu[i]->state == VCPU_OFF)
            continue;
        vcpu_set_state(vcpu, VCPU_OFF);
        return HVC_OK;
    }
    return HVC_LAST_CPU;
}

COLD bool hypercall(struct vcpu *vcpu)
{
    uint32_t *x = vcpu->context.x;
    bool good = true, yield = false;
    uint32_t left = 0;

    vcpu->stats.hypercalls++;
    switch (x[A7]) {
    case HVC_PUTC:
        console_putc((char)x[A0]);
        break;
    case HVC_PUTS:
        good = put_line(vcpu, x[A0], x[A1], &left);
        if (good && left) { /* the guest calls again, for the rest */
            x[A0] += x[A1] - left;
            x[A1] = left;
            return false;
        }
        break;
    case HVC_DONE:
        good = take_result(vcpu, x[A0]);
        break;
    case HVC_YIELD:
        yield = true;
        break;
    case HVC_NOTE:
        probe_mark(PROBE_NOTE, x[A0]);
        break;
    case HVC_CPU_ON:
        x[A0] = cpu_on(vcpu->vm, x[A0], x[A1], x[A2]);
        break;
    case HVC_CPU_OFF:
        x[A0] = cpu_off(vcpu);
        break;
    default:
        vcpu_fail(vcpu, FAULT_HYPERCALL, 0, x[A7]);
        return false;
    }
    if (!good)
        vcpu_fail(vcpu, FAULT_HYPERCALL, 0, x[A0]);
    else
        vcpu->context.pc += 4;
    return yield;
}
