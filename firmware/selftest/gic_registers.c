/* The GIC's registers: what they hold after reset, what can be written and what cannot. */
#include "selftest.h"

#include "drivers/gich.h"
#include "drivers/mmio.h"
#include "platform.h"

#define PRIORITY_MASK 0xF8u /* five bits of priority */
#define SPI 40u
#define RESERVED 0x00Cu

static COLD void holds(const char *what, uint32_t address, uint32_t written, uint32_t wanted)
{
    uint32_t before = mmio_read(address);

    mmio_write(address, written);
    expect(what, mmio_read(address), wanted);
    mmio_write(address, before);
    expect(what, mmio_read(address), before);
}

/* A pair of registers that set and clear the same bits. */
static COLD void sets_and_clears(const char *what, uint32_t set, uint32_t clear)
{
    uint32_t bit = 1u << SPI % 32;

    mmio_write(GICD_BASE + set, bit);
    expect(what, mmio_read(GICD_BASE + set) & bit, bit);
    expect(what, mmio_read(GICD_BASE + clear) & bit, bit);
    mmio_write(GICD_BASE + clear, bit);
    expect(what, mmio_read(GICD_BASE + set) & bit, 0);
}

void selftest_gicd(void)
{
    uint32_t rows = gicd_typer_get_itlinesnumber(mmio_read(GICD_BASE + GICD_TYPER)) + 1;

    expect("GICD_CTLR after reset", mmio_read(GICD_BASE + GICD_CTLR), 0);
    expect("GICD_TYPER.CPUNumber",
           gicd_typer_get_cpunumber(mmio_read(GICD_BASE + GICD_TYPER)), 0);
    expect("GICD_PIDR2.ArchRev", mmio_read(GICD_BASE + GICD_PIDR0_AT(2)) >> 4, 2);
    expect("GICD_CIDR0", mmio_read(GICD_BASE + GICD_CIDR0), 0x0D);
    for (uint32_t row = 0; row < rows; row++) {
        uint32_t sgis = row ? 0 : 0xFFFF;

        expect("GICD_ISENABLER<n> after reset",
               mmio_read(GICD_BASE + GICD_ISENABLER_AT(row)) & ~sgis, 0);
        expect("GICD_ISACTIVER<n> after reset", mmio_read(GICD_BASE + GICD_ISACTIVER_AT(row)), 0);
    }
    expect("GICD_ICFGR0, of the SGIs", mmio_read(GICD_BASE + GICD_ICFGR_AT(0)), 0xAAAAAAAA);
    holds("GICD_IPRIORITYR<n>", GICD_BASE + GICD_IPRIORITYR + SPI / 4 * 4, 0xFFFFFFFF,
          PRIORITY_MASK * 0x01010101u);
    holds("GICD_IGROUPR1", GICD_BASE + GICD_IGROUPR_AT(1), 0xA5A5A5A5, 0xA5A5A5A5);
    holds("GICD_ITARGETSR<n> of one CPU", GICD_BASE + GICD_ITARGETSR + SPI / 4 * 4, ~0u, 0);
    holds("a reserved word of GICD", GICD_BASE + RESERVED, ~0u, 0);
    sets_and_clears("GICD_ISENABLER1", GICD_ISENABLER_AT(1), GICD_ICENABLER_AT(1));
    sets_and_clears("GICD_ISPENDR1", GICD_ISPENDR_AT(1), GICD_ICPENDR_AT(1));
    sets_and_clears("GICD_ISACTIVER1", GICD_ISACTIVER_AT(1), GICD_ICACTIVER_AT(1));
}

void selftest_gicc(void)
{
    expect("GICC_CTLR after reset", mmio_read(GICC_BASE + GICC_CTLR), 0);
    expect("GICC_PMR after reset", mmio_read(GICC_BASE + GICC_PMR), 0);
    expect("GICC_IIDR.Architecture_version",
           gicc_iidr_get_architecture_version(mmio_read(GICC_BASE + GICC_IIDR)), 2);
    expect("GICC_IAR with nothing pending", mmio_read(GICC_BASE + GICC_IAR), 1023);
    expect("GICC_HPPIR with nothing pending", mmio_read(GICC_BASE + GICC_HPPIR), 1023);
    expect("GICC_RPR when idle", mmio_read(GICC_BASE + GICC_RPR), 0xFF);
    holds("GICC_PMR", GICC_BASE + GICC_PMR, 0xFF, PRIORITY_MASK);
    holds("GICC_BPR, at least 2", GICC_BASE + GICC_BPR, 0, 2);
    holds("GICC_CTLR", GICC_BASE + GICC_CTLR, GICC_CTLR_ENABLEGRP0_MASK | GICC_CTLR_EOIMODE_MASK,
          GICC_CTLR_ENABLEGRP0_MASK | GICC_CTLR_EOIMODE_MASK);
    holds("a reserved word of GICC", GICC_BASE + 0x100, ~0u, 0);
}

void selftest_gich(void)
{
    unsigned count = gich_list_registers();
    uint32_t inactive = gich_lr_set_priority(gich_lr_set_virtualid(0, 0x155), 0x15) |
                        GICH_LR_HW_MASK | GICH_LR_GRP1_MASK;

    expect("GICH_HCR after reset", gich_read_hcr(), 0);
    expect("GICH_VTR.PRIbits, less one", gich_vtr_get_pribits(mmio_read(GICH_BASE + GICH_VTR)), 4);
    expect("GICH_ELRSR0, all list registers",
           mmio_read(GICH_BASE + GICH_ELRSR_AT(0)), ~0u >> (32 - count));
    for (unsigned lr = 0; lr < count; lr++)
        expect("GICH_LR<n> after reset", gich_read_lr(lr), 0);
    for (unsigned lr = 0; lr < count; lr++)
        gich_write_lr(lr, inactive + lr);
    for (unsigned lr = 0; lr < count; lr++) {
        expect("GICH_LR<n>", gich_read_lr(lr), inactive + lr);
        gich_write_lr(lr, 0);
    }
    holds("GICH_VMCR.VMPriMask", GICH_BASE + GICH_VMCR, gich_vmcr_set_vmprimask(0, 0x15) | 2u << 21,
          gich_vmcr_set_vmprimask(0, 0x15) | 2u << 21 | (mmio_read(GICH_BASE + GICH_VMCR) & 7u << 18));
    holds("GICH_APR", GICH_BASE + GICH_APR, 0x12345678, 0x12345678);
    holds("GICH_HCR", GICH_BASE + GICH_HCR, GICH_HCR_UIE_MASK, GICH_HCR_UIE_MASK);
}
