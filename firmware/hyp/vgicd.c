#include "vgicd.h"

#include "drivers/irqchip.h"
#include "platform.h"


#define CTLR_MASK (GICD_CTLR_ENABLEGRP0_MASK | GICD_CTLR_ENABLEGRP1_MASK)
#define PRIORITY_MASK 0xF8u /* a list register holds five bits */
#define SGI_TARGET_LIST 0
#define SGI_TARGET_SELF 2

static bool within(uint32_t offset, uint32_t first, uint32_t size)
{
    return offset - first < size;
}

/* Registers with a bit for each interrupt. */

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
        /* A level interrupt of hardware reads its line also while it is active. */
        return irq->pending ||
               (irq->hw && !irq->edge && irqchip_get_state(irq->pintid, IRQCHIP_LINE));
    default:
        return irq->active;
    }
}

static void write_bit(struct vgic *vgic, struct vgic_irq *irq, uint32_t first)
{
    bool sgi = irq->vintid < 16;

    switch (first) {
    case GICD_ISENABLER:
        irq->enabled = true;
        break;
    case GICD_ICENABLER:
        /* Nothing else: an interrupt that is active stays so, on both sides, until it is ended. */
        irq->enabled = sgi;
        break;
    case GICD_ISPENDR:
    case GICD_ICPENDR:
        if (!sgi)
            vgic_set_pending(vgic, irq, first == GICD_ISPENDR);
        break;
    case GICD_ISACTIVER:
    case GICD_ICACTIVER:
        vgic_set_active(vgic, irq, first == GICD_ISACTIVER);
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

static uint32_t read_bits(const struct vgic *vgic, uint32_t first, unsigned row)
{
    uint32_t value = 0, among = ~0u;

    /* Only what is busy can be active. (A line may be high, and read as pending, at any time.) */
    if (first == GICD_ISACTIVER || first == GICD_ICACTIVER)
        among = vgic->busy[row];
    for (; among; among &= among - 1) {
        unsigned bit = (unsigned)__builtin_ctz(among);

        value |= (uint32_t)read_bit(&vgic->irq[32 * row + bit], first) << bit;
    }
    return value;
}

static void write_bits(struct vgic *vgic, uint32_t first, unsigned row, uint32_t value)
{
    for (; value; value &= value - 1)
        write_bit(vgic, &vgic->irq[32 * row + (unsigned)__builtin_ctz(value)], first);
}

static void write_groups(struct vgic *vgic, unsigned row, uint32_t value)
{
    for (unsigned bit = 0; bit < 32; bit++) {
        struct vgic_irq *irq = &vgic->irq[32 * row + bit];

        irq->group1 = value >> bit & 1;
        irq->stale = true;
    }
}

/* Registers with a byte for each interrupt; SIZE may be 1, 2 or 4. */

static uint8_t sgi_sources(const struct vgic_irq *irq)
{
    return irq->pending; /* one CPU: the only source is CPU 0 */
}

static bool byte_register(uint32_t offset)
{
    return within(offset, GICD_IPRIORITYR, VGIC_IRQS) || within(offset, GICD_CPENDSGIR, 16) ||
           within(offset, GICD_SPENDSGIR, 16);
}

static uint8_t read_byte(struct vgic *vgic, uint32_t offset)
{
    if (within(offset, GICD_IPRIORITYR, VGIC_IRQS))
        return vgic->irq[offset - GICD_IPRIORITYR].priority;
    return sgi_sources(&vgic->irq[offset % 16]);
}

static void write_byte(struct vgic *vgic, uint32_t offset, uint8_t value)
{
    if (within(offset, GICD_IPRIORITYR, VGIC_IRQS)) {
        struct vgic_irq *irq = &vgic->irq[offset - GICD_IPRIORITYR];

        irq->priority = value & PRIORITY_MASK;
        irq->stale = true;
    } else if (value & 1) {
        vgic_set_pending(vgic, &vgic->irq[offset % 16], offset >= GICD_SPENDSGIR);
    }
}

/* ICFGR: two bits for each interrupt, of which the upper one is 1 for edge. */

static uint32_t read_config(const struct vgic *vgic, unsigned n)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < 16; i++)
        value |= (uint32_t)vgic->irq[16 * n + i].edge << (2 * i + 1);
    return value;
}

static void write_config(struct vgic *vgic, unsigned n, uint32_t value)
{
    /* SGIs are edge, and PPIs are what they are wired to be. */
    for (unsigned i = 0; n >= 2 && i < 16; i++)
        if (!vgic->irq[16 * n + i].hw)
            vgic->irq[16 * n + i].edge = value >> (2 * i + 1) & 1;
}

static void send_sgi(struct vgic *vgic, uint32_t value)
{
    uint32_t filter = gicd_sgir_get_targetlistfilter(value);

    if (filter == SGI_TARGET_SELF ||
        (filter == SGI_TARGET_LIST && gicd_sgir_get_cputargetlist(value) & 1))
        vgic_set_pending(vgic, &vgic->irq[gicd_sgir_get_sgiintid(value)], true);
}

/* The identification registers of a GICv2 distributor of our own making: no JEP106 code. */
static uint32_t identification(uint32_t offset)
{
    static const uint8_t component[] = {0x0D, 0xF0, 0x05, 0xB1};

    if (within(offset, GICD_CIDR0, 16))
        return component[(offset - GICD_CIDR0) / 4];
    return offset == GICD_PIDR0 + 8 ? 0x20 : 0; /* PIDR2.ArchRev: GICv2 */
}

uint32_t vgicd_read(struct vgic *vgic, uint32_t offset, unsigned size)
{
    uint32_t first = bit_register(offset), value = 0;

    if (byte_register(offset)) {
        for (unsigned i = 0; i < size; i++)
            value |= (uint32_t)read_byte(vgic, offset + i) << 8 * i;
        return value;
    }
    if (size != 4)
        return 0;
    if (first)
        return read_bits(vgic, first, (offset - first) / 4);
    if (within(offset, GICD_ICFGR, 8 * VGIC_ROWS))
        return read_config(vgic, (offset - GICD_ICFGR) / 4);
    switch (offset) {
    case GICD_CTLR:
        return vgic->ctlr;
    case GICD_TYPER:
        return gicd_typer_set_itlinesnumber(0, VGIC_ROWS - 1);
    default:
        return identification(offset);
    }
}

void vgicd_write(struct vgic *vgic, uint32_t offset, unsigned size, uint32_t value)
{
    uint32_t first = bit_register(offset);

    vgic->changed = true;
    if (byte_register(offset)) {
        for (unsigned i = 0; i < size; i++)
            write_byte(vgic, offset + i, (uint8_t)(value >> 8 * i));
        return;
    }
    if (size != 4)
        return;
    if (first == GICD_IGROUPR)
        write_groups(vgic, (offset - first) / 4, value);
    else if (first)
        write_bits(vgic, first, (offset - first) / 4, value);
    else if (within(offset, GICD_ICFGR, 8 * VGIC_ROWS))
        write_config(vgic, (offset - GICD_ICFGR) / 4, value);
    else if (offset == GICD_CTLR)
        vgic->ctlr = value & CTLR_MASK;
    else if (offset == GICD_SGIR)
        send_sgi(vgic, value);
}
