/* Traps into machine mode, and the way into supervisor mode and back. See test.h. */
#include "amagic_soc.h"

    .macro for_most_registers op    /* all but x0 and sp */
    .irp n, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    \op x\n, 4 * \n(sp)
    .endr
    .endm

    .macro for_saved_registers op   /* what a C function must leave as it was */
    \op ra, 0(t0)
    \op sp, 4(t0)
    \op s0, 8(t0)
    \op s1, 12(t0)
    \op s2, 16(t0)
    \op s3, 20(t0)
    \op s4, 24(t0)
    \op s5, 28(t0)
    \op s6, 32(t0)
    \op s7, 36(t0)
    \op s8, 40(t0)
    \op s9, 44(t0)
    \op s10, 48(t0)
    \op s11, 52(t0)
    .endm

    .text
    .globl traps_on
traps_on:
    la t0, trap_stack_top
#if HARTS > 1
    csrr t1, mhartid
    slli t1, t1, 10
    sub t0, t0, t1
#endif
    csrw mscratch, t0
    la t0, trap_vector
    csrw mtvec, t0
    ret

    /* mscratch holds the trap stack's pointer, and the interrupted code's while a trap runs: a
     * trap inside of trap() is not expected. */
    .balign 4
trap_vector:
    csrrw sp, mscratch, sp
    addi sp, sp, -144
    for_most_registers sw
    csrr t0, mscratch
    sw t0, 8(sp)
    csrr t0, mepc
    sw t0, 128(sp)
    csrr t0, mcause
    sw t0, 132(sp)
    csrr t0, mtval
    sw t0, 136(sp)
    mv a0, sp
    call trap_enter
    lw t0, 128(sp)
    csrw mepc, t0
    lw t0, 8(sp)
    csrw mscratch, t0
    for_most_registers lw
    addi sp, sp, 144
    csrrw sp, mscratch, sp
    mret

    .globl run_supervisor
run_supervisor:
    la t0, machine_registers
    for_saved_registers sw
    csrw mepc, a0
    li t0, 0x1800
    csrc mstatus, t0
    li t0, 0x0800
    csrs mstatus, t0
    la sp, supervisor_stack_top
    la ra, supervisor_done
    mret

    .globl supervisor_done
supervisor_done:
    ecall

    /* trap_enter() lets the last ecall come back here, in machine mode. */
    .globl machine_again
machine_again:
    la t0, machine_registers
    for_saved_registers lw
    ret

    .bss
    .balign 16
machine_registers:
    .space 56
    .balign 16
    .space 1024 * HARTS     /* hart 0's is the highest */
trap_stack_top:
    .space 2048
supervisor_stack_top:
