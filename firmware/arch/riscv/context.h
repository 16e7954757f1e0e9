/* The core's state of one virtual CPU. The assembler knows it by offsets.h. */
#ifndef AMAGIC_ARCH_CONTEXT_H
#define AMAGIC_ARCH_CONTEXT_H

#include "fast_path.h"

#include <stdint.h>

struct cpu_context {
    uint32_t x[32]; /* x[0] is not used */
    uint32_t pc;    /* mepc */
    struct fast_path fast;

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

/* Move the supervisor's registers between the core and CTX. The map of a world that comes in is
 * SATP's. */
void context_save(struct cpu_context *ctx);
void context_restore(const struct cpu_context *ctx, uint32_t satp);

/* Run CTX. The next trap enters hyp_exit() with it. */
_Noreturn void context_enter(struct cpu_context *ctx);

#endif
