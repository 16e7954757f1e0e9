#include "test.h"

void print(const char *text)
{
    for (; *text; text++) {
        while (REG(UART_BASE + UART_STATUS) & UART_STATUS_TXFULL_MASK)
            ;
        REG(UART_BASE + UART_DATA) = (uint8_t)*text;
    }
}

void print_hex(const char *label, uint32_t value)
{
    char text[] = " 0x00000000\n";

    for (int digit = 0; digit < 8; digit++)
        text[10 - digit] = "0123456789abcdef"[(value >> (4 * digit)) & 15];
    print(label);
    print(text);
}

_Noreturn void end(void)
{
    while (!(REG(UART_BASE + UART_STATUS) & UART_STATUS_TXIDLE_MASK))
        ;
    REG(PROBE_BASE + PROBE_MARK) = 0x30000000;
    for (;;)
        wait_for_interrupt();
}

__attribute__((weak)) void trap(struct trap_frame *frame)
{
    print_hex("unexpected trap, cause", frame->cause);
    print_hex("at", frame->pc);
    print_hex("value", frame->value);
    end();
}

extern char supervisor_done[], machine_again[];
void trap_enter(struct trap_frame *frame);

void trap_enter(struct trap_frame *frame)
{
    if (frame->cause == CAUSE_SUPERVISOR_ECALL && frame->pc == (uintptr_t)supervisor_done) {
        csr_set(mstatus, MSTATUS_MPP);
        frame->pc = (uintptr_t)machine_again;
        return;
    }
    trap(frame);
}

void supervisor_interrupts_on(void (*handler)(void))
{
    csr_write(stvec, (uintptr_t)handler);
    csr_write(sie, 1u << INTERRUPT_SEI);
    csr_set(sstatus, MSTATUS_SIE);
}

/* Sv32: each entry of the root table maps 4 MiB. */
static uint32_t root[1024] __attribute__((aligned(4096)));

void map_megapage(uint32_t virtual, uint32_t physical, uint32_t flags)
{
    root[virtual >> 22] = (physical >> 22) << 20 | flags | PTE_ACCESSED | PTE_DIRTY | PTE_VALID;
    sfence_vma();
}

void paging_on(void)
{
    map_megapage(RAM_BASE, RAM_BASE, PTE_READ | PTE_WRITE | PTE_EXECUTE);
    map_megapage(GIC_BASE, GIC_BASE, PTE_READ | PTE_WRITE);
    csr_write(satp, SATP_SV32 | (uintptr_t)root >> 12);
    sfence_vma();
}

void host_interrupts_on(void)
{
    GICD(GICD_CTLR) = GICD_CTLR_ENABLEGRP0_MASK;
    GICC(GICC_PMR) = 0xff;
    GICC(GICC_CTLR) = GICC_CTLR_ENABLEGRP0_MASK;
    csr_write(0xbc0, 1); /* line 0 is the host's */
    csr_write(mie, 1u << INTERRUPT_MEI);
    csr_set(mstatus, MSTATUS_MIE);
}

void counter_on(void)
{
    for (uint32_t frame = 0; frame < 2 * HARTS; frame++)
        CNTCTL(CNTCTLBASE_CNTACR_AT(frame)) = 0x3f;
    CNTCONTROL(CNTCONTROLBASE_CNTCR) = CNTCONTROLBASE_CNTCR_EN_MASK;
}

uint32_t now(void)
{
    return CNTREAD(CNTREADBASE_CNTCV);
}
