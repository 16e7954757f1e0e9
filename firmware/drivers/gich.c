#include "gich.h"

#include "lib/attributes.h"
#include "mmio.h"
#include "platform.h"

unsigned gich_list_registers(void)
{
    return gich_vtr_get_listregs(mmio_read(GICH_BASE + GICH_VTR)) + 1;
}

HOT uint32_t gich_read_lr(unsigned lr)
{
    return mmio_read(GICH_BASE + GICH_LR_AT(lr));
}

uint32_t gich_peek_lr(unsigned cpu, unsigned lr)
{
    return mmio_read(GICH_ALIAS(cpu) + GICH_LR_AT(lr));
}

HOT void gich_write_lr(unsigned lr, uint32_t value)
{
    mmio_write(GICH_BASE + GICH_LR_AT(lr), value);
}

uint32_t gich_read_vmcr(void)
{
    return mmio_read(GICH_BASE + GICH_VMCR);
}

void gich_write_vmcr(uint32_t value)
{
    mmio_write(GICH_BASE + GICH_VMCR, value);
}

uint32_t gich_read_apr(void)
{
    return mmio_read(GICH_BASE + GICH_APR);
}

void gich_write_apr(uint32_t value)
{
    mmio_write(GICH_BASE + GICH_APR, value);
}

uint32_t gich_read_hcr(void)
{
    return mmio_read(GICH_BASE + GICH_HCR);
}

void gich_write_hcr(uint32_t value)
{
    mmio_write(GICH_BASE + GICH_HCR, value);
}
