/* For assembler sources: each hart's stack. Hart 0's is where the linker script says; the others',
 * of STACK_SIZE bytes each, are in start.S. */
#include "amagic_soc.h"

    .equ STACK_SHIFT, 12
    .equ STACK_SIZE, 1 << STACK_SHIFT

    .macro own_stack scratch
    la sp, host_stack_top
#if HARTS > 1
    csrr \scratch, mhartid
    beqz \scratch, 1f
    slli \scratch, \scratch, STACK_SHIFT
    la sp, hart_stacks
    add sp, sp, \scratch
1:
#endif
    .endm
