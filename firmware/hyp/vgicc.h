/*
 * The guest's CPU interface in software. Its pages are not mapped: each access is a page fault, and
 * is carried out here on the guest's own state. To the guest it is what the GIC's GICV is: five
 * priority bits, one APR for both groups, and the same answers to narrow accesses.
 */
#ifndef AMAGIC_HYP_VGICC_H
#define AMAGIC_HYP_VGICC_H

#include "vgic.h"

#include <stdint.h>

/* SIZE is 1, 2 or 4 bytes, and OFFSET, in GICV's frame, a multiple of it. */
uint32_t vgicc_read(struct vgic_cpu *cpu, uint32_t offset, unsigned size);
void vgicc_write(struct vgic_cpu *cpu, uint32_t offset, unsigned size, uint32_t value);

/* In the places of vgic_sync_hwstate() and vgic_flush_hwstate(). */
void vgicc_sync(struct vgic_cpu *cpu);
void vgicc_flush(struct vgic_cpu *cpu);

#endif
