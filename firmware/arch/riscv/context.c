#include "context.h"

#include "csr.h"
#include "offsets.h"

#include <stddef.h>

_Static_assert(offsetof(struct cpu_context, x) == CONTEXT_X, "as in offsets.h");
_Static_assert(offsetof(struct cpu_context, pc) == CONTEXT_PC, "as in offsets.h");
_Static_assert(offsetof(struct cpu_context, fast.acknowledge) == FAST_ACKNOWLEDGE, "as above");
_Static_assert(offsetof(struct cpu_context, fast.lr) == FAST_LR, "as above");
_Static_assert(offsetof(struct cpu_context, fast.lr_value) == FAST_LR_VALUE, "as above");
_Static_assert(offsetof(struct cpu_context, fast.taken) == FAST_TAKEN, "as above");
_Static_assert(offsetof(struct cpu_context, next) == CONTEXT_NEXT, "as above");

void context_reset(struct cpu_context *ctx, uint32_t entry)
{
    *ctx = (struct cpu_context){
        .pc = entry,
        .fast.acknowledge = FAST_PATH_OFF,
        .mstatus = 1u << MSTATUS_MPP_SHIFT,
    };
}
