#include "gicc.h"

#include "lib/attributes.h"
#include "mmio.h"
#include "platform.h"

void gicc_init(void)
{
    mmio_write(GICC_BASE + GICC_PMR, 0xFF);
    mmio_write(GICC_BASE + GICC_CTLR, GICC_CTLR_ENABLEGRP0_MASK | GICC_CTLR_EOIMODE_MASK);
}

HOT uint32_t gicc_read_iar(void)
{
    return mmio_read(GICC_BASE + GICC_IAR);
}

HOT void gicc_write_eoir(uint32_t value)
{
    mmio_write(GICC_BASE + GICC_EOIR, value);
}

void gicc_write_dir(uint32_t value)
{
    mmio_write(GICC_BASE + GICC_DIR, value);
}
