/* The image's header, the guest's entry and its trap handler. */
#include "guest_abi.h"
#include "lib/init_memory.h"

#define SSTATUS_SIE 2
#define SIE_SEIE (1 << 9)

#ifndef GUEST_NAME
#define GUEST_NAME "guest"
#endif
#ifndef GUEST_VCPUS
#define GUEST_VCPUS 1
#endif

    .section .header, "a"
    .word GUEST_MAGIC
    .word GUEST_VERSION
    .word guest_image_end
    .word guest_ram_size
    .word guest_start
    .word guest_trap
    .word guest_mask_point
    .word guest_unmask_point
    .word GUEST_VCPUS
1:  .ascii GUEST_NAME
2:  .zero 16 - (2b - 1b)

    .section .start, "ax"
guest_start:
    la t0, guest_trap
    csrw stvec, t0
    li t0, SIE_SEIE
    csrw sie, t0
    init_memory guest_stack_top
    call guest_main
1:  j 1b

    /* a0: its number, a1: a struct guest_cpu */
    .global guest_cpu_start
guest_cpu_start:
    la t0, guest_trap
    csrw stvec, t0
    li t0, SIE_SEIE
    csrw sie, t0
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
    lw sp, 0(a1)
    lw t0, 4(a1)
    jr t0

    .text

    .macro each_caller_saved op
    \op ra, 0(sp)
    \op t0, 4(sp)
    \op t1, 8(sp)
    \op t2, 12(sp)
    \op a0, 16(sp)
    \op a1, 20(sp)
    \op a2, 24(sp)
    \op a3, 28(sp)
    \op a4, 32(sp)
    \op a5, 36(sp)
    \op a6, 40(sp)
    \op a7, 44(sp)
    \op t3, 48(sp)
    \op t4, 52(sp)
    \op t5, 56(sp)
    \op t6, 60(sp)
    .endm

    .balign 4
guest_trap:
    addi sp, sp, -64
    each_caller_saved sw
    csrr a0, scause
    bgez a0, 1f
    call guest_interrupt
    j 2f
1:  csrr a1, stval
    csrr a2, sepc
    call guest_exception
2:  each_caller_saved lw
    addi sp, sp, 64
    sret

    .global guest_mask
guest_mask:
    csrci sstatus, SSTATUS_SIE
guest_mask_point:
    ret

    .global guest_unmask
guest_unmask:
guest_unmask_point:
    csrsi sstatus, SSTATUS_SIE
    ret
