/*
 * The virtual interrupt controller without a guest: the test itself reads and writes GICV, as the
 * guest on the virtual CPU that is in would. Interrupts of the core stay off.
 */
#ifndef AMAGIC_VGIC_TEST_H
#define AMAGIC_VGIC_TEST_H

#include "host_test.h"

#include "hyp/vgic.h"
#include "hyp/vgic_lock.h"
#include "hyp/vgicd.h"

#define SPI 40
#define NOTHING 1023u
#define SOURCE(cpu) ((uint32_t)(cpu) << 10) /* of an SGI, in what IAR reads */

static struct vgic_dist dist;
static struct vgic_cpu cpus[VGIC_CPUS];
static struct fast_path fast_path; /* never taken: there is no guest */

/* An access to the distributor by CPU, as the exit that it is. */
static inline uint32_t access_gicd(struct vgic_cpu *cpu, uint32_t offset, unsigned size, bool write,
                                   uint32_t value)
{
    if (cpu->resident)
        vgic_sync_hwstate(cpu);
    if (write)
        vgicd_write(cpu, offset, size, value);
    else
        value = vgicd_read(cpu, offset, size);
    if (cpu->resident)
        vgic_flush_hwstate(cpu);
    return value;
}

static inline uint32_t read_gicd(struct vgic_cpu *cpu, uint32_t offset)
{
    return access_gicd(cpu, offset, 4, false, 0);
}

static inline void write_gicd(struct vgic_cpu *cpu, uint32_t offset, uint32_t value)
{
    access_gicd(cpu, offset, 4, true, value);
}

static inline uint8_t read_gicd_byte(struct vgic_cpu *cpu, uint32_t offset)
{
    return (uint8_t)access_gicd(cpu, offset, 1, false, 0);
}

static inline void write_gicd_byte(struct vgic_cpu *cpu, uint32_t offset, uint8_t value)
{
    access_gicd(cpu, offset, 1, true, value);
}

/* The guest's accesses to its CPU interface. */
static inline uint32_t acknowledge(void)
{
    return GICV(GICV_IAR);
}

static inline void end_of_interrupt(uint32_t acknowledged)
{
    GICV(GICV_EOIR) = acknowledged;
    (void)GICV(GICV_RPR);
}

static inline void deactivate(uint32_t acknowledged)
{
    REG(GIC_BASE + 0x6000 + GICV_DIR) = acknowledged;
    (void)GICV(GICV_RPR);
}

/* An exit and the entry after it, with nothing else in between. */
static inline void exit_and_enter(struct vgic_cpu *cpu)
{
    vgic_sync_hwstate(cpu);
    vgic_flush_hwstate(cpu);
}

static inline void switch_to(struct vgic_cpu *from, struct vgic_cpu *to)
{
    vgic_sync_hwstate(from);
    vgic_save(from);
    vgic_restore(to);
}

/* The VM anew with COUNT virtual CPUs, their interfaces on; the first one is in. */
static inline void start_vm(unsigned count, unsigned max_lrs)
{
    irqchip->init();
    vgic_setup(max_lrs);
    vgic_dist_init(&dist);
    for (unsigned i = 0; i < count; i++)
        vgic_cpu_init(&cpus[i], &dist, &fast_path);
    write_gicd(&cpus[0], GICD_CTLR, 1);
    for (unsigned i = count; i--;) {
        vgic_restore(&cpus[i]);
        GICV(GICV_PMR) = 0xFF;
        GICV(GICV_CTLR) = GICV_CTLR_ENABLEGRP0_MASK;
        if (i)
            vgic_save(&cpus[i]);
    }
}

static inline void send_sgi(struct vgic_cpu *cpu, uint32_t filter, uint32_t list, uint32_t sgi)
{
    write_gicd(cpu, GICD_SGIR,
               filter << GICD_SGIR_TARGETLISTFILTER_SHIFT | list << GICD_SGIR_CPUTARGETLIST_SHIFT |
                   sgi);
}

#endif
