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

#define GUEST_MSTATUS                                                                              \
    (MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP | MSTATUS_MPP | MSTATUS_SUM | MSTATUS_MXR)
#define GUEST_SIP ((1u << 1) | (1u << 5))

void context_reset(struct cpu_context *ctx, uint32_t entry)
{
    *ctx = (struct cpu_context){
        .pc = entry,
        .fast.acknowledge = FAST_PATH_OFF,
        .mstatus = 1u << MSTATUS_MPP_SHIFT,
    };
}

void context_save(struct cpu_context *ctx)
{
    ctx->mstatus = csr_read(mstatus) & GUEST_MSTATUS;
    ctx->stvec = csr_read(stvec);
    ctx->sscratch = csr_read(sscratch);
    ctx->sepc = csr_read(sepc);
    ctx->scause = csr_read(scause);
    ctx->stval = csr_read(stval);
    ctx->sie = csr_read(sie);
    /* Reading sip shows the line in SEIP; writing that back would latch it in the core. */
    ctx->sip = csr_read(sip) & GUEST_SIP;
}

void context_restore(const struct cpu_context *ctx, uint32_t satp)
{
    drop_reservation();
    csr_write(mstatus, ctx->mstatus);
    csr_write(stvec, ctx->stvec);
    csr_write(sscratch, ctx->sscratch);
    csr_write(sepc, ctx->sepc);
    csr_write(scause, ctx->scause);
    csr_write(stval, ctx->stval);
    csr_write(sie, ctx->sie);
    csr_write(sip, ctx->sip);
    csr_write(satp, satp);
    sfence_vma();
}
