/*
 * The offsets that assembler sources need, taken from the C structures: each becomes an absolute
 * symbol, which the linker fills in where an assembler source says %lo(symbol).
 */
#include "context.h"

#include <stddef.h>

#define DEFINE(name, value) __asm__ volatile(".global " #name "\n.set " #name ", %0" : : "i"(value))

/* The immediate of a load or store is signed and has 12 bits: %lo would cut a larger offset. */
_Static_assert(sizeof(struct cpu_context) < 2048, "offsets must fit in a load's immediate");

void asm_defs(void);

void asm_defs(void)
{
    DEFINE(CONTEXT_X, offsetof(struct cpu_context, x));
    DEFINE(CONTEXT_PC, offsetof(struct cpu_context, pc));
}
