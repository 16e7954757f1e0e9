/* State and mappings. What moves them in and out of the hardware is in vgic_hw.c. */
#include "vgic.h"

#include "arch/riscv/hart.h"
#include "drivers/irqchip.h"
#include "lib/attributes.h"
#include "vgic_lock.h"

#include <stddef.h>

/* A device's interrupt that is forwarded is below the host's own. */
#define DEVICE_PRIORITY 0x80

static struct vgic_dist *dists; /* of all VMs */

static void init_irq(struct vgic_irq *irq, unsigned vintid)
{
    irq->vintid = (uint8_t)vintid;
    irq->lr = VGIC_NO_LR;
    irq->edge = irq->enabled = vintid < VGIC_SGIS;
    if (vintid >= VGIC_PRIVATE)
        irq->owner = VGIC_NOBODY;
}

COLD void vgic_dist_init(struct vgic_dist *dist)
{
    struct vgic_dist **link = &dists;

    while (*link && *link != dist)
        link = &(*link)->next;
    if (*link) /* it starts anew */
        *dist = (struct vgic_dist){.next = dist->next};
    else
        *(*link = dist) = (struct vgic_dist){0};
    for (unsigned i = 0; i < VGIC_SPIS; i++)
        init_irq(&dist->spi[i], VGIC_PRIVATE + i);
}

COLD void vgic_cpu_init(struct vgic_cpu *cpu, struct vgic_dist *dist, struct fast_path *fast)
{
    *cpu = (struct vgic_cpu){
        .dist = dist,
        .id = dist->cpus,
        .fast = fast,
        .hart = VGIC_NOBODY,
        .gicc = {.bpr = VGICC_MIN_BPR, .abpr = VGICC_MIN_BPR + 1},
    };
    dist->cpu[dist->cpus++] = cpu;
    for (unsigned i = 0; i < VGIC_PRIVATE; i++)
        init_irq(&cpu->private[i], i);
    /* With one CPU every SPI is for it; with more, GICD_ITARGETSR says so, and is 0 at first. */
    for (unsigned i = 0; i < VGIC_SPIS; i++)
        dist->spi[i].targets = dist->cpus == 1;
}

/* Mappings. */

HOT struct vgic_irq *vgic_find_phys(struct vgic_cpu *cpu, uint32_t pintid)
{
    for (unsigned i = 0; i < cpu->mappings; i++)
        if (cpu->mapping[i]->pintid == pintid)
            return cpu->mapping[i];
    return NULL;
}

struct vgic_irq *vgic_find_device(uint32_t pintid, struct vgic_cpu **cpu)
{
    for (struct vgic_dist *dist = dists; dist; dist = dist->next) {
        for (unsigned i = 0; i < dist->cpus; i++) {
            struct vgic_irq *irq = vgic_find_phys(dist->cpu[i], pintid);

            if (!irq || irq->shared || (pintid < VGIC_PRIVATE && irq->hart != this_hart()))
                continue;
            *cpu = dist->cpu[i];
            return irq;
        }
    }
    return NULL;
}

/* Mapped by any vCPU: one that is shared does not hinder others that are. */
static bool taken(uint32_t pintid, bool shared)
{
    for (struct vgic_dist *dist = dists; dist; dist = dist->next) {
        for (unsigned i = 0; i < dist->cpus; i++) {
            const struct vgic_irq *irq = vgic_find_phys(dist->cpu[i], pintid);

            if (irq && !(irq->shared && shared))
                return true;
        }
    }
    return false;
}

/* An SPI is in the list of every vCPU of its VM. */
static bool concerns(const struct vgic_cpu *cpu, const struct vgic_cpu *owner,
                     const struct vgic_irq *irq)
{
    return cpu == owner || vgic_is_spi(irq);
}

static bool is_full(const struct vgic_cpu *owner, const struct vgic_irq *irq)
{
    for (unsigned i = 0; i < owner->dist->cpus; i++) {
        const struct vgic_cpu *cpu = owner->dist->cpu[i];

        if (concerns(cpu, owner, irq) && cpu->mappings == VGIC_MAPPINGS)
            return true;
    }
    return false;
}

static void add_mapping(struct vgic_cpu *owner, struct vgic_irq *irq)
{
    for (unsigned i = 0; i < owner->dist->cpus; i++) {
        struct vgic_cpu *cpu = owner->dist->cpu[i];

        if (concerns(cpu, owner, irq))
            cpu->mapping[cpu->mappings++] = irq;
    }
}

