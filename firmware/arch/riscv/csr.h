/* Control and status registers of the core, and the instructions that order things. */
#ifndef AMAGIC_ARCH_CSR_H
#define AMAGIC_ARCH_CSR_H

#include <stdbool.h>
#include <stdint.h>

#define csr_read(name)                                                                             \
    ({                                                                                             \
        uint32_t value_;                                                                           \
        __asm__ volatile("csrr %0, " #name : "=r"(value_) : : "memory");                           \
        value_;                                                                                    \
    })

#define csr_write(name, value)                                                                     \
    __asm__ volatile("csrw " #name ", %0" : : "rK"((uint32_t)(value)) : "memory")

#define csr_set(name, bits)                                                                        \
    __asm__ volatile("csrs " #name ", %0" : : "rK"((uint32_t)(bits)) : "memory")

#define csr_clear(name, bits)                                                                      \
    __asm__ volatile("csrc " #name ", %0" : : "rK"((uint32_t)(bits)) : "memory")

/* VexRiscv's masks of its external interrupt array: line 0 is the host's, line 1 the guest's. */
#define CSR_MACHINE_LINES 0xBC0
#define CSR_SUPERVISOR_LINES 0x9C0

/* mstatus */
#define MSTATUS_SIE (1u << 1)
#define MSTATUS_MIE (1u << 3)
#define MSTATUS_SPIE (1u << 5)
#define MSTATUS_SPP (1u << 8)
#define MSTATUS_MPP_SHIFT 11
#define MSTATUS_MPP (3u << MSTATUS_MPP_SHIFT)
#define MSTATUS_MPRV (1u << 17)
#define MSTATUS_SUM (1u << 18)
#define MSTATUS_MXR (1u << 19)

/* mie, mideleg, medeleg */
#define INTERRUPT_MSI 3
#define INTERRUPT_SEI 9
#define INTERRUPT_MEI 11

/* mcause */
#define MCAUSE_INTERRUPT (1u << 31)
#define CAUSE_MISALIGNED_FETCH 0
#define CAUSE_FETCH_ACCESS 1
#define CAUSE_ILLEGAL_INSTRUCTION 2
#define CAUSE_BREAKPOINT 3
#define CAUSE_MISALIGNED_LOAD 4
#define CAUSE_LOAD_ACCESS 5
#define CAUSE_MISALIGNED_STORE 6
#define CAUSE_STORE_ACCESS 7
#define CAUSE_USER_ECALL 8
#define CAUSE_SUPERVISOR_ECALL 9
#define CAUSE_MACHINE_ECALL 11
#define CAUSE_FETCH_PAGE_FAULT 12
#define CAUSE_LOAD_PAGE_FAULT 13
#define CAUSE_STORE_PAGE_FAULT 15

/* Forget every cached translation. */
static inline void sfence_vma(void)
{
    __asm__ volatile("sfence.vma" : : : "memory");
}

/* Forget every cached instruction. */
static inline void fence_i(void)
{
    __asm__ volatile("fence.i" : : : "memory");
}

/*
 * Drop the core's LR/SC reservation. It survives a trap, so a world that is switched in between
 * another world's lr.w and its own sc.w would see that sc.w succeed. SCRATCH may be written.
 */
static inline void drop_reservation(uint32_t *scratch)
{
    uint32_t failed;

    __asm__ volatile("sc.w %0, zero, (%1)" : "=r"(failed) : "r"(scratch) : "memory");
}

/* The guest's external interrupt: pending because the host says so, besides what its line says. */
static inline void supervisor_interrupt(bool pending)
{
    if (pending)
        csr_set(mip, 1u << INTERRUPT_SEI);
    else
        csr_clear(mip, 1u << INTERRUPT_SEI);
}

static inline void wait_for_interrupt(void)
{
    __asm__ volatile("wfi" : : : "memory");
}

#endif
