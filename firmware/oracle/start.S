/*
 * The agent's start, its accesses that may be aborted, and its exceptions. AArch64.
 *
 * It runs at EL2 with the MMU off or, with SECURE, at Secure EL3, where the MMU is on for one thing:
 * what is at 0 is there a second time from 0x80000000 on, for Non-secure accesses. PSTATE masks
 * interrupts for good.
 */

#ifdef SECURE
#define OWN(register) register##_el3
#else
#define OWN(register) register##_el2
#endif

#define HCR_FMO_IMO_RW 0x80000018   /* virtual interrupts for EL1, which is AArch64 */
#define SCTLR_EL1_RES1 0x30d00800
#define SPSR_EL1H_MASKED 0x3c5
#define ESR_EC_SHIFT 26
#ifdef SECURE
#define SCR_SECURE 0x430            /* RES1, RW */
#define SCR_NON_SECURE 0x431
#define MAIR_DEVICE_AND_NORMAL 0xff04
#define TCR_1G_BLOCKS 0x80800020    /* RES1; 32 bits of address, from level 1 on */
#define SCTLR_EL3_MMU 0x30c50831    /* RES1, SA, M */
#define BLOCK_DEVICE 0x441          /* a block: AF, and Device memory */
#define BLOCK_NON_SECURE 0x20
#define BLOCK_NORMAL 0x745
#define EC_FROM_EL1 0x17            /* SMC */
#else
#define EC_FROM_EL1 0x16            /* HVC */
#endif
#define EC_DATA_ABORT_SAME_EL 0x25
#define STACK_BYTES 4096

    .section .text.start, "ax"
    .globl _start
_start:
    mov x0, #0
    /* x0: the number of this CPU */
    .globl secondary_start
secondary_start:
    adrp x1, vectors
    add x1, x1, :lo12:vectors
    msr OWN(vbar), x1
#ifdef SECURE
    mov x1, #SCR_SECURE
    msr scr_el3, x1
    adrp x1, table
    msr ttbr0_el3, x1
    ldr x1, =MAIR_DEVICE_AND_NORMAL
    msr mair_el3, x1
    ldr x1, =TCR_1G_BLOCKS
    msr tcr_el3, x1
    isb
    tlbi alle3
    dsb sy
    ldr x1, =SCTLR_EL3_MMU
    msr sctlr_el3, x1
    isb
#endif
    ldr x1, =HCR_FMO_IMO_RW
    msr hcr_el2, x1
    ldr x1, =SCTLR_EL1_RES1
    msr sctlr_el1, x1
    isb
    adrp x1, stacks
    add x1, x1, :lo12:stacks
    mov x2, #STACK_BYTES
    madd x1, x0, x2, x1
    add sp, x1, x2
    msr OWN(tpidr), x0
    b agent_main

    .text
    /* An access of 1, 2 or 4 bytes (x1) at x0. Left at the faulting instruction by `synchronous`,
       through x30. */
    .macro access name, instruction, register
    .globl \name
\name:
    cmp x1, #2
    b.eq 2f
    b.hi 4f
    \instruction\()b \register, [x0]
    b 0f
2:  \instruction\()h \register, [x0]
    b 0f
4:  \instruction \register, [x0]
0:  mov x1, #0
    ret
    .endm

    access mmio_read, ldr, w0
    access mmio_write, str, w2

    .globl read_isr
read_isr:
    mrs x0, isr_el1
    ret

    /* Goes to EL1, Non-secure, and comes back with HVC or SMC: `from_el1` returns to the caller. */
    .globl read_isr_at_el1
read_isr_at_el1:
    adr x0, at_el1
    msr OWN(elr), x0
    mov x0, #SPSR_EL1H_MASKED
    msr OWN(spsr), x0
#ifdef SECURE
    mov x0, #SCR_NON_SECURE
    msr scr_el3, x0
#endif
    eret
at_el1:
    mrs x0, isr_el1
#ifdef SECURE
    smc #0
#else
    hvc #0
#endif

    .globl psci_call
psci_call:
    smc #0
    ret

synchronous:
    mrs x1, OWN(esr)
    lsr x2, x1, #ESR_EC_SHIFT
    cmp x2, #EC_DATA_ABORT_SAME_EL
    b.ne unexpected
    mov x0, #0
    ret

from_el1:
    mrs x1, OWN(esr)
    lsr x1, x1, #ESR_EC_SHIFT
    cmp x1, #EC_FROM_EL1
    b.ne unexpected
#ifdef SECURE
    mov x1, #SCR_SECURE
    msr scr_el3, x1
    isb
#endif
    ret

unexpected:
    mrs x0, OWN(esr)
    mrs x1, OWN(elr)
    mrs x2, OWN(far)
    mrs x3, OWN(tpidr)
    b agent_crashed

    .macro vector handler
    .balign 0x80
    b \handler
    .endm

    .balign 0x800
vectors:
    .rept 4
    vector unexpected
    .endr
    vector synchronous
    .rept 3
    vector unexpected
    .endr
    vector from_el1
    .rept 7
    vector unexpected
    .endr

#ifdef SECURE
    .section .rodata
    .balign 4096
table:
    .quad BLOCK_DEVICE
    .quad BLOCK_NORMAL | 0x40000000
    .quad BLOCK_DEVICE | BLOCK_NON_SECURE
    .quad 0
#endif

    .bss
    .balign 16
stacks:
    .skip STACK_BYTES * 8
