/*
 * The agent's start, its accesses that may be aborted, and its exceptions. AArch64, EL2.
 *
 * The MMU stays off, and PSTATE masks interrupts for good.
 */

#define HCR_FMO_IMO_RW 0x80000018   /* virtual interrupts for EL1, which is AArch64 */
#define SCTLR_EL1_RES1 0x30d00800
#define SPSR_EL1H_MASKED 0x3c5
#define ESR_EC_SHIFT 26
#define EC_HVC64 0x16
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
    msr vbar_el2, x1
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
    msr tpidr_el2, x0
    b agent_main

    .text
    /* These three are left at the faulting instruction by `synchronous`, through x30. */
    .globl mmio_read
mmio_read:
    cmp x1, #2
    b.eq 2f
    b.hi 4f
    ldrb w0, [x0]
    b 0f
2:  ldrh w0, [x0]
    b 0f
4:  ldr w0, [x0]
0:  mov x1, #0
    ret

    .globl mmio_write
mmio_write:
    cmp x1, #2
    b.eq 2f
    b.hi 4f
    strb w2, [x0]
    b 0f
2:  strh w2, [x0]
    b 0f
4:  str w2, [x0]
0:  mov x1, #0
    ret

    .globl read_isr
read_isr:
    mrs x0, isr_el1
    ret

    /* Goes to EL1 and comes back with HVC: `from_el1` returns to the caller. */
    .globl read_isr_at_el1
read_isr_at_el1:
    adr x0, at_el1
    msr elr_el2, x0
    mov x0, #SPSR_EL1H_MASKED
    msr spsr_el2, x0
    eret
at_el1:
    mrs x0, isr_el1
    hvc #0

    .globl psci_call
psci_call:
    smc #0
    ret

synchronous:
    mrs x1, esr_el2
    lsr x2, x1, #ESR_EC_SHIFT
    cmp x2, #EC_DATA_ABORT_SAME_EL
    b.ne unexpected
    mov x0, #0
    ret

from_el1:
    mrs x1, esr_el2
    lsr x1, x1, #ESR_EC_SHIFT
    cmp x1, #EC_HVC64
    b.ne unexpected
    ret

unexpected:
    mrs x0, esr_el2
    mrs x1, elr_el2
    mrs x2, far_el2
    mrs x3, tpidr_el2
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

    .bss
    .balign 16
stacks:
    .skip STACK_BYTES * 8
