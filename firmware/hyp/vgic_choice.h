/* Which of a virtual CPU's interrupts are to be in its list registers. */
#ifndef AMAGIC_HYP_VGIC_CHOICE_H
#define AMAGIC_HYP_VGIC_CHOICE_H

#include "vgic.h"

struct vgic_choice {
    uint32_t keep[VGIC_ROWS]; /* a bit for each interrupt that is chosen */
    unsigned spilled_pending; /* the others, which wait in memory */
    unsigned spilled_active;
};

/* Every interrupt that the guest could take or has to end; how many there are. */
unsigned vgic_collect(const struct vgic_cpu *cpu, struct vgic_choice *choice);

/*
 * Of these, keep the LRS most urgent ones. The others wait in memory, and a maintenance interrupt
 * brings us back to refill. With PENDING_FIRST the most urgent pending interrupt is always among
 * those kept.
 */
void vgic_spill(struct vgic_cpu *cpu, struct vgic_choice *choice, unsigned lrs, bool pending_first);

static inline bool vgic_chosen(const struct vgic_choice *choice, const struct vgic_irq *irq)
{
    return choice->keep[irq->vintid / 32] >> irq->vintid % 32 & 1;
}

#endif
