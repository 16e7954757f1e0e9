/* What start.S offers to agent.c, and the other way round. */
#ifndef ORACLE_AGENT_H
#define ORACLE_AGENT_H

#include <stdint.h>

/* An access that may be aborted: `syndrome` is 0, or the ESR of the data abort. */
struct mmio_result {
    uint64_t value;
    uint64_t syndrome;
};

struct mmio_result mmio_read(uint64_t address, uint64_t size);
struct mmio_result mmio_write(uint64_t address, uint64_t size, uint64_t value);

/* ISR_EL1 as it reads here, and at EL1. */
uint64_t read_isr(void);
uint64_t read_isr_at_el1(void);

uint64_t psci_call(uint64_t function, uint64_t a, uint64_t b, uint64_t c);

/* Where PSCI starts another CPU, with its number in x0. */
void secondary_start(void);

void agent_main(uint64_t cpu);
void agent_crashed(uint64_t syndrome, uint64_t pc, uint64_t address, uint64_t cpu);

#endif
