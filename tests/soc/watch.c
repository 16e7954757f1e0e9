/* Firmware for test_soc_probe.py: instructions to watch, executed a known number of times. */
#include "test.h"

extern char looped[], faulting[], behind[];

static volatile uint32_t interrupts;

static void watch(uint32_t number, uintptr_t pc, uint32_t privilege)
{
    REG(PROBE_BASE + PROBE_WATCH_PC + 8 * number) = pc;
    REG(PROBE_BASE + PROBE_WATCH_CTRL + 8 * number) = 1 | privilege << 1;
}

void trap(struct trap_frame *frame)
{
    frame->pc += 4;
}

__attribute__((interrupt("supervisor"), aligned(4))) static void handler(void)
{
    GICV(GICV_EOIR) = GICV(GICV_IAR);
    (void)GICV(GICV_RPR);
    interrupts++;
}

static void supervisor(void)
{
    supervisor_interrupts_on(handler);
    while (!interrupts)
        ;
    __asm__ volatile("lui t0, 0x80000\n"
                     ".global faulting, behind\n"
                     "faulting: lw t0, 0(t0)\n"
                     "behind: nop"
                     :
                     :
                     : "t0", "memory");
}

int main(void)
{
    traps_on();
    counter_on();
    paging_on();
    watch(0, (uintptr_t)looped, 3);
    watch(1, (uintptr_t)faulting, 1);
    watch(2, (uintptr_t)behind, 1);
    watch(3, (uintptr_t)handler, 1);
    watch(4, (uintptr_t)looped, 1); /* executed in machine mode only */
    (void)REG(PROBE_BASE + PROBE_WATCH_CTRL);
    __asm__ volatile("li t1, 5\n"
                     ".global looped\n"
                     "looped: addi t1, t1, -1\n"
                     "bnez t1, looped"
                     :
                     :
                     : "t1");
    csr_write(0x9c0, 2);
    csr_write(mideleg, 1u << INTERRUPT_SEI);
    GICH(GICH_VMCR) = gich_vmcr_set_vmprimask(GICH_VMCR_VMGRP0EN_MASK, 31);
    GICH(GICH_LR_AT(0)) = gich_lr_set_state(gich_lr_set_virtualid(0, 42), 1);
    GICH(GICH_HCR) = GICH_HCR_EN_MASK;
    run_supervisor(supervisor);
    end();
}
