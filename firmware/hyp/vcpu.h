/* A virtual CPU: its context, its devices, its memory, and how it fares. */
#ifndef AMAGIC_HYP_VCPU_H
#define AMAGIC_HYP_VCPU_H

#include "arch/riscv/context.h"
#include "guests/guest_abi.h"
#include "arch/riscv/sv32.h"
#include "vgic.h"
#include "vtimer.h"

#include <stdbool.h>
#include <stdint.h>

enum vcpu_state {
    VCPU_RUNNABLE,
    VCPU_DONE,    /* it said so */
    VCPU_FAULTED, /* stopped by the host */
};

enum vcpu_fault {
    FAULT_NONE,
    FAULT_TRAP,      /* cause, value, pc: mcause, mtval, mepc */
    FAULT_HYPERCALL, /* value: the number, or the argument that is not the guest's */
    FAULT_IMAGE,     /* value: the header's word that is wrong */
};

struct vcpu_stats {
    uint32_t exits;
    uint32_t irqs; /* physical interrupts taken while it ran, all kinds */
    uint32_t slices;
    uint32_t maintenance;
    uint32_t spurious; /* exits whose interrupt was gone */
    uint32_t emulated; /* accesses to its distributor, or trapped ends */
    uint32_t hypercalls;
};

struct vcpu {
    struct cpu_context context; /* first: the trap vector hands it to hyp_exit() */
    unsigned id;
    enum vcpu_state state;

    enum vcpu_fault fault;
    uint32_t fault_cause;
    uint32_t fault_value;
    uint32_t fault_pc;

    struct guest_header image; /* a copy: the guest can change its own */
    struct sv32_space space;
    struct vgic vgic;
    struct vtimer vtimer;
    struct vcpu_stats stats;
    struct guest_result result; /* what it reported with HVC_DONE */
};

/* Make vCPU ID from the image that lies in its memory. A bad image leaves it faulted. */
void vcpu_init(struct vcpu *vcpu, unsigned id);

/* Stop it for good. */
void vcpu_stop(struct vcpu *vcpu, enum vcpu_state state);
void vcpu_fail(struct vcpu *vcpu, enum vcpu_fault fault, uint32_t cause, uint32_t value);

/* The guest's GICV_DIR page: there, or trapped and emulated. Ordered before the guest's next access. */
void vcpu_trap_dir(struct vcpu *vcpu, bool trapped);

/* The host's address of SIZE bytes at the guest's VA, or NULL when they are not all its memory. */
void *vcpu_memory(const struct vcpu *vcpu, uint32_t va, uint32_t size);

#endif
