/*
 * The guest's distributor. Its page is not mapped: each access is a page fault, and is carried out
 * here on the guest's own state. Registers that are not there read 0 and ignore writes. A narrow
 * access reaches its own bytes of any register but SGIR, as in our own GIC (the architecture leaves
 * it open for most of them).
 */
#ifndef AMAGIC_HYP_VGICD_H
#define AMAGIC_HYP_VGICD_H

#include "vgic.h"

#include <stdint.h>

/* An access by CPU. SIZE is 1, 2 or 4 bytes, and OFFSET, in the frame, a multiple of it. */
uint32_t vgicd_read(struct vgic_cpu *cpu, uint32_t offset, unsigned size);
void vgicd_write(struct vgic_cpu *cpu, uint32_t offset, unsigned size, uint32_t value);

#endif