static void remove_mapping(struct vgic_cpu *owner, const struct vgic_irq *irq)
{
    for (unsigned i = 0; i < owner->dist->cpus; i++) {
        struct vgic_cpu *cpu = owner->dist->cpu[i];
        unsigned n = 0;

        if (!concerns(cpu, owner, irq))
            continue;
        while (cpu->mapping[n] != irq)
            n++;
        cpu->mapping[n] = cpu->mapping[--cpu->mappings];
    }
}

static COLD enum vgic_error map_irq(struct vgic_cpu *cpu, struct vgic_irq *irq, uint32_t pintid,
                               bool shared)
{
    if (irq->hw || vgic_find_phys(cpu, pintid) || taken(pintid, shared))
        return VGIC_MAPPED;
    if (is_full(cpu, irq))
        return VGIC_FULL;
    add_mapping(cpu, irq);
    irq->hw = true;
    irq->shared = shared;
    irq->phys_active = false;
    irq->pintid = (uint16_t)pintid;
    irq->edge = irqchip->is_edge(pintid);
    irq->stale = true;
    if (!vgic_is_spi(irq))
        irq->hart = (uint8_t)this_hart();
    if (!shared) {
        irqchip_set_state(pintid, IRQCHIP_ACTIVE, false);
        irqchip->enable(pintid, DEVICE_PRIORITY);
    }
    vgic_changed(cpu, irq);
    return VGIC_OK;
}

COLD enum vgic_error vgic_map_phys_irq(struct vgic_cpu *cpu, uint32_t vintid, uint32_t pintid,
                                  bool shared)
{
    enum vgic_error error;

    if (vintid < VGIC_SGIS || vintid >= VGIC_IRQS || pintid < VGIC_SGIS ||
        pintid >= IRQCHIP_SPURIOUS || (vintid < VGIC_PRIVATE) != (pintid < VGIC_PRIVATE))
        return VGIC_BAD_INTID;
    vgic_lock(cpu->dist);
    error = map_irq(cpu, vgic_irq(cpu, vintid), pintid, shared);
    vgic_unlock(cpu->dist);
    return error;
}

/* Whether a shared device's state in the hardware is that of this interrupt. */
static bool in_hardware(const struct vgic_cpu *cpu, const struct vgic_irq *irq)
{
    if (!vgic_is_spi(irq))
        return cpu->resident;
    for (unsigned i = 0; i < cpu->dist->cpus; i++)
        if (cpu->dist->cpu[i]->resident)
            return true;
    return false;
}

static enum vgic_error set_phys_active(struct vgic_cpu *cpu, struct vgic_irq *irq, bool active)
{
    enum irqchip_error error = IRQCHIP_OK;

    /* A shared device's state of a world that is out is only kept here. */
    if (!irq->shared || in_hardware(cpu, irq))
        error = irqchip_set_state_of(irq->shared ? cpu->hart : irq->hart, irq->pintid,
                                     IRQCHIP_ACTIVE, active);
    if (error)
        return VGIC_OTHER_HART;
    irq->phys_active = active;
    return VGIC_OK;
}

static COLD enum vgic_error unmap_irq(struct vgic_cpu *cpu, struct vgic_irq *irq)
{
    enum vgic_error error;

    if (!irq->hw)
        return VGIC_NOT_MAPPED;
    /* Masked first: inactive, a line that is high would be signalled to nobody. */
    if (!irq->shared &&
        irqchip_set_state_of(irq->hart, irq->pintid, IRQCHIP_MASKED, true) != IRQCHIP_OK)
        return VGIC_OTHER_HART;
    error = set_phys_active(cpu, irq, false);
    if (error)
        return error;
    if (!irq->shared)
        irqchip_set_state(irq->pintid, IRQCHIP_PENDING, false);
    remove_mapping(cpu, irq);
    irq->hw = false;
    irq->stale = true;
    /* Without its line nothing keeps it pending. An active one is the guest's to end. */
    if (!irq->latch)
        irq->pending = false;
    vgic_changed(cpu, irq);
    return VGIC_OK;
}

COLD enum vgic_error vgic_unmap_phys_irq(struct vgic_cpu *cpu, uint32_t vintid)
{
    enum vgic_error error;

    if (vintid < VGIC_SGIS || vintid >= VGIC_IRQS)
        return VGIC_BAD_INTID;
    vgic_lock(cpu->dist);
    error = unmap_irq(cpu, vgic_irq(cpu, vintid));
    vgic_unlock(cpu->dist);
    return error;
}

COLD void vgic_teardown(struct vgic_cpu *cpu)
{
    vgic_lock(cpu->dist);
    while (cpu->mappings)
        unmap_irq(cpu, cpu->mapping[0]);
    vgic_unlock(cpu->dist);
}

