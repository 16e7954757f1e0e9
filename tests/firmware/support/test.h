/* What firmware tests share: text output, traps, the end of the run. */
#ifndef AMAGIC_TEST_H
#define AMAGIC_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "amagic_regs.h"
#include "amagic_soc.h"
#include "arch/riscv/csr.h"

#define REG(address) (*(volatile uint32_t *)(uintptr_t)(address))

#define PTE_VALID 1u
#define PTE_READ 2u
#define PTE_WRITE 4u
#define PTE_EXECUTE 8u
#define PTE_ACCESSED 64u
#define PTE_DIRTY 128u
#define SATP_SV32 (1u << 31)

#define GICD(offset) REG(GIC_BASE + 0x1000 + (offset))
#define GICC(offset) REG(GIC_BASE + 0x2000 + (offset))
#define GICH(offset) REG(GIC_BASE + 0x4000 + (offset))
#define GICV(offset) REG(GIC_BASE + 0x6000 + (offset))
#define CNTCONTROL(offset) REG(TIMER_BASE + (offset))
#define CNTREAD(offset) REG(TIMER_BASE + 0x1000 + (offset))
#define CNTCTL(offset) REG(TIMER_BASE + 0x2000 + (offset))
#define CNT(frame, offset) REG(TIMER_BASE + 0x10000 + 0x2000 * (frame) + (offset))

void print(const char *text);
void print_hex(const char *label, uint32_t value); /* "label 0x0000002a" and a new line */

/* Ends the run once everything has been printed. */
_Noreturn void end(void);

struct trap_frame {
    uint32_t x[32]; /* x[0] is not used */
    uint32_t pc, cause, value;
};

/*
 * Traps into machine mode end in trap(), which may change the frame: what it leaves there is what
 * mret goes back to. The default prints the trap and ends the run.
 */
void trap(struct trap_frame *frame);
void traps_on(void);

/* Runs code in supervisor mode, on a stack of its own, and returns when it does. */
void run_supervisor(void (*code)(void));

/* In supervisor mode: external interrupts go to HANDLER from now on. */
void supervisor_interrupts_on(void (*handler)(void));

/* Sv32 for the modes below machine mode, with memory and the devices where they are. */
void paging_on(void);
void map_megapage(uint32_t virtual, uint32_t physical, uint32_t flags);

/* The GIC's Group 0, the host's line, and machine-mode interrupts, all on. */
void host_interrupts_on(void);

/* The system counter on, and the low word of its count. */
void counter_on(void);
uint32_t now(void);

#endif
