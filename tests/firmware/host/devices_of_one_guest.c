/*
 * A device that is not shared: its interrupt is enabled while it is mapped, its edges are queued
 * while it is active, its level is resampled at each end, and its active state stays in the
 * hardware while its guest is switched out, or while it is spilled. (The test sets the physical
 * interrupt pending, which is what an edge does.)
 *
 * Expected output:
 *   devices: 0 wrong
 */
#include "vgic_test.h"

#include "platform.h"

#define EDGE 33
#define LEVEL 34
#define SGI 1
#define LOWER 0x40 /* than the SGI's priority */

static struct vgic_dist other_dist;
static struct vgic_cpu other;
static struct vgic_cpu *const cpu = &cpus[0];

static bool physical(uint32_t intid, enum irqchip_state which)
{
    return irqchip_get_state(intid, which);
}

/* An edge on the physical side; what the host then does when it is signalled. */
static void edge(uint32_t intid)
{
    irqchip_set_state(intid, IRQCHIP_PENDING, true);
}

/* Take what is signalled to the host, and queue it; the number of interrupts. */
static unsigned host_takes(struct vgic_cpu *running)
{
    unsigned taken = 0;

    vgic_sync_hwstate(running);
    for (;; taken++) {
        uint32_t acknowledged = irqchip->acknowledge(), intid = irqchip_intid(acknowledged);
        struct vgic_cpu *owner = running;
        struct vgic_irq *irq;

        if (intid >= IRQCHIP_SPURIOUS)
            break;
        irqchip->drop(acknowledged);
        irq = vgic_find_phys(running, intid);
        if (!irq)
            irq = vgic_find_device(intid, &owner);
        CHECK(irq && vgic_queue_phys(owner, irq));
    }
    vgic_flush_hwstate(running);
    return taken;
}

static void enabled_while_mapped(void)
{
    CHECK(physical(EDGE, IRQCHIP_MASKED) && physical(LEVEL, IRQCHIP_MASKED));
    irqchip->set_edge(EDGE, true);
    CHECK(vgic_map_phys_irq(cpu, EDGE, EDGE, false) == VGIC_OK);
    CHECK(vgic_map_phys_irq(cpu, LEVEL, LEVEL, false) == VGIC_OK);
    CHECK(!physical(EDGE, IRQCHIP_MASKED) && !physical(LEVEL, IRQCHIP_MASKED));
    CHECK(vgic_irq(cpu, EDGE)->edge && !vgic_irq(cpu, LEVEL)->edge);
    CHECK(read_gicd(cpu, GICD_ICFGR_AT(2)) == 0x5555555D);
    write_gicd(cpu, GICD_ICFGR_AT(2), 0); /* the guest cannot change what the hardware is */
    CHECK(read_gicd(cpu, GICD_ICFGR_AT(2)) == 0x5555555D);
    /* Nobody else can have it. */
    CHECK(vgic_map_phys_irq(&other, EDGE, EDGE, false) == VGIC_MAPPED);
    CHECK(vgic_map_phys_irq(&other, 50, EDGE, true) == VGIC_MAPPED);
    write_gicd(cpu, GICD_ISENABLER_AT(1), 1u << EDGE % 32 | 1u << LEVEL % 32);
}

static void edge_is_taken_once(void)
{
    edge(EDGE);
    CHECK(host_takes(cpu) == 1);
    CHECK(physical(EDGE, IRQCHIP_ACTIVE));
    CHECK(acknowledge() == EDGE);
    end_of_interrupt(EDGE);
    CHECK(!physical(EDGE, IRQCHIP_ACTIVE)); /* with no exit */
    CHECK(host_takes(cpu) == 0 && acknowledge() == NOTHING);
}

static void edge_while_active_is_queued_again(void)
{
    edge(EDGE);
    CHECK(host_takes(cpu) == 1 && acknowledge() == EDGE);
    edge(EDGE);
    edge(EDGE); /* one more of the same */
    CHECK(host_takes(cpu) == 0);
    CHECK(read_gicd(cpu, GICD_ISPENDR_AT(1)) == 1u << EDGE % 32);
    end_of_interrupt(EDGE);
    CHECK(host_takes(cpu) == 1 && acknowledge() == EDGE);
    end_of_interrupt(EDGE);
    CHECK(host_takes(cpu) == 0);
    CHECK(read_gicd(cpu, GICD_ISPENDR_AT(1)) == 0);
}

/* What the guest sets pending while it is active waits where one more edge would. */
static void pending_by_software_while_active(void)
{
    edge(EDGE);
    CHECK(host_takes(cpu) == 1 && acknowledge() == EDGE);
    write_gicd(cpu, GICD_ISPENDR_AT(1), 1u << EDGE % 32);
    CHECK(read_gicd(cpu, GICD_ISPENDR_AT(1)) == 1u << EDGE % 32);
    CHECK(host_takes(cpu) == 0);
    end_of_interrupt(EDGE);
    CHECK(host_takes(cpu) == 1 && acknowledge() == EDGE);
    write_gicd(cpu, GICD_ISPENDR_AT(1), 1u << EDGE % 32);
    write_gicd(cpu, GICD_ICPENDR_AT(1), 1u << EDGE % 32);
    end_of_interrupt(EDGE);
    CHECK(host_takes(cpu) == 0 && acknowledge() == NOTHING);
}

