/* The table of operations of a GICv2 with virtualization. */
#include "gicc.h"
#include "gicd.h"
#include "gich.h"
#include "irqchip.h"
#include "lib/attributes.h"
#include "platform.h"

static COLD void gicv2_init_cpu(void)
{
    gicd_init_private();
    gicc_init();
    gich_write_hcr(0);
    for (unsigned lr = 0; lr < gich_list_registers(); lr++)
        gich_write_lr(lr, 0);
    gich_write_apr(0);
}

static COLD void gicv2_init(void)
{
    gicd_init();
    gicv2_init_cpu();
}

static COLD void gicv2_enable(uint32_t intid, uint8_t priority)
{
    gicd_set_priority(intid, priority);
    gicd_target_this_cpu(intid);
    gicd_write_bit(GICD_ISENABLER, intid);
}

static HOT bool gicv2_get_state(uint32_t intid, enum irqchip_state which)
{
    switch (which) {
    case IRQCHIP_PENDING:
        return gicd_read_bit(GICD_ISPENDR, intid);
    case IRQCHIP_ACTIVE:
        return gicd_read_bit(GICD_ISACTIVER, intid);
    case IRQCHIP_MASKED:
        return !gicd_read_bit(GICD_ISENABLER, intid);
    case IRQCHIP_LINE:
        return gicd_line(intid);
    }
    return false;
}

static void gicv2_set_state(uint32_t intid, enum irqchip_state which, bool value)
{
    switch (which) {
    case IRQCHIP_PENDING:
        gicd_write_bit(value ? GICD_ISPENDR : GICD_ICPENDR, intid);
        break;
    case IRQCHIP_ACTIVE:
        gicd_write_bit(value ? GICD_ISACTIVER : GICD_ICACTIVER, intid);
        break;
    case IRQCHIP_MASKED:
        gicd_write_bit(value ? GICD_ICENABLER : GICD_ISENABLER, intid);
        break;
    case IRQCHIP_LINE:
        return;
    }
    /* Stores are posted: the answer to this load means that the distributor has the write. */
    (void)gicd_read_bit(GICD_ISACTIVER, intid);
}

static bool allowed(const struct virtual_interrupt *irq)
{
    if (!irq->hw)
        return true;
    return !irq->eoi_maintenance && irq->vintid >= 16 && irq->pintid >= 16 &&
           !(irq->pending && irq->active);
}

#define LR_EOI (1u << 19)
#define LR_SOURCE_SHIFT 10

static bool gicv2_encode_lr(const struct virtual_interrupt *irq, uint32_t *word)
{
    uint32_t value = gich_lr_set_virtualid(0, irq->vintid);

    if (!allowed(irq))
        return false;
    value = gich_lr_set_priority(value, irq->priority >> 3);
    value = gich_lr_set_state(value, (uint32_t)irq->pending | (uint32_t)irq->active << 1);
    value = gich_lr_set_grp1(value, irq->group1);
    value = gich_lr_set_hw(value, irq->hw);
    if (irq->hw)
        value = gich_lr_set_physicalid(value, irq->pintid);
    else
        value |= (irq->eoi_maintenance ? LR_EOI : 0) | (uint32_t)irq->source << LR_SOURCE_SHIFT;
    *word = value;
    return true;
}

static void gicv2_offer_fast_path(struct fast_path *fast, unsigned lr,
                                  const struct virtual_interrupt *irq)
{
    fast->lr = GICH_BASE + GICH_LR_AT(lr);
    if (gicv2_encode_lr(irq, &fast->lr_value))
        fast->acknowledge = irq->pintid;
}

static void gicv2_clear_lr(unsigned lr)
{
    gich_write_lr(lr, 0);
}

/* The register's two state bits are those of IRQCHIP_LR_. */
static HOT uint32_t gicv2_lr_state(uint32_t word)
{
    return gich_lr_get_state(word);
}

static bool gicv2_split_eoi(uint32_t vmcr)
{
    return gich_vmcr_get_vem(vmcr);
}

static unsigned gicv2_eoi_count(void)
{
    return gich_hcr_get_eoicount(gich_read_hcr());
}

static void gicv2_write_control(uint32_t maintenance)
{
    uint32_t value = GICH_HCR_EN_MASK;

    if (maintenance & IRQCHIP_MAINTENANCE_UNDERFLOW)
        value |= GICH_HCR_UIE_MASK;
    if (maintenance & IRQCHIP_MAINTENANCE_NO_PENDING)
        value |= GICH_HCR_NPIE_MASK;
    if (maintenance & IRQCHIP_MAINTENANCE_NOT_PRESENT)
        value |= GICH_HCR_LRENPIE_MASK;
    gich_write_hcr(value);
}

static void gicv2_disable_virtual(void)
{
    gich_write_hcr(0);
}

const struct irqchip_ops gicv2_irqchip = {
    .name = "gicv2",
    .init = gicv2_init,
    .init_cpu = gicv2_init_cpu,
    .enable = gicv2_enable,
    .is_edge = gicd_is_edge,
    .set_edge = gicd_set_edge,
    .acknowledge = gicc_read_iar,
    .drop = gicc_write_eoir,
    .deactivate = gicc_write_dir,
    .get_state = gicv2_get_state,
    .set_state = gicv2_set_state,
    .lines = gicd_lines,
    .list_registers = gich_list_registers,
    .encode_lr = gicv2_encode_lr,
    .offer_fast_path = gicv2_offer_fast_path,
    .clear_lr = gicv2_clear_lr,
    .read_lr = gich_read_lr,
    .peek_lr = gich_peek_lr,
    .load_lr = gich_write_lr,
    .lr_state = gicv2_lr_state,
    .read_vmcr = gich_read_vmcr,
    .write_vmcr = gich_write_vmcr,
    .split_eoi = gicv2_split_eoi,
    .read_apr = gich_read_apr,
    .write_apr = gich_write_apr,
    .eoi_count = gicv2_eoi_count,
    .write_control = gicv2_write_control,
    .disable_virtual = gicv2_disable_virtual,
};
