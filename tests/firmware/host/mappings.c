/*
 * Mappings of virtual to physical interrupts: what is refused, what is queued, what is cleared,
 * and that an unmap leaves no physical interrupt active.
 *
 * Expected output:
 *   mappings: 0 wrong
 */
#include "host_test.h"

#include "drivers/gich.h"
#include "hyp/vgic.h"
#include "hyp/vgic_lock.h"
#include "platform.h"

static struct vgic_dist dist, other_dist;
static struct vgic_cpu vgic, other;
static struct fast_path fast_path; /* never taken: there is no guest */

static bool hardware_active(uint32_t intid)
{
    return irqchip_get_state(intid, IRQCHIP_ACTIVE);
}

static void refusals(void)
{
    CHECK(vgic_map_phys_irq(&vgic, 5, 27, true) == VGIC_BAD_INTID);
    CHECK(vgic_map_phys_irq(&vgic, 27, 5, true) == VGIC_BAD_INTID);
    CHECK(vgic_map_phys_irq(&vgic, VGIC_IRQS, 40, false) == VGIC_BAD_INTID);
    CHECK(vgic_map_phys_irq(&vgic, 40, 1020, false) == VGIC_BAD_INTID);
    CHECK(vgic_map_phys_irq(&vgic, 27, 40, false) == VGIC_BAD_INTID);
    CHECK(vgic_map_phys_irq(&vgic, 40, 27, false) == VGIC_BAD_INTID);
    CHECK(vgic_map_phys_irq(&vgic, 27, 27, true) == VGIC_OK);
    CHECK(vgic_map_phys_irq(&vgic, 27, 26, true) == VGIC_MAPPED);
    CHECK(vgic_map_phys_irq(&vgic, 26, 27, true) == VGIC_MAPPED);
    CHECK(vgic_map_phys_irq(&vgic, 40, 50, false) == VGIC_OK);
    CHECK(vgic_map_phys_irq(&vgic, 41, 51, false) == VGIC_OK);
    CHECK(vgic_map_phys_irq(&vgic, 42, 52, false) == VGIC_OK);
    CHECK(vgic_map_phys_irq(&vgic, 43, 53, false) == VGIC_FULL);
    CHECK(vgic_unmap_phys_irq(&vgic, 43) == VGIC_NOT_MAPPED);
    CHECK(vgic_find_phys(&vgic, 51) == vgic_irq(&vgic, 41));
    CHECK(vgic_unmap_phys_irq(&vgic, 41) == VGIC_OK);
    CHECK(!vgic_find_phys(&vgic, 51));
    CHECK(vgic_map_phys_irq(&vgic, 43, 51, false) == VGIC_OK);
}

static void active_state_of_a_shared_device(void)
{
    struct vgic_irq *mine = vgic_find_phys(&vgic, 27), *its;

    CHECK(vgic_map_phys_irq(&other, 27, 27, true) == VGIC_OK);
    its = vgic_find_phys(&other, 27);
    vgic_restore(&vgic);
    vgic_set_phys_irq_active(&vgic, mine, true);
    CHECK(hardware_active(27) && vgic_get_phys_irq_active(mine));
    /* The other world is out: its state is kept, and the hardware is left alone. */
    CHECK(vgic_set_phys_irq_active(&other, its, false) == VGIC_OK);
    CHECK(hardware_active(27) && !vgic_get_phys_irq_active(its));
    vgic_set_phys_irq_active(&vgic, mine, false);
    CHECK(!hardware_active(27));
    CHECK(vgic_set_phys_irq_active(&other, its, true) == VGIC_OK);
    CHECK(!hardware_active(27) && vgic_get_phys_irq_active(its));
    vgic_set_phys_irq_active(&other, its, false);
}

/* While its vCPU is in on another hart, a PPI's active state is out of reach, and stays mapped. */
static void ppi_of_another_hart(void)
{
    struct vgic_irq *mine = vgic_find_phys(&vgic, 27);

    vgic_set_phys_irq_active(&vgic, mine, true);
    vgic.hart = 1;
    CHECK(vgic_set_phys_irq_active(&vgic, mine, false) == VGIC_OTHER_HART);
    CHECK(vgic_get_phys_irq_active(mine) && hardware_active(27));
    CHECK(vgic_unmap_phys_irq(&vgic, 27) == VGIC_OTHER_HART);
    CHECK(vgic_find_phys(&vgic, 27) == mine && mine->hw && hardware_active(27));
    vgic.hart = 0;
    CHECK(vgic_set_phys_irq_active(&vgic, mine, false) == VGIC_OK && !hardware_active(27));
}

