/* State and mappings. What moves them in and out of the hardware is in vgic_hw.c. */
#include "vgic.h"

#include "drivers/irqchip.h"
#include "lib/attributes.h"

#include <stddef.h>

#define SGIS 16
#define PRIVATE 32

void vgic_init(struct vgic *vgic, struct fast_path *fast)
{
    *vgic = (struct vgic){.fast = fast};
    for (unsigned i = 0; i < VGIC_IRQS; i++) {
        struct vgic_irq *irq = &vgic->irq[i];

        irq->vintid = (uint8_t)i;
        irq->lr = VGIC_NO_LR;
        irq->edge = i < SGIS;
        irq->enabled = i < SGIS;
    }
}

HOT struct vgic_irq *vgic_find_phys(struct vgic *vgic, uint32_t pintid)
{
    for (unsigned i = 0; i < vgic->mappings; i++)
        if (vgic->mapping[i]->pintid == pintid)
            return vgic->mapping[i];
    return NULL;
}

enum vgic_error vgic_map_phys_irq(struct vgic *vgic, uint32_t vintid, uint32_t pintid, bool shared)
{
    struct vgic_irq *irq;

    if (vintid < SGIS || vintid >= VGIC_IRQS || pintid < SGIS || pintid >= IRQCHIP_SPURIOUS ||
        (vintid < PRIVATE) != (pintid < PRIVATE))
        return VGIC_BAD_INTID;
    irq = &vgic->irq[vintid];
    if (irq->hw || vgic_find_phys(vgic, pintid))
        return VGIC_MAPPED;
    if (vgic->mappings == VGIC_MAPPINGS)
        return VGIC_FULL;
    irq->hw = true;
    irq->shared = shared;
    irq->phys_active = false;
    irq->pintid = (uint16_t)pintid;
    irq->stale = true;
    vgic->mapping[vgic->mappings++] = irq;
    vgic_changed(vgic, irq);
    return VGIC_OK;
}

enum vgic_error vgic_unmap_phys_irq(struct vgic *vgic, uint32_t vintid)
{
    unsigned i = 0;
    struct vgic_irq *irq;

    while (i < vgic->mappings && vgic->mapping[i]->vintid != vintid)
        i++;
    if (i == vgic->mappings)
        return VGIC_NOT_MAPPED;
    irq = vgic->mapping[i];
    vgic_set_phys_irq_active(vgic, irq, false);
    vgic->mapping[i] = vgic->mapping[--vgic->mappings];
    irq->hw = false;
    irq->stale = true;
    /* Without its line nothing keeps it pending. An active one is the guest's to end. */
    if (!irq->latch)
        irq->pending = false;
    vgic_changed(vgic, irq);
    return VGIC_OK;
}

bool vgic_get_phys_irq_active(const struct vgic_irq *irq)
{
    return irq->phys_active;
}

void vgic_set_phys_irq_active(struct vgic *vgic, struct vgic_irq *irq, bool active)
{
    /* A shared device's state of a world that is out is only kept here. */
    if (vgic->resident || !irq->shared)
        irqchip_set_state(irq->pintid, IRQCHIP_ACTIVE, active);
    irq->phys_active = active;
}

HOT bool vgic_queue_phys(struct vgic *vgic, struct vgic_irq *irq)
{
    /* The guest may have made it pending itself while it was active: after its end the line
     * comes on top of that. */
    if (irq->phys_active && (irq->pending || irq->active))
        return false;
    irq->pending = true;
    irq->phys_active = true;
    vgic_update_busy(vgic, irq);
    if (vgic->queued)
        vgic->changed = true;
    vgic->queued = irq;
    return true;
}

void vgic_set_pending(struct vgic *vgic, struct vgic_irq *irq, bool pending)
{
    if (pending) {
        irq->latch = true;
        irq->pending = true;
    } else {
        irq->latch = false;
        /* An edge that came while one was queued waits on the physical side. */
        if (irq->hw && irq->edge)
            irqchip_set_state(irq->pintid, IRQCHIP_PENDING, false);
        /* Clearing the latch of a level interrupt does not clear its line. While it is active,
         * the line counts again only after the end, and on the physical side. */
        irq->pending = irq->pending && !irq->active && irq->hw && !irq->edge &&
                       irqchip_get_state(irq->pintid, IRQCHIP_LINE);
    }
    vgic_changed(vgic, irq);
}

void vgic_set_active(struct vgic *vgic, struct vgic_irq *irq, bool active)
{
    irq->active = active;
    vgic_changed(vgic, irq);
}

void vgic_teardown(struct vgic *vgic)
{
    while (vgic->mappings)
        vgic_unmap_phys_irq(vgic, vgic->mapping[0]->vintid);
}
