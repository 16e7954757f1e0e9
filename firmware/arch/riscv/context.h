/* The core's state of one virtual CPU. The assembler knows it by offsets.h. */
#ifndef AMAGIC_ARCH_CONTEXT_H
#define AMAGIC_ARCH_CONTEXT_H

#include "csr.h"
#include "fast_path.h"
#include "lib/attributes.h"

#include <stdint.h>

struct cpu_context {
    uint32_t x[32]; /* of x[0] nothing is kept */
    uint32_t pc;    /* mepc */
    struct fast_path fast;
    struct cpu_context *next; /* when its time slice ends: see hyp/switch.h. Or NULL */

    /*
     * The supervisor's registers stay in the core while the host handles an exit; they are moved
     * only when the worlds switch.
     */
    uint32_t mstatus; /* SPP, SPIE, SIE, SUM, MXR and MPP of the guest */
    uint32_t stvec;
    uint32_t sscratch;
    uint32_t sepc;
    uint32_t scause;
    uint32_t stval;
    uint32_t sie;
    uint32_t sip; /* SSIP and STIP; SEIP is the GIC's line and is never kept */
};

/* Make CTX what a guest sees after reset: supervisor mode, at ENTRY, all else 0. */
void context_reset(struct cpu_context *ctx, uint32_t entry);

#define CONTEXT_MSTATUS                                                                            \
    (MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP | MSTATUS_MPP | MSTATUS_SUM | MSTATUS_MXR)
#define CONTEXT_SIP ((1u << 1) | (1u << 5))

/* Move the supervisor's registers between the core and CTX. */
ALWAYS_INLINE void context_save(struct cpu_context *ctx)
{
    /* By fours: a store of what was just read waits for it. */
    uint32_t a = csr_read(mstatus), b = csr_read(stvec), c = csr_read(sscratch), d = csr_read(sepc);

    ctx->mstatus = a & CONTEXT_MSTATUS;
    ctx->stvec = b;
    ctx->sscratch = c;
    ctx->sepc = d;
    a = csr_read(sip), b = csr_read(scause), c = csr_read(stval), d = csr_read(sie);
    /* Reading sip shows the line in SEIP; writing that back would latch it in the core. */
    ctx->sip = a & CONTEXT_SIP;
    ctx->scause = b;
    ctx->stval = c;
    ctx->sie = d;
}

ALWAYS_INLINE void context_restore(struct cpu_context *ctx)
{
    drop_reservation(&ctx->x[0]);
    csr_write(mstatus, ctx->mstatus);
    csr_write(stvec, ctx->stvec);
    csr_write(sscratch, ctx->sscratch);
    csr_write(sepc, ctx->sepc);
    csr_write(scause, ctx->scause);
    csr_write(stval, ctx->stval);
    csr_write(sie, ctx->sie);
    csr_write(sip, ctx->sip);
}

/* Run CTX. The next trap enters hyp_exit() with it. */
_Noreturn void context_enter(struct cpu_context *ctx);

/* CTX has left a guest, and the interrupt that ends time slices is acknowledged: to hyp_exit(). */
void slice_by_the_host(struct cpu_context *ctx);

/* The same without a call, where each cycle counts. */
_Noreturn ALWAYS_INLINE void context_jump(struct cpu_context *ctx)
{
    register struct cpu_context *a0 __asm__("a0") = ctx;

    __asm__ volatile("j context_enter" : : "r"(a0) : "memory");
    for (;;)
        ; /* not reached, which is not to be known: what leads here would be laid down as rare */
}

#endif
