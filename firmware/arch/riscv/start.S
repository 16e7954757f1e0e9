/*
 * Reset entry of a machine-mode image. Hart 0 prepares the memory and calls main(). Another hart
 * waits, without touching the memory, until hart_start() gives it something to run.
 */
#include "amagic_regs.h"
#include "amagic_soc.h"
#include "lib/init_memory.h"
#include "stack.h"

    .section .text.start, "ax"
    .globl _start
_start:
    csrw mie, zero
    csrw mstatus, zero
    la t0, _start_hang
    csrw mtvec, t0
#if HARTS > 1
    csrr t0, mhartid
    bnez t0, _start_parked
#endif
    init_memory host_stack_top
    call main
    .balign 4
_start_hang:    /* main() returned, or a trap came before anyone set mtvec */
    j _start_hang

#if HARTS > 1
    .equ MSIE, 1 << 3
    .equ D_CACHE_INVALIDATE, 0x500f

    /* The doorbell ends the wfi, and does not trap: mstatus.MIE is 0. */
_start_parked:
    li t0, MSIE
    csrw mie, t0
    li s0, SYNC_BASE
1:  wfi
    lw t0, SYNC_DOORBELL(s0)
    beqz t0, 1b
    sw t0, SYNC_DOORBELL(s0)
    csrw mie, zero
    .word D_CACHE_INVALIDATE
    fence.i
    csrr t0, mhartid
    slli t1, t0, 2
    la s1, hart_entry
    add s1, s1, t1
    lw t1, 0(s1)
    beqz t1, _start_parked
    slli t0, t0, STACK_SHIFT
    la sp, hart_stacks
    add sp, sp, t0
    jalr t1
    csrw mstatus, zero
    sw zero, 0(s1)
    j _start_parked

    .section .bss.hart_stacks, "aw", @nobits
    .balign 16
    .globl hart_stacks
hart_stacks:    /* hart 1's is the first */
    .space STACK_SIZE * (HARTS - 1)
#endif

    .section .bss.hart_entry, "aw", @nobits
    .balign 4
    .globl hart_entry
hart_entry:     /* what each hart was given to run, 0 while it is parked */
    .space 4 * HARTS
