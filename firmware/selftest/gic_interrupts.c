/* Interrupts on their whole way, from their source to the core's line and back to idle. */
#include "selftest.h"

#include "arch/riscv/csr.h"
#include "drivers/gicc.h"
#include "drivers/gicd.h"
#include "drivers/gich.h"
#include "drivers/irqchip.h"
#include "drivers/mmio.h"
#include "drivers/timer.h"
#include "platform.h"

#define SGI 3u
#define PRIORITY 0x80u
#define TRIES 100 /* a signal needs a few cycles to its end */

/* The core's own line follows within a few cycles. */
static COLD void expect_line(const char *what, uint32_t interrupt, bool wanted)
{
    uint32_t level = !wanted;

    for (unsigned i = 0; i < TRIES && level != wanted; i++)
        level = csr_read(mip) >> interrupt & 1;
    expect(what, level, wanted);
}

void selftest_sgi(void)
{
    uint32_t iar;

    irqchip->init();
    irqchip->enable(SGI, PRIORITY);
    mmio_write(GICD_BASE + GICD_SGIR,
               gicd_sgir_set_targetlistfilter(gicd_sgir_set_sgiintid(0, SGI), 2));
    expect_line("nIRQ at the core, of an SGI", INTERRUPT_MEI, true);
    expect("GICD_SPENDSGIR0, the sender",
           mmio_read(GICD_BASE + GICD_SPENDSGIR_AT(0)) >> 8 * SGI & 0xFF, 1);
    iar = gicc_read_iar();
    expect("GICC_IAR", iar, SGI);
    expect("GICC_RPR in the SGI", mmio_read(GICC_BASE + GICC_RPR), PRIORITY);
    expect("GICD_ISACTIVER0 in the SGI", gicd_read_bit(GICD_ISACTIVER, SGI), 1);
    expect_line("nIRQ in the SGI", INTERRUPT_MEI, false);
    gicc_write_eoir(iar);
    expect("GICC_RPR after EOIR", mmio_read(GICC_BASE + GICC_RPR), 0xFF);
    expect("GICD_ISACTIVER0 after EOIR, with EOImode", gicd_read_bit(GICD_ISACTIVER, SGI), 1);
    gicc_write_dir(iar);
    expect("GICD_ISACTIVER0 after DIR", gicd_read_bit(GICD_ISACTIVER, SGI), 0);
    irqchip_set_state(SGI, IRQCHIP_MASKED, true);
}

/* What a guest's tick goes through: the timer's line, the host, a list register, the guest's end. */
void selftest_forwarded(void)
{
    uint32_t iar, lr;

    irqchip->init();
    timer_init();
    irqchip->enable(PPI_VTIMER, PRIORITY);
    timer_virtual_write_cval(0);
    timer_virtual_write_ctl(CNTBASE_CNTV_CTL_ENABLE_MASK);
    expect_line("nIRQ at the core, of the timer", INTERRUPT_MEI, true);
    iar = gicc_read_iar();
    expect("GICC_IAR", iar, PPI_VTIMER);
    gicc_write_eoir(iar);

    gich_write_vmcr(GICH_VMCR_VMGRP0EN_MASK | gich_vmcr_set_vmprimask(0, 0x1F));
    lr = gich_lr_set_virtualid(GICH_LR_HW_MASK, PPI_VTIMER);
    lr = gich_lr_set_physicalid(lr, PPI_VTIMER);
    lr = gich_lr_set_priority(lr, PRIORITY >> 3);
    gich_write_lr(0, gich_lr_set_state(lr, 1));
    gich_write_hcr(GICH_HCR_EN_MASK);
    expect_line("nVIRQ at the core", INTERRUPT_SEI, true);
    iar = mmio_read(GICV_BASE + GICV_IAR);
    expect("GICV_IAR", iar, PPI_VTIMER);
    expect_line("nVIRQ in the tick", INTERRUPT_SEI, false);
    expect("GICH_LR0.State in the tick", gich_lr_get_state(gich_read_lr(0)), 2);
    expect("GICD_ISACTIVER0 in the tick", gicd_read_bit(GICD_ISACTIVER, PPI_VTIMER), 1);
    timer_virtual_write_ctl(0);
    mmio_write(GICV_BASE + GICV_EOIR, iar);
    expect("GICH_LR0.State after the guest's end", gich_lr_get_state(gich_read_lr(0)), 0);
    expect("GICD_ISACTIVER0 after the guest's end", gicd_read_bit(GICD_ISACTIVER, PPI_VTIMER), 0);
    expect_line("nIRQ after all", INTERRUPT_MEI, false);
    gich_write_hcr(0);
    gich_write_vmcr(0);
    gich_write_lr(0, 0);
    irqchip_set_state(PPI_VTIMER, IRQCHIP_MASKED, true);
}

void selftest_maintenance(void)
{
    uint32_t iar;

    irqchip->init();
    irqchip->enable(PPI_MAINTENANCE, PRIORITY);
    gich_write_hcr(GICH_HCR_EN_MASK | GICH_HCR_UIE_MASK);
    expect("GICH_MISR, underflow", mmio_read(GICH_BASE + GICH_MISR), GICH_MISR_U_MASK);
    expect_line("nIRQ at the core, of maintenance", INTERRUPT_MEI, true);
    iar = gicc_read_iar();
    expect("GICC_IAR", iar, PPI_MAINTENANCE);
    gich_write_hcr(0);
    gicc_write_eoir(iar);
    gicc_write_dir(iar);
    expect_line("nIRQ after all", INTERRUPT_MEI, false);
    irqchip_set_state(PPI_MAINTENANCE, IRQCHIP_MASKED, true);
}
