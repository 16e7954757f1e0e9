#ifndef AMAGIC_HYP_HYPERCALL_H
#define AMAGIC_HYP_HYPERCALL_H

#include "vcpu.h"

#include <stdbool.h>

/* Carry out the guest's ecall (guest_abi.h). True when it gives its time slice away. */
bool hypercall(struct vcpu *vcpu);

#endif
