/* What firmware tests share: text output, traps, the end of the run. */
#ifndef AMAGIC_TEST_H
#define AMAGIC_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "amagic_regs.h"
#include "amagic_soc.h"

#define REG(address) (*(volatile uint32_t *)(uintptr_t)(address))

#define CSR_READ(name)                                                                             \
    ({                                                                                             \
        uint32_t csr_value_;                                                                       \
        __asm__ volatile("csrr %0, " #name : "=r"(csr_value_) : : "memory");                       \
        csr_value_;                                                                                \
    })
#define CSR_WRITE(name, value)                                                                     \
    __asm__ volatile("csrw " #name ", %0" : : "rK"((uint32_t)(value)) : "memory")
#define CSR_SET(name, bits)                                                                        \
    __asm__ volatile("csrs " #name ", %0" : : "rK"((uint32_t)(bits)) : "memory")
#define CSR_CLEAR(name, bits)                                                                      \
    __asm__ volatile("csrc " #name ", %0" : : "rK"((uint32_t)(bits)) : "memory")

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

/* Runs code in supervisor mode, on a stack of its own; it comes back with an ecall (cause 9). */
void run_supervisor(void (*code)(void));

#endif
