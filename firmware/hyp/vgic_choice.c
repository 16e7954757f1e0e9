#include "vgic_choice.h"

#include "lib/attributes.h"

/* An SPI is offered to each of its targets until one has it. */
static bool offered(const struct vgic_cpu *cpu, const struct vgic_irq *irq)
{
    if (irq->owner != VGIC_NOBODY && irq->owner != cpu->id)
        return false;
    return irq->active || irq->targets >> cpu->id & 1;
}

static COLD unsigned collect_spis(const struct vgic_cpu *cpu, struct vgic_choice *choice)
{
    unsigned count = 0;

    for (uint32_t busy = cpu->dist->busy; busy; busy &= busy - 1) {
        unsigned bit = (unsigned)__builtin_ctz(busy);
        const struct vgic_irq *irq = &cpu->dist->spi[bit];

        if (offered(cpu, irq) && (irq->active || vgic_forwarded(cpu, irq))) {
            choice->keep[1] |= 1u << bit;
            count++;
        }
    }
    return count;
}

HOT unsigned vgic_collect(const struct vgic_cpu *cpu, struct vgic_choice *choice)
{
    unsigned count = 0;
    uint32_t keep = 0;

    for (uint32_t busy = cpu->busy; busy; busy &= busy - 1) {
        unsigned bit = (unsigned)__builtin_ctz(busy);
        const struct vgic_irq *irq = &cpu->private[bit];

        if (irq->active || vgic_forwarded(cpu, irq)) {
            keep |= 1u << bit;
            count++;
        }
    }
    choice->keep[0] = keep;
    choice->keep[1] = choice->spilled_pending = choice->spilled_active = 0;
    return cpu->dist->busy ? count + collect_spis(cpu, choice) : count;
}

/* Smaller is more urgent: by priority, active before pending, then by INTID. */
static unsigned urgency(const struct vgic_irq *irq)
{
    return (unsigned)irq->priority << 8 | (irq->active ? 0u : 0x80u) | irq->vintid;
}

/* The chosen interrupts, the most urgent one first. */
static unsigned sort_by_urgency(struct vgic_cpu *cpu, const struct vgic_choice *choice,
                                const struct vgic_irq **list)
{
    unsigned count = 0;

    for (unsigned i = 0; i < VGIC_IRQS; i++) {
        const struct vgic_irq *irq = vgic_irq(cpu, i);
        unsigned key = urgency(irq), at = count;

        if (!vgic_chosen(choice, irq))
            continue;
        for (; at && urgency(list[at - 1]) > key; at--)
            list[at] = list[at - 1];
        list[at] = irq;
        count++;
    }
    return count;
}

COLD void vgic_spill(struct vgic_cpu *cpu, struct vgic_choice *choice, unsigned lrs,
                     bool pending_first)
{
    const struct vgic_irq *list[VGIC_IRQS];
    unsigned count = sort_by_urgency(cpu, choice, list);

    if (pending_first) {
        unsigned at = 0;

        while (at < count && list[at]->active)
            at++;
        if (at >= lrs && at < count) {
            const struct vgic_irq *first = list[at];

            for (; at >= lrs; at--)
                list[at] = list[at - 1];
            list[at] = first;
        }
    }
    for (unsigned i = lrs; i < count; i++) {
        choice->keep[list[i]->vintid / 32] &= ~(1u << list[i]->vintid % 32);
        if (list[i]->active)
            choice->spilled_active++;
        else
            choice->spilled_pending++;
    }
}