static void queueing(void)
{
    struct vgic_irq *irq = vgic_find_phys(&vgic, 27);

    dist.ctlr = 1;
    irq->enabled = true;
    CHECK(vgic_queue_phys(&vgic, irq));
    CHECK(!vgic_queue_phys(&vgic, irq)); /* not resampled */
    vgic_set_phys_irq_active(&vgic, irq, true);
    vgic_flush_hwstate(&vgic);
    CHECK(vgic.used_lrs == 1 && irq->lr == 0);
    /* Out with the tick pending, and the other world in without one: inactive for that one. */
    vgic_save(&vgic);
    CHECK(!irqchip->read_lr(0) && irq->pending && vgic_get_phys_irq_active(irq));
    vgic_restore(&other);
    CHECK(!hardware_active(27));
    vgic_save(&other);
    vgic_restore(&vgic);
    CHECK(hardware_active(27) && vgic.used_lrs == 1);
    CHECK(vgic.stats.orphans == 0 && other.stats.orphans == 0);
}

/* A second edge that came while the first one is queued belongs to the same pending state. */
static void clear_a_pending_edge(void)
{
    struct vgic_irq *device = vgic_find_phys(&vgic, 50);

    device->edge = true;
    CHECK(vgic_queue_phys(&vgic, device));
    vgic_set_phys_irq_active(&vgic, device, true);
    irqchip_set_state(50, IRQCHIP_PENDING, true);
    vgic_lock(&dist);
    vgic_set_pending(&vgic, device, false);
    vgic_unlock(&dist);
    vgic_flush_hwstate(&vgic);
    CHECK(!device->pending && !hardware_active(50));
    CHECK(!irqchip_get_state(50, IRQCHIP_PENDING));
    device->edge = false;
}

static void unmap_while_pending(void)
{
    struct vgic_irq *irq = vgic_find_phys(&vgic, 27), *device = vgic_find_phys(&vgic, 50);

    CHECK(vgic_unmap_phys_irq(&vgic, 27) == VGIC_OK);
    CHECK(!hardware_active(27) && !irq->pending);
    vgic_flush_hwstate(&vgic);
    CHECK(vgic.used_lrs == 0);
    /* A device of one world only: its state is in the hardware, also while the world is out. */
    vgic_save(&vgic);
    CHECK(vgic_queue_phys(&vgic, device));
    vgic_set_phys_irq_active(&vgic, device, true);
    CHECK(hardware_active(50));
    vgic_teardown(&vgic);
    CHECK(!hardware_active(50) && vgic.mappings == 0);
}

static bool is_active(uint32_t entry)
{
    return gich_lr_get_state(entry) & IRQCHIP_LR_ACTIVE;
}

/* What the guest is to end must not deactivate a physical interrupt that is no longer its own. */
static void map_and_unmap_while_active(void)
{
    struct vgic_irq *irq = vgic_irq(&vgic, 27);
    uint32_t entry;

    vgic_restore(&vgic);
    CHECK(vgic_map_phys_irq(&vgic, 27, 27, true) == VGIC_OK);
    vgic_set_active(&vgic, irq, true);
    vgic_flush_hwstate(&vgic);
    entry = gich_read_lr(irq->lr);
    CHECK(is_active(entry) && gich_lr_get_hw(entry) && hardware_active(27));
    CHECK(gich_lr_get_physicalid(entry) == 27);
    CHECK(vgic_unmap_phys_irq(&vgic, 27) == VGIC_OK);
    vgic_flush_hwstate(&vgic);
    entry = gich_read_lr(irq->lr);
    CHECK(is_active(entry) && !gich_lr_get_hw(entry) && !hardware_active(27));
    CHECK(vgic_map_phys_irq(&vgic, 27, 27, true) == VGIC_OK);
    vgic_flush_hwstate(&vgic);
    entry = gich_read_lr(irq->lr);
    CHECK(is_active(entry) && gich_lr_get_hw(entry) && hardware_active(27));
}

int main(void)
{
    irqchip->init();
    vgic_setup(0);
    vgic_dist_init(&dist);
    vgic_cpu_init(&vgic, &dist, &fast_path);
    vgic_dist_init(&other_dist);
    vgic_cpu_init(&other, &other_dist, &fast_path);
    refusals();
    active_state_of_a_shared_device();
    ppi_of_another_hart();
    queueing();
    clear_a_pending_edge();
    unmap_while_pending();
    map_and_unmap_while_active();
    report("mappings");
}