bool vgic_get_phys_irq_active(const struct vgic_irq *irq)
{
    return irq->phys_active;
}

enum vgic_error vgic_set_phys_irq_active(struct vgic_cpu *cpu, struct vgic_irq *irq, bool active)
{
    enum vgic_error error;

    vgic_lock(cpu->dist);
    error = set_phys_active(cpu, irq, active);
    vgic_unlock(cpu->dist);
    return error;
}

/* State. */

COLD void vgic_changed_for_all(struct vgic_cpu *cpu)
{
    struct vgic_dist *dist = cpu->dist;

    vgic_check_locked(dist);
    for (unsigned i = 0; i < dist->cpus; i++) {
        dist->cpu[i]->changed = true;
        vgic_kick(dist->cpu[i]);
    }
}

/* An SPI's state is of concern to every vCPU that could take it, or has it. */
void vgic_changed(struct vgic_cpu *cpu, const struct vgic_irq *irq)
{
    vgic_update_busy(cpu, irq);
    cpu->changed = true;
    if (vgic_is_spi(irq))
        vgic_changed_for_all(cpu);
}

/* The guest may have made it pending itself while it was active: after its end the line comes on
 * top of that. */
static inline bool resampled(const struct vgic_irq *irq)
{
    return !(irq->phys_active && (irq->pending || irq->active));
}

static COLD bool queue_spi(struct vgic_cpu *cpu, struct vgic_irq *irq)
{
    bool queue;

    vgic_lock_all(cpu->dist);
    queue = resampled(irq);
    if (queue) {
        irq->pending = irq->phys_active = true;
        vgic_changed(cpu, irq);
    }
    vgic_unlock(cpu->dist);
    return queue;
}

static inline void make_pending(struct vgic_cpu *cpu, struct vgic_irq *irq)
{
    irq->pending = true;
    cpu->busy |= 1u << irq->vintid;
    if (cpu->queued)
        cpu->changed = true;
    cpu->queued = irq;
}

/* A PPI is its vCPU's alone: no lock is needed. */
HOT bool vgic_queue_phys(struct vgic_cpu *cpu, struct vgic_irq *irq)
{
    if (vgic_is_spi(irq))
        return queue_spi(cpu, irq);
    if (!resampled(irq))
        return false;
    irq->phys_active = true;
    make_pending(cpu, irq);
    return true;
}

bool vgic_set_line(struct vgic_cpu *cpu, struct vgic_irq *irq, bool level)
{
    bool was = irq->pending, pending = irq->latch || (level && !irq->active);

    irq->line = level;
    if (pending && !was) {
        make_pending(cpu, irq);
    } else if (was && !pending) {
        irq->pending = false;
        vgic_changed(cpu, irq);
        cpu->stats.withdrawn++;
    }
    return pending && !was;
}

bool vgic_line(const struct vgic_irq *irq)
{
    return irq->hw ? irqchip_get_state(irq->pintid, IRQCHIP_LINE) : irq->line;
}

void vgic_set_sources(struct vgic_cpu *cpu, struct vgic_irq *irq, uint8_t sources)
{
    irq->sources = sources;
    irq->pending = sources != 0;
    irq->stale = true;
    vgic_changed(cpu, irq);
    vgic_kick(cpu);
}

void vgic_set_pending(struct vgic_cpu *cpu, struct vgic_irq *irq, bool pending)
{
    if (pending && irq->active && irq->hw && irq->edge && !irq->shared) {
        /* Where one more edge would wait: it is signalled as soon as the guest has ended this. */
        irqchip_set_state(irq->pintid, IRQCHIP_PENDING, true);
    } else if (pending) {
        irq->latch = true;
        irq->pending = true;
    } else {
        irq->latch = false;
        /* An edge that came while one was queued waits on the physical side. */
        if (irq->hw && irq->edge)
            irqchip_set_state(irq->pintid, IRQCHIP_PENDING, false);
        /* Clearing the latch of a level interrupt does not clear its line. While it is active,
         * the line counts again only after the end, and on the physical side. */
        irq->pending = irq->pending && !irq->active && !irq->edge && vgic_line(irq);
    }
    vgic_changed(cpu, irq);
}

void vgic_set_active(struct vgic_cpu *cpu, struct vgic_irq *irq, bool active)
{
    irq->active = active;
    if (!active && irq->line)
        irq->pending = true;
    if (vgic_is_spi(irq) && irq->lr == VGIC_NO_LR)
        irq->owner = active ? cpu->id : VGIC_NOBODY;
    vgic_changed(cpu, irq);
}
