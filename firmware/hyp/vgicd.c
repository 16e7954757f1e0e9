#include "vgicd.h"

#include "drivers/irqchip.h"
#include "platform.h"
#include "vgic_lock.h"

#define CTLR_MASK (GICD_CTLR_ENABLEGRP0_MASK | GICD_CTLR_ENABLEGRP1_MASK)
#define PRIORITY_MASK 0xF8u /* a list register holds five bits */

enum sgi_filter {
    SGI_TO_LIST = 0,
    SGI_TO_OTHERS = 1,
    SGI_TO_SELF = 2,
};

static bool within(uint32_t offset, uint32_t first, uint32_t size)
{
    return offset - first < size;
}

/* Registers with a bit for each interrupt. */

static bool is_pending(const struct vgic_irq *irq)
{
    if (irq->pending)
        return true;
    /* While it is active, a line that is high, or one more edge, waits on the physical side. */
    return irq->hw && irq->edge ? irqchip_get_state(irq->pintid, IRQCHIP_PENDING) : vgic_line(irq);
}

static bool read_bit(const struct vgic_irq *irq, uint32_t first)
{
    switch (first) {
    case GICD_IGROUPR:
        return irq->group1;
    case GICD_ISENABLER:
    case GICD_ICENABLER:
        return irq->enabled;
    case GICD_ISPENDR:
    case GICD_ICPENDR:
        return is_pending(irq);
    default:
        return irq->active;
    }
}

static void write_bit(struct vgic_cpu *cpu, struct vgic_irq *irq, uint32_t first)
{
    bool sgi = irq->vintid < VGIC_SGIS;

    switch (first) {
    case GICD_ISENABLER:
        irq->enabled = true;
        vgic_changed(cpu, irq);
        break;
    case GICD_ICENABLER:
        /* Nothing else: an interrupt that is active stays so, on both sides, until it is ended. */
        irq->enabled = sgi;
        vgic_changed(cpu, irq);
        break;
    case GICD_ISPENDR:
    case GICD_ICPENDR:
        if (!sgi)
            vgic_set_pending(cpu, irq, first == GICD_ISPENDR);
        break;
    case GICD_ISACTIVER:
    case GICD_ICACTIVER:
        vgic_set_active(cpu, irq, first == GICD_ISACTIVER);
        break;
    }
}

static const uint16_t bit_registers[] = {
    GICD_IGROUPR, GICD_ISENABLER, GICD_ICENABLER, GICD_ISPENDR,
    GICD_ICPENDR, GICD_ISACTIVER, GICD_ICACTIVER,
};

/* The offset of register 0 of the array that holds OFFSET, or 0. */
static uint32_t bit_register(uint32_t offset)
{
    for (unsigned i = 0; i < sizeof(bit_registers) / sizeof(bit_registers[0]); i++)
        if (within(offset, bit_registers[i], 4 * VGIC_ROWS))
            return bit_registers[i];
    return 0;
}

static uint32_t read_bits(struct vgic_cpu *cpu, uint32_t first, unsigned row)
{
    uint32_t value = 0, among = ~0u;

    /* Only what is busy can be active. (A line may be high, and read as pending, at any time.) */
    if (first == GICD_ISACTIVER || first == GICD_ICACTIVER)
        among = row ? cpu->dist->busy : cpu->busy;
    for (; among; among &= among - 1) {
        unsigned bit = (unsigned)__builtin_ctz(among);

        value |= (uint32_t)read_bit(vgic_irq(cpu, 32 * row + bit), first) << bit;
    }
    return value;
}

static void write_bits(struct vgic_cpu *cpu, uint32_t first, unsigned row, uint32_t value)
{
    for (; value; value &= value - 1)
        write_bit(cpu, vgic_irq(cpu, 32 * row + (unsigned)__builtin_ctz(value)), first);
}

static void write_groups(struct vgic_cpu *cpu, unsigned row, uint32_t value, uint32_t mask)
{
    for (unsigned bit = 0; bit < 32; bit++) {
        struct vgic_irq *irq = vgic_irq(cpu, 32 * row + bit);

        if (!(mask >> bit & 1))
            continue;
        irq->group1 = value >> bit & 1;
        irq->stale = true;
        vgic_changed(cpu, irq);
    }
}

