#include "irqchip.h"

#include "arch/riscv/hart.h"
#include "lib/attributes.h"

#define SGIS 16
#define PRIVATE 32

static enum irqchip_error reach(unsigned hart, uint32_t intid)
{
    if (intid >= IRQCHIP_SPURIOUS)
        return IRQCHIP_BAD_INTID;
    if (intid < PRIVATE && hart != this_hart())
        return IRQCHIP_OTHER_HART;
    return IRQCHIP_OK;
}

COLD enum irqchip_error irqchip_get_state_of(unsigned hart, uint32_t intid,
                                             enum irqchip_state which, bool *value)
{
    enum irqchip_error error = reach(hart, intid);

    if (!error && which == IRQCHIP_LINE && intid < SGIS)
        error = IRQCHIP_BAD_INTID;
    if (!error)
        *value = irqchip->get_state(intid, which);
    return error;
}

COLD enum irqchip_error irqchip_set_state_of(unsigned hart, uint32_t intid,
                                             enum irqchip_state which, bool value)
{
    enum irqchip_error error = reach(hart, intid);

    if (!error && (which == IRQCHIP_LINE || (which == IRQCHIP_PENDING && intid < SGIS)))
        error = IRQCHIP_READ_ONLY;
    if (!error)
        irqchip->set_state(intid, which, value);
    return error;
}
