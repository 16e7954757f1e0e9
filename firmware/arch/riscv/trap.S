/*
 * Leaving a guest and entering one. While a guest runs, mscratch points to its context; while the
 * host runs, mscratch is 0, and a trap is the host's own fault.
 */
#include "offsets.h"
#include "platform.h"
#include "stack.h"

    /* All but x1, t0 to t2, and x31. */
    .macro for_others op
    .irp n, 2, 3, 4, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17
    \op x\n, CONTEXT_X + 4 * \n(x31)
    .endr
    .irp n, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
    \op x\n, CONTEXT_X + 4 * \n(x31)
    .endr
    .endm

    .section .text.trap, "ax"
    .balign 4
    .global trap_vector
trap_vector:
    csrrw x31, mscratch, x31
    beqz x31, host_fault
    sw t0, CONTEXT_X + 4 * 5(x31)
    sw t1, CONTEXT_X + 4 * 6(x31)
    sw t2, CONTEXT_X + 4 * 7(x31)
    csrr t0, mcause
    lw t1, FAST_ACKNOWLEDGE(x31)
    bgez t0, nothing_acknowledged
    bltz t1, nothing_acknowledged

    /*
     * An interrupt, and the host has offered one to the fast path: acknowledge. If it is that one,
     * its list register is free: it was signalled, so it was inactive, and the guest's last end of
     * it had emptied the list register. Another is the host's to handle.
     */
    lui t2, %hi(GICC_BASE + GICC_IAR)
    lw t0, %lo(GICC_BASE + GICC_IAR)(t2)
    bne t0, t1, save_all
    lw t1, FAST_LR(x31)
    sw t0, %lo(GICC_BASE + GICC_EOIR)(t2)
    lw t0, FAST_LR_VALUE(x31)
    sw t0, 0(t1)
    lw t2, FAST_TAKEN(x31)
    lw t0, CONTEXT_X + 4 * 5(x31)
    addi t2, t2, 1
    sw t2, FAST_TAKEN(x31)
    lw t1, CONTEXT_X + 4 * 6(x31)
    lw t2, CONTEXT_X + 4 * 7(x31)
    csrrw x31, mscratch, x31
    mret

nothing_acknowledged:
    li t0, NOT_ACKNOWLEDGED
save_all:
    sw x1, CONTEXT_X + 4 * 1(x31)
    for_others sw
    lw a1, CONTEXT_NEXT(x31)
    csrrw t1, mscratch, zero
    csrr t2, mepc
    sw t1, CONTEXT_X + 4 * 31(x31)
    sw t2, CONTEXT_PC(x31)
    own_stack t1
    mv a0, x31

    /* The time slice is over, and the next world is known: it is entered, if it is that simple. */
    addi t1, t0, -PPI_SLICE
    bnez t1, by_the_host
    bnez a1, switch_slice
by_the_host:
    mv a1, t0
    call hyp_exit
    j context_enter

    /* It is not. */
    .global slice_by_the_host
slice_by_the_host:
    li a1, PPI_SLICE
    call hyp_exit

    /* a0: the context to run */
    .global context_enter
context_enter:
    lw t0, CONTEXT_PC(a0)
    csrw mepc, t0
    csrw mscratch, a0
    mv x31, a0
    lw x1, CONTEXT_X + 4 * 1(x31)
    for_others lw
    lw t0, CONTEXT_X + 4 * 5(x31)
    lw t1, CONTEXT_X + 4 * 6(x31)
    lw t2, CONTEXT_X + 4 * 7(x31)
    lw x31, CONTEXT_X + 4 * 31(x31)
    mret

    /* Nothing of the host's state can be trusted: a fresh stack, and no way back. */
host_fault:
    own_stack t0
    csrr a0, mcause
    csrr a1, mepc
    csrr a2, mtval
    tail host_trap
