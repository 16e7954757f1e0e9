/* The physical CPU interface. Each function touches hardware and decides nothing. */
#ifndef AMAGIC_DRIVERS_GICC_H
#define AMAGIC_DRIVERS_GICC_H

#include <stdint.h>

/* Group 0 as IRQ, all priorities that can be signalled, EOIR without deactivation. */
void gicc_init(void);

uint32_t gicc_read_iar(void);
void gicc_write_eoir(uint32_t value);
void gicc_write_dir(uint32_t value);

#endif
