/* The steps in which a virtual CPU's interrupts are moved. They touch its state and the hardware. */
#ifndef AMAGIC_HYP_VGIC_MOVE_H
#define AMAGIC_HYP_VGIC_MOVE_H

#include "drivers/irqchip.h"
#include "lib/attributes.h"
#include "vgic.h"

/*
 * Out, what the hardware has as the active state of a mapped interrupt of a shared device. The
 * guest's own end of interrupt has deactivated it, or it is what was written with vgic_cpu's state.
 */
ALWAYS_INLINE void vgic_save_active(struct vgic_cpu *cpu, struct vgic_irq *irq, bool active)
{
    if (RARE(active != irq->phys_active)) {
        cpu->stats.orphans++;
        irq->phys_active = active;
    }
}

/* The guest's CPU interface beside its list registers. The guest changes both, so both are read. */
ALWAYS_INLINE struct vgic_interface vgic_save_interface(struct vgic_cpu *cpu)
{
    struct vgic_interface has = {.vmcr = irqchip->read_vmcr(), .apr = irqchip->read_apr()};

    cpu->interface = has;
    return has;
}

/* Into the hardware, which HAS this. */
ALWAYS_INLINE void vgic_change_interface(struct vgic_interface has, const struct vgic_cpu *cpu)
{
    struct vgic_interface wanted = cpu->interface;

    if (RARE((has.vmcr ^ wanted.vmcr) | (has.apr ^ wanted.apr))) {
        irqchip->write_vmcr(wanted.vmcr);
        irqchip->write_apr(wanted.apr);
    }
}

#endif
