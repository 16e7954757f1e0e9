/*
 * Leaving a guest and entering one. While a guest runs, mscratch points to its context; while the
 * host runs, mscratch is 0, and a trap is the host's own fault. Offsets are those of asm_defs.c.
 */
    .macro for_x2_to_x30 op
    .irp n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
    \op x\n, %lo(CONTEXT_X + 4 * \n)(x31)
    .endr
    .irp n, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
    \op x\n, %lo(CONTEXT_X + 4 * \n)(x31)
    .endr
    .endm

    .section .text.trap, "ax"
    .balign 4
    .global trap_vector
trap_vector:
    csrrw x31, mscratch, x31
    beqz x31, host_fault
    sw x1, %lo(CONTEXT_X + 4 * 1)(x31)
    for_x2_to_x30 sw
    csrrw t0, mscratch, zero
    csrr t1, mepc
    sw t0, %lo(CONTEXT_X + 4 * 31)(x31)
    sw t1, %lo(CONTEXT_PC)(x31)
    la sp, host_stack_top
    mv a0, x31
    call hyp_exit

    /* a0: the context to run */
    .global context_enter
context_enter:
    lw t0, %lo(CONTEXT_PC)(a0)
    csrw mepc, t0
    csrw mscratch, a0
    mv x31, a0
    lw x1, %lo(CONTEXT_X + 4 * 1)(x31)
    for_x2_to_x30 lw
    lw x31, %lo(CONTEXT_X + 4 * 31)(x31)
    mret

    /* Nothing of the host's state can be trusted: a fresh stack, and no way back. */
host_fault:
    la sp, host_stack_top
    csrr a0, mcause
    csrr a1, mepc
    csrr a2, mtval
    tail host_trap
