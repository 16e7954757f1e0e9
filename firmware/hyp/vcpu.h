/* A virtual CPU: its context, its part of the interrupt controller, its timer, and how it fares. */
#ifndef AMAGIC_HYP_VCPU_H
#define AMAGIC_HYP_VCPU_H

#include "arch/riscv/context.h"
#include "platform.h"
#include "vgic.h"
#include "vm.h"
#include "vtimer.h"

#include <stdbool.h>
#include <stdint.h>

#define VCPUS (GUESTS * VGIC_CPUS) /* in all, at most */

enum vcpu_state {
    VCPU_OFF, /* not started, or ended; or its VM was stopped */
    VCPU_RUNNABLE,
};

struct vcpu_stats {
    uint32_t exits;
    uint32_t irqs; /* physical interrupts taken while it ran, all kinds */
    uint32_t slices;
    uint32_t straight; /* of the slices: their ends that were switch_slice()'s */
    uint32_t maintenance;
    uint32_t spurious; /* exits whose interrupt was gone */
    uint32_t gicd;     /* accesses to its distributor */
    uint32_t gicc;     /* to its CPU interface, as far as that is not the hardware's */
    uint32_t emulated; /* to anything else that is not */
    uint32_t hypercalls;
};

struct vcpu {
    /* First: the trap vector hands it to hyp_exit(). Each in cache lines of its own. */
    struct cpu_context context __attribute__((aligned(32)));
    uint32_t straight; /* ends of its time slice that switch_slice() saw to, since last counted */
    uint32_t map;      /* as stage2_map() gave it */
    uint8_t id; /* of all, as the probe's marks name it: the first ones of all VMs come first */
    bool rewatch; /* the successor has other points to watch */
    struct vcpu *successor; /* whose turn is next, where switch_slice() may enter it, or NULL */
    struct vtimer vtimer;
    struct vgic_cpu vgic;
    enum vcpu_state state;
    struct vm *vm;
    struct vcpu_stats stats;
};

/* Make the next virtual CPU of VM, with ID. It is off. */
void vcpu_init(struct vcpu *vcpu, struct vm *vm, unsigned id);

/* How often a state was set: whether somebody else's turn may be next. */
extern uint32_t vcpu_turns;

void vcpu_set_state(struct vcpu *vcpu, enum vcpu_state state);

/* It begins at ENTRY, which is aligned to 4, with its number in a0 and ARGUMENT in a1. */
void vcpu_start(struct vcpu *vcpu, uint32_t entry, uint32_t argument);

/* It did what it must not: its VM is stopped. */
void vcpu_fail(struct vcpu *vcpu, enum vm_fault fault, uint32_t cause, uint32_t value);

#endif
