/* What of a guest's registers and of its core's state is to outlive a world switch. */
#ifndef AMAGIC_GUEST_REGISTERS_H
#define AMAGIC_GUEST_REGISTERS_H

#include "guest_test.h"

#include "arch/riscv/csr.h"

#define SSIP (1u << 1)

/* NAME(): the sum of the changes of the registers that the compiler is told of, each with a value of
 * its own, while the instructions AWAY are carried out. Those may use a7. */
#define DEFINE_GENERAL_REGISTERS(name, away)                                                       \
    static uint32_t name(void)                                                                     \
    {                                                                                              \
        uint32_t wrong;                                                                            \
                                                                                                   \
        __asm__ volatile(                                                                          \
            "mv gp, sp\n"                                                                          \
            ".irp n, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 18, 19, 20, 21, 22, 23\n"          \
            "li x\\n, 0x5A5A0000 + \\n\n .endr\n"                                                  \
            ".irp n, 24, 25, 26, 27, 28, 29, 30, 31\n li x\\n, 0x5A5A0000 + \\n\n .endr\n" away    \
            "sub %0, gp, sp\n"                                                                     \
            ".irp n, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 18, 19, 20, 21, 22, 23\n"          \
            "li gp, 0x5A5A0000 + \\n\n sub gp, gp, x\\n\n or %0, %0, gp\n .endr\n"                 \
            ".irp n, 24, 25, 26, 27, 28, 29, 30, 31\n"                                             \
            "li gp, 0x5A5A0000 + \\n\n sub gp, gp, x\\n\n or %0, %0, gp\n .endr\n"                 \
            : "=&r"(wrong)                                                                         \
            : "i"(HVC_YIELD)                                                                       \
            : "gp", "tp", "t0", "t1", "t2", "s1", "a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7",  \
              "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5",      \
              "t6", "memory");                                                                     \
        return wrong;                                                                              \
    }

/* The state of the core that a guest sees beside its registers: set, and whether it is as set. */
struct core_state {
    uint32_t stvec, sstatus;
};

static inline struct core_state set_core_state(void)
{
    struct core_state state = {csr_read(stvec), csr_read(sstatus) | MSTATUS_SUM | MSTATUS_MXR};

    csr_write(sscratch, 0x11111111);
    csr_write(sepc, 0x22222220);
    csr_write(scause, 0x80000005);
    csr_write(stval, 0x44444444);
    csr_write(sip, SSIP);
    csr_write(sstatus, state.sstatus);
    return state;
}

static inline void check_core_state(struct core_state state)
{
    CHECK(csr_read(stvec) == state.stvec);
    CHECK(csr_read(sscratch) == 0x11111111);
    CHECK(csr_read(sepc) == 0x22222220);
    CHECK(csr_read(scause) == 0x80000005);
    CHECK(csr_read(stval) == 0x44444444);
    CHECK(csr_read(sip) == SSIP);
    CHECK(csr_read(sie) == 1u << INTERRUPT_SEI);
    CHECK(csr_read(sstatus) == state.sstatus);
}

#endif
