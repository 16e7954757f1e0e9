/* A virtual machine: its image and memory, its distributor, its virtual CPUs, and how it ended. */
#ifndef AMAGIC_HYP_VM_H
#define AMAGIC_HYP_VM_H

#include "guests/guest_abi.h"
#include "vgic.h"

#include <stdbool.h>
#include <stdint.h>

enum vm_state {
    VM_RUNNING,
    VM_DONE,    /* it said so */
    VM_FAULTED, /* stopped by the host */
    VM_EMPTY,   /* there was none */
    VM_MOVED,   /* it goes on elsewhere: migrate.h */
};

enum vm_fault {
    FAULT_NONE,
    FAULT_TRAP,      /* cause, value, pc: mcause, mtval, mepc */
    FAULT_HYPERCALL, /* value: the number, or the argument that is not the guest's */
    FAULT_IMAGE,     /* value: the offset of the word of the header that is wrong */
};

struct vcpu;

struct vm {
    unsigned id;
    enum vm_state state;

    enum vm_fault fault;
    uint32_t fault_cause;
    uint32_t fault_value;
    uint32_t fault_pc;

    struct guest_header image; /* a copy: the guest can change its own */
    struct vgic_dist dist;
    unsigned vcpus;
    struct vcpu *vcpu[VGIC_CPUS];
    struct guest_result result; /* what it reported with HVC_DONE */
};

/*
 * Make VM number ID from the image that lies in its memory. False when there is none, or a bad one,
 * which leaves the VM faulted; otherwise it has image.vcpus virtual CPUs to come: vcpu_init().
 */
bool vm_init(struct vm *vm, unsigned id);

/* Make VM number ID for a guest with this header. Its memory and its virtual CPUs are to come. */
void vm_adopt(struct vm *vm, unsigned id, const struct guest_header *header);

/* Stop it for good, with all its virtual CPUs. */
void vm_stop(struct vm *vm, enum vm_state state);

/* Once it was stopped and its world is out: no mapping is left. (On several harts, when the last of
 * its worlds is.) */
void vm_teardown(struct vm *vm);

/* The host's address of SIZE bytes at the guest's VA, or NULL when they are not all its memory. */
void *vm_memory(const struct vm *vm, uint32_t va, uint32_t size);

#endif
