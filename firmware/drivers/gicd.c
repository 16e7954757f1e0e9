#include "gicd.h"

#include "lib/attributes.h"
#include "mmio.h"
#include "platform.h"

static COLD void init_row(uint32_t row)
{
    mmio_write(GICD_BASE + GICD_ICENABLER_AT(row), ~0u);
    mmio_write(GICD_BASE + GICD_ICPENDR_AT(row), ~0u);
    mmio_write(GICD_BASE + GICD_ICACTIVER_AT(row), ~0u);
    mmio_write(GICD_BASE + GICD_IGROUPR_AT(row), 0);
}

COLD void gicd_init(void)
{
    uint32_t rows = gicd_typer_get_itlinesnumber(mmio_read(GICD_BASE + GICD_TYPER)) + 1;

    mmio_write(GICD_BASE + GICD_CTLR, 0);
    for (uint32_t row = 1; row < rows; row++)
        init_row(row);
    mmio_write(GICD_BASE + GICD_CTLR, GICD_CTLR_ENABLEGRP0_MASK);
}

COLD void gicd_init_private(void)
{
    init_row(0);
}

COLD void gicd_set_priority(uint32_t intid, uint8_t priority)
{
    mmio_write_byte(GICD_BASE + GICD_IPRIORITYR + intid, priority);
}

COLD void gicd_target_this_cpu(uint32_t intid)
{
    /* A banked register reads as the bit of the CPU that reads it. */
    mmio_write_byte(GICD_BASE + GICD_ITARGETSR + intid,
                    (uint8_t)mmio_read(GICD_BASE + GICD_ITARGETSR));
}

#define ICFGR(intid) (GICD_BASE + GICD_ICFGR_AT((intid) / 16))
#define EDGE(intid) (2u << 2 * ((intid) % 16))

COLD bool gicd_is_edge(uint32_t intid)
{
    return mmio_read(ICFGR(intid)) & EDGE(intid);
}

COLD void gicd_set_edge(uint32_t intid, bool edge)
{
    uint32_t value = mmio_read(ICFGR(intid));

    mmio_write(ICFGR(intid), edge ? value | EDGE(intid) : value & ~EDGE(intid));
}

HOT bool gicd_read_bit(uint32_t first, uint32_t intid)
{
    return mmio_read(GICD_BASE + first + 4 * (intid / 32)) >> intid % 32 & 1;
}

void gicd_write_bit(uint32_t first, uint32_t intid)
{
    mmio_write(GICD_BASE + first + 4 * (intid / 32), 1u << intid % 32);
}

HOT uint32_t gicd_lines(void)
{
    return mmio_read(GICD_BASE + GICD_PPISR) << 16;
}

HOT bool gicd_line(uint32_t intid)
{
    if (intid < 32)
        return gicd_lines() >> intid & 1;
    return mmio_read(GICD_BASE + GICD_SPISR_AT(intid / 32 - 1)) >> intid % 32 & 1;
}
