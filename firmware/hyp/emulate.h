/* Loads and stores that the host carries out for a guest. */
#ifndef AMAGIC_HYP_EMULATE_H
#define AMAGIC_HYP_EMULATE_H

#include "vcpu.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The guest's access at VA faulted. When VA belongs to something that is emulated for it, carry
 * the instruction out and step over it; otherwise change nothing and return false.
 */
bool emulate_access(struct vcpu *vcpu, uint32_t va, bool store);

#endif
