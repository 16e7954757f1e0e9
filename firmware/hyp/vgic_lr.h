/* What both ways between the state and the list registers need. */
#ifndef AMAGIC_HYP_VGIC_LR_H
#define AMAGIC_HYP_VGIC_LR_H

#include "vgic.h"

/* Clear a list register that is in use; its interrupt waits in memory. */
void vgic_empty_lr(struct vgic_cpu *cpu, unsigned lr);

/* Those that are empty since the guest's end of interrupt, and report it. */
void vgic_clear_ended(struct vgic_cpu *cpu);

/* The interrupt that is offered to the fast path is pending in its list register. */
void vgic_placed_offered(struct vgic_cpu *cpu);

#endif
