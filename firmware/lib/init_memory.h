/*
 * For the start.S of the host and of guests: what C needs of the memory. The linker scripts keep
 * .data's initial values apart, at data_load, and nothing changes them: so a program starts as often
 * as it is reset, and not only after it was loaded.
 */
    .macro init_memory stack
    la sp, \stack
    la t0, data_load
    la t1, data_start
    la t2, data_end
1:  bgeu t1, t2, 2f
    lw t3, 0(t0)
    sw t3, 0(t1)
    addi t0, t0, 4
    addi t1, t1, 4
    j 1b
2:  la t1, bss_start
    la t2, bss_end
3:  bgeu t1, t2, 4f
    sw zero, 0(t1)
    addi t1, t1, 4
    j 3b
4:
    .endm