/* While its guest is out the device stays as the guest left it: active, and with an edge queued. */
static void active_state_is_not_switched(void)
{
    edge(EDGE);
    CHECK(host_takes(cpu) == 1 && acknowledge() == EDGE);
    switch_to(cpu, &other);
    CHECK(physical(EDGE, IRQCHIP_ACTIVE));
    edge(EDGE);
    CHECK(host_takes(&other) == 0 && acknowledge() == NOTHING);
    switch_to(&other, cpu);
    CHECK(read_gicd(cpu, GICD_ISACTIVER_AT(1)) == 1u << EDGE % 32);
    end_of_interrupt(EDGE);
    CHECK(host_takes(cpu) == 1 && acknowledge() == EDGE);
    end_of_interrupt(EDGE);
    /* An edge that comes while it is inactive, and its guest out, is queued for it at once. */
    switch_to(cpu, &other);
    edge(EDGE);
    CHECK(host_takes(&other) == 1 && acknowledge() == NOTHING);
    CHECK(physical(EDGE, IRQCHIP_ACTIVE));
    switch_to(&other, cpu);
    CHECK(acknowledge() == EDGE);
    end_of_interrupt(EDGE);
    CHECK(host_takes(cpu) == 0 && !physical(EDGE, IRQCHIP_ACTIVE));
}

/* With one list register it is spilled while it is active, and its end meets none. */
static void spilled_until_its_end(void)
{
    vgic_setup(1);
    write_gicd_byte(cpu, GICD_IPRIORITYR + EDGE, LOWER);
    edge(EDGE);
    CHECK(host_takes(cpu) == 1 && acknowledge() == EDGE);
    send_sgi(cpu, 2, 0, SGI);
    CHECK(acknowledge() == SGI);
    CHECK(vgic_irq(cpu, EDGE)->lr == VGIC_NO_LR && physical(EDGE, IRQCHIP_ACTIVE));
    edge(EDGE);
    CHECK(host_takes(cpu) == 0);
    end_of_interrupt(SGI);
    end_of_interrupt(EDGE);
    exit_and_enter(cpu);
    CHECK(cpu->stats.spilled_ends == 1 && !physical(EDGE, IRQCHIP_ACTIVE));
    CHECK(host_takes(cpu) == 1 && acknowledge() == EDGE);
    end_of_interrupt(EDGE);
    exit_and_enter(cpu);
    write_gicd_byte(cpu, GICD_IPRIORITYR + EDGE, 0);
    vgic_setup(0);
}

/* Its line is low by then: it was pending by a latch, and the host withdraws it. */
static void level_that_fell_is_withdrawn(void)
{
    edge(LEVEL);
    CHECK(host_takes(cpu) == 1);
    CHECK(cpu->stats.withdrawn == 0);
    exit_and_enter(cpu);
    CHECK(cpu->stats.withdrawn == 1 && acknowledge() == NOTHING);
    CHECK(!physical(LEVEL, IRQCHIP_ACTIVE) && dist.busy == 0);
}

/* No physical interrupt is left active, or enabled, or pending for nobody. */
static void unmapped(void)
{
    edge(EDGE);
    CHECK(host_takes(cpu) == 1 && acknowledge() == EDGE);
    edge(EDGE);
    vgic_sync_hwstate(cpu);
    CHECK(vgic_unmap_phys_irq(cpu, EDGE) == VGIC_OK);
    CHECK(vgic_unmap_phys_irq(cpu, EDGE) == VGIC_NOT_MAPPED);
    CHECK(!physical(EDGE, IRQCHIP_ACTIVE) && !physical(EDGE, IRQCHIP_PENDING));
    CHECK(physical(EDGE, IRQCHIP_MASKED));
    edge(EDGE);
    vgic_flush_hwstate(cpu);
    CHECK(host_takes(cpu) == 0);
    CHECK(read_gicd(cpu, GICD_ISACTIVER_AT(1)) == 1u << EDGE % 32); /* the guest's to end */
    end_of_interrupt(EDGE);
    exit_and_enter(cpu);
    CHECK(dist.busy == 0);
    /* Another guest may have it now. */
    CHECK(vgic_map_phys_irq(&other, 50, EDGE, false) == VGIC_OK);
    CHECK(vgic_unmap_phys_irq(&other, 50) == VGIC_OK);
    CHECK(vgic_unmap_phys_irq(cpu, 3) == VGIC_BAD_INTID);
    CHECK(vgic_unmap_phys_irq(cpu, VGIC_IRQS) == VGIC_BAD_INTID);
}

int main(void)
{
    start_vm(1, 0);
    vgic_dist_init(&other_dist);
    vgic_cpu_init(&other, &other_dist, &fast_path);
    enabled_while_mapped();
    edge_is_taken_once();
    edge_while_active_is_queued_again();
    pending_by_software_while_active();
    active_state_is_not_switched();
    spilled_until_its_end();
    level_that_fell_is_withdrawn();
    unmapped();
    report("devices");
}
