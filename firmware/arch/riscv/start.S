/* Reset entry of a machine-mode image: a stack, cleared .bss, main(). Harts other than 0 do not
 * exist in this SoC. */

    .section .text.start, "ax"
    .globl _start
_start:
    csrw mie, zero
    csrw mstatus, zero
    la t0, _start_hang
    csrw mtvec, t0
    la sp, host_stack_top
    la t0, bss_start
    la t1, bss_end
1:  bgeu t0, t1, 2f
    sw zero, 0(t0)
    addi t0, t0, 4
    j 1b
2:  call main
    .balign 4
_start_hang:    /* main() returned, or a trap came before anyone set mtvec */
    j _start_hang