/* Lines: bit n of GICD_PPISR is PPI 16 + n, and GICD_SPISR has a word for each row of SPIs. */
static uint32_t read_lines(struct vgic_cpu *cpu, uint32_t offset)
{
    bool private = offset == GICD_PPISR;
    uint32_t value = 0, first = private ? VGIC_SGIS : VGIC_PRIVATE + 8 * (offset - GICD_SPISR);

    for (unsigned bit = 0; bit < (private ? VGIC_PRIVATE - VGIC_SGIS : 32); bit++)
        value |= (uint32_t)vgic_line(vgic_irq(cpu, first + bit)) << bit;
    return value;
}

/* Registers with a byte for each interrupt; SIZE may be 1, 2 or 4. */

static bool byte_register(uint32_t offset)
{
    return within(offset, GICD_IPRIORITYR, VGIC_IRQS) ||
           within(offset, GICD_ITARGETSR, VGIC_IRQS) || within(offset, GICD_CPENDSGIR, 16) ||
           within(offset, GICD_SPENDSGIR, 16);
}

/* With one CPU there is nothing to choose: RAZ/WI. An SGI or PPI is for the one that reads. */
static uint8_t read_targets(struct vgic_cpu *cpu, uint32_t vintid)
{
    if (cpu->dist->cpus == 1)
        return 0;
    return vintid < VGIC_PRIVATE ? (uint8_t)(1u << cpu->id) : vgic_irq(cpu, vintid)->targets;
}

static uint8_t read_byte(struct vgic_cpu *cpu, uint32_t offset)
{
    if (within(offset, GICD_IPRIORITYR, VGIC_IRQS))
        return vgic_irq(cpu, offset - GICD_IPRIORITYR)->priority;
    if (within(offset, GICD_ITARGETSR, VGIC_IRQS))
        return read_targets(cpu, offset - GICD_ITARGETSR);
    return vgic_irq(cpu, offset % 16)->sources;
}

/* What is pending moves to the new targets; what is active stays where it was acknowledged. */
static void write_targets(struct vgic_cpu *cpu, uint32_t vintid, uint8_t value)
{
    struct vgic_irq *irq = vgic_irq(cpu, vintid);

    if (cpu->dist->cpus == 1 || vintid < VGIC_PRIVATE)
        return;
    irq->targets = value & ((1u << cpu->dist->cpus) - 1);
    vgic_changed(cpu, irq);
}

static void write_byte(struct vgic_cpu *cpu, uint32_t offset, uint8_t value)
{
    struct vgic_irq *irq;

    if (within(offset, GICD_IPRIORITYR, VGIC_IRQS)) {
        irq = vgic_irq(cpu, offset - GICD_IPRIORITYR);
        irq->priority = value & PRIORITY_MASK;
        irq->stale = true;
        vgic_changed(cpu, irq);
        return;
    }
    if (within(offset, GICD_ITARGETSR, VGIC_IRQS)) {
        write_targets(cpu, offset - GICD_ITARGETSR, value);
        return;
    }
    irq = vgic_irq(cpu, offset % 16);
    value &= (1u << cpu->dist->cpus) - 1;
    if (offset >= GICD_SPENDSGIR)
        vgic_set_sources(cpu, irq, irq->sources | value);
    else
        vgic_set_sources(cpu, irq, irq->sources & ~value);
}

/*
 * ICFGR: two bits for each interrupt, of which the upper one is 1 for edge. The lower one is 1 for
 * PPIs and SPIs, as in our own GIC.
 */

static uint32_t read_config(struct vgic_cpu *cpu, unsigned n)
{
    uint32_t value = n ? 0x55555555 : 0;

    for (unsigned i = 0; i < 16; i++)
        value |= (uint32_t)vgic_irq(cpu, 16 * n + i)->edge << (2 * i + 1);
    return value;
}

static void write_config(struct vgic_cpu *cpu, unsigned n, uint32_t value, uint32_t mask)
{
    /* SGIs are edge, and what stands for a physical interrupt is what that is. PPIs are fixed. */
    for (unsigned i = 0; n >= 2 && i < 16; i++) {
        struct vgic_irq *irq = vgic_irq(cpu, 16 * n + i);

        if (!irq->hw && mask >> (2 * i + 1) & 1)
            irq->edge = value >> (2 * i + 1) & 1;
    }
}

