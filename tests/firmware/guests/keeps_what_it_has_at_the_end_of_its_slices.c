/*
 * A guest that gives nothing away is switched out at the end of its time slices, the straight way
 * (hyp/switch.h). Its registers, its CPU interface and its timer are as it left them, though those of
 * its neighbour differ.
 *
 * Expected: status 0
 * At least: straight 8
 */
#include "guest_test.h"

#include "arch/riscv/csr.h"

#define SSIP (1u << 1)
#define CYCLES 100000

void guest_interrupt(void)
{
    finish(__LINE__);
}

/* Registers that the compiler is told of, with a value each, while time goes by. The sum of their
 * changes. */
static uint32_t general_registers(void)
{
    uint32_t wrong;

    __asm__ volatile("mv gp, sp\n"
                     ".irp n, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 18, 19, 20, 21, 22, 23\n"
                     "li x\\n, 0x5A5A0000 + \\n\n .endr\n"
                     ".irp n, 24, 25, 26, 27, 28, 29, 30, 31\n li x\\n, 0x5A5A0000 + \\n\n .endr\n"
                     "li a7, 500\n"
                     "1: addi a7, a7, -1\n bnez a7, 1b\n"
                     "sub %0, gp, sp\n"
                     ".irp n, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 18, 19, 20, 21, 22, 23\n"
                     "li gp, 0x5A5A0000 + \\n\n sub gp, gp, x\\n\n or %0, %0, gp\n .endr\n"
                     ".irp n, 24, 25, 26, 27, 28, 29, 30, 31\n"
                     "li gp, 0x5A5A0000 + \\n\n sub gp, gp, x\\n\n or %0, %0, gp\n .endr\n"
                     : "=&r"(wrong)
                     :
                     : "gp", "tp", "t0", "t1", "t2", "s1", "a0", "a1", "a2", "a3", "a4", "a5", "a6",
                       "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3",
                       "t4", "t5", "t6", "memory");
    return wrong;
}

void guest_main(void)
{
    uint32_t stvec = csr_read(stvec), sstatus = csr_read(sstatus) | MSTATUS_SUM | MSTATUS_MXR;
    uint32_t ctlr = GICV_CTLR_ENABLEGRP0_MASK | GICV_CTLR_CBPR_MASK;
    uint64_t end = guest_timer_count() + CYCLES, far = end + CYCLES;

    guest_gic_init();
    guest_gic_enable(GUEST_VTIMER_INTID, 0x80);
    guest_write(GUEST_GICC + GICV_PMR, 0x58);
    guest_write(GUEST_GICC + GICV_BPR, 5);
    guest_write(GUEST_GICC + GICV_CTLR, ctlr);
    guest_timer_set_compare(far);
    guest_timer_on();
    csr_write(sscratch, 0x11111111);
    csr_write(sepc, 0x22222220);
    csr_write(scause, 0x80000005);
    csr_write(stval, 0x44444444);
    csr_write(sip, SSIP);
    csr_write(sstatus, sstatus);
    for (uint64_t now = 0, then; now < end; now = then) {
        CHECK(general_registers() == 0);
        then = guest_timer_count();
        CHECK(then > now);
        CHECK(guest_read(GUEST_GICC + GICV_PMR) == 0x58);
        CHECK(guest_read(GUEST_GICC + GICV_BPR) == 5);
        CHECK(guest_read(GUEST_GICC + GICV_CTLR) == ctlr);
        CHECK(guest_timer_compare() == far);
        CHECK(!guest_timer_expired());
        CHECK(csr_read(stvec) == stvec);
        CHECK(csr_read(sscratch) == 0x11111111);
        CHECK(csr_read(sepc) == 0x22222220);
        CHECK(csr_read(scause) == 0x80000005);
        CHECK(csr_read(stval) == 0x44444444);
        CHECK(csr_read(sip) == SSIP);
        CHECK(csr_read(sie) == 1u << INTERRUPT_SEI);
        CHECK(csr_read(sstatus) == sstatus);
    }
    finish(0);
}
