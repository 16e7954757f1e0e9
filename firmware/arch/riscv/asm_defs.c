/*
 * The offsets that assembler sources need, taken from the C structures: each becomes an absolute
 * symbol, which the linker fills in where an assembler source says %lo(symbol).
 */
#include "context.h"
#include "drivers/irqchip.h"
#include "platform.h"

#include <stddef.h>

#define DEFINE(name, value) __asm__ volatile(".global " #name "\n.set " #name ", %0" : : "i"(value))

/* The immediate of a load or store is signed and has 12 bits: %lo would cut a larger offset. */
_Static_assert(sizeof(struct cpu_context) < 2048, "offsets must fit in a load's immediate");

void asm_defs(void);

void asm_defs(void)
{
    DEFINE(CONTEXT_X, offsetof(struct cpu_context, x));
    DEFINE(CONTEXT_PC, offsetof(struct cpu_context, pc));
    DEFINE(FAST_ACKNOWLEDGE, offsetof(struct cpu_context, fast.acknowledge));
    DEFINE(FAST_LR, offsetof(struct cpu_context, fast.lr));
    DEFINE(FAST_LR_VALUE, offsetof(struct cpu_context, fast.lr_value));
    DEFINE(FAST_TAKEN, offsetof(struct cpu_context, fast.taken));
    DEFINE(HOST_GICC_IAR, GICC_BASE + GICC_IAR);
    DEFINE(HOST_GICC_EOIR, GICC_BASE + GICC_EOIR);
    DEFINE(NOT_ACKNOWLEDGED, IRQCHIP_SPURIOUS);
}