static void send_sgi(struct vgic_cpu *cpu, uint32_t value)
{
    uint32_t self = 1u << cpu->id, targets;

    switch (gicd_sgir_get_targetlistfilter(value)) {
    case SGI_TO_LIST:
        targets = gicd_sgir_get_cputargetlist(value);
        break;
    case SGI_TO_OTHERS:
        targets = ~self;
        break;
    case SGI_TO_SELF:
        targets = self;
        break;
    default:
        return;
    }
    for (unsigned i = 0; i < cpu->dist->cpus; i++) {
        struct vgic_cpu *target = cpu->dist->cpu[i];
        struct vgic_irq *irq = &target->private[gicd_sgir_get_sgiintid(value)];

        if (targets >> i & 1)
            vgic_set_sources(target, irq, (uint8_t)(irq->sources | self));
    }
}

/* The identification registers of a GICv2 distributor of our own making: no JEP106 code. */
static uint32_t identification(uint32_t offset)
{
    static const uint8_t component[] = {0x0D, 0xF0, 0x05, 0xB1};

    if (within(offset, GICD_CIDR0, 16))
        return component[(offset - GICD_CIDR0) / 4];
    return offset == GICD_PIDR0 + 8 ? 0x20 : 0; /* PIDR2.ArchRev: GICv2 */
}

static uint32_t read_word(struct vgic_cpu *cpu, uint32_t offset)
{
    uint32_t first = bit_register(offset);

    if (first)
        return read_bits(cpu, first, (offset - first) / 4);
    if (within(offset, GICD_ICFGR, 8 * VGIC_ROWS))
        return read_config(cpu, (offset - GICD_ICFGR) / 4);
    if (within(offset, GICD_PPISR, 4 * VGIC_ROWS))
        return read_lines(cpu, offset);
    switch (offset) {
    case GICD_CTLR:
        return cpu->dist->ctlr;
    case GICD_TYPER:
        return gicd_typer_set_cpunumber(gicd_typer_set_itlinesnumber(0, VGIC_ROWS - 1),
                                        cpu->dist->cpus - 1u);
    default:
        return identification(offset);
    }
}

uint32_t vgicd_read(struct vgic_cpu *cpu, uint32_t offset, unsigned size)
{
    uint32_t value = 0;

    vgic_lock_all(cpu->dist);
    if (byte_register(offset))
        for (unsigned i = 0; i < size; i++)
            value |= (uint32_t)read_byte(cpu, offset + i) << 8 * i;
    else
        value = read_word(cpu, offset & ~3u) >> 8 * (offset & 3) & ~0u >> (32 - 8 * size);
    vgic_unlock(cpu->dist);
    return value;
}

/* MASK has the bits that are written. */
static void write_word(struct vgic_cpu *cpu, uint32_t offset, uint32_t value, uint32_t mask)
{
    uint32_t first = bit_register(offset);

    if (first == GICD_IGROUPR)
        write_groups(cpu, (offset - first) / 4, value, mask);
    else if (first)
        write_bits(cpu, first, (offset - first) / 4, value & mask);
    else if (within(offset, GICD_ICFGR, 8 * VGIC_ROWS))
        write_config(cpu, (offset - GICD_ICFGR) / 4, value, mask);
    else if (offset == GICD_SGIR && mask == ~0u)
        send_sgi(cpu, value);
    else if (offset == GICD_CTLR) {
        cpu->dist->ctlr = (cpu->dist->ctlr & ~mask) | (value & mask & CTLR_MASK);
        vgic_changed_for_all(cpu);
    }
}

void vgicd_write(struct vgic_cpu *cpu, uint32_t offset, unsigned size, uint32_t value)
{
    unsigned shift = 8 * (offset & 3);

    vgic_lock_all(cpu->dist);
    if (byte_register(offset))
        for (unsigned i = 0; i < size; i++)
            write_byte(cpu, offset + i, (uint8_t)(value >> 8 * i));
    else
        write_word(cpu, offset & ~3u, value << shift, ~0u >> (32 - 8 * size) << shift);
    vgic_unlock(cpu->dist);
}
