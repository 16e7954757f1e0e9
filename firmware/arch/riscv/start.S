/* Reset entry of a machine-mode image. Harts other than 0 do not exist in this SoC. */
#include "lib/init_memory.h"

    .section .text.start, "ax"
    .globl _start
_start:
    csrw mie, zero
    csrw mstatus, zero
    la t0, _start_hang
    csrw mtvec, t0
    init_memory host_stack_top
    call main
    .balign 4
_start_hang:    /* main() returned, or a trap came before anyone set mtvec */
    j _start_hang
