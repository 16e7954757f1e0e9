/*
 * The virtual interface's control registers. Each function touches hardware and decides nothing.
 */
#ifndef AMAGIC_DRIVERS_GICH_H
#define AMAGIC_DRIVERS_GICH_H

#include <stdint.h>

unsigned gich_list_registers(void);
uint32_t gich_read_lr(unsigned lr);
uint32_t gich_peek_lr(unsigned cpu, unsigned lr); /* of any CPU */
void gich_write_lr(unsigned lr, uint32_t value);
uint32_t gich_read_vmcr(void);
void gich_write_vmcr(uint32_t value);
uint32_t gich_read_apr(void);
void gich_write_apr(uint32_t value);
uint32_t gich_read_hcr(void);
void gich_write_hcr(uint32_t value);

#endif
