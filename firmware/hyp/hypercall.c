#include "hypercall.h"

#include "console.h"
#include "drivers/probe.h"

#include <stddef.h>

#define A0 10
#define A1 11
#define A7 17

static bool put_line(const struct vcpu *vcpu, uint32_t va, uint32_t length)
{
    const char *text = vcpu_memory(vcpu, va, length);

    if (!text)
        return false;
    console_putc((char)('0' + vcpu->id));
    console_putc('>');
    console_putc(' ');
    while (length--)
        console_putc(*text++);
    console_putc('\n');
    return true;
}

static bool take_result(struct vcpu *vcpu, uint32_t va)
{
    const struct guest_result *result = vcpu_memory(vcpu, va, sizeof(*result));

    if (!result || va % 4)
        return false;
    vcpu->result = *result;
    vcpu_stop(vcpu, VCPU_DONE);
    return true;
}

bool hypercall(struct vcpu *vcpu)
{
    uint32_t *x = vcpu->context.x;
    bool good = true, yield = false;

    vcpu->stats.hypercalls++;
    switch (x[A7]) {
    case HVC_PUTC:
        console_putc((char)x[A0]);
        break;
    case HVC_PUTS:
        good = put_line(vcpu, x[A0], x[A1]);
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
