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

/*
 * Smaller is more urgent: by priority, active before pending, then by INTID. All that is asked of an
 * interrupt here is in it.
 */
#define URGENCY_PENDING 0x80u
#define URGENCY_VINTID 0x7Fu
#define LEAST_URGENT 0xFFFFu

static unsigned urgency(const struct vgic_irq *irq)
{
    return (unsigned)irq->priority << 8 | (irq->active ? 0u : URGENCY_PENDING) | irq->vintid;
}

/* Among the ROOM most urgent ones, the most urgent first; their number. */
static unsigned insert(uint16_t *list, unsigned count, unsigned room, unsigned key)
{
    unsigned at = count;

    if (count == room && list[--at] < key)
        return count;
    for (; at && list[at - 1] > key; at--)
        list[at] = list[at - 1];
    list[at] = (uint16_t)key;
    return count < room ? count + 1 : count;
}

static void count_spilled(struct vgic_choice *choice, unsigned key, unsigned change)
{
    if (key & URGENCY_PENDING)
        choice->spilled_pending += change;
    else
        choice->spilled_active += change;
}

/* A guest may have all its interrupts open, in any order: what it takes to find those that stay is
 * some cycles for each, and for each list register. */
COLD void vgic_spill(struct vgic_cpu *cpu, struct vgic_choice *choice, unsigned lrs,
                     bool pending_first)
{
    unsigned count = 0, first_pending = LEAST_URGENT;
    uint16_t list[VGIC_MAX_LRS];

    for (unsigned row = 0; row < VGIC_ROWS; row++) {
        for (uint32_t open = choice->keep[row]; open; open &= open - 1) {
            unsigned key = urgency(vgic_irq(cpu, 32 * row + (unsigned)__builtin_ctz(open)));

            count = insert(list, count, lrs, key);
            count_spilled(choice, key, 1);
            if (key & URGENCY_PENDING && key < first_pending)
                first_pending = key;
        }
        choice->keep[row] = 0;
    }
    if (pending_first && first_pending != LEAST_URGENT && first_pending > list[count - 1])
        list[count - 1] = (uint16_t)first_pending;
    for (unsigned i = 0; i < count; i++) {
        unsigned vintid = list[i] & URGENCY_VINTID;

        choice->keep[vintid / 32] |= 1u << vintid % 32;
        count_spilled(choice, list[i], -1u);
    }
}
