/* The distributor. Each function touches hardware and decides nothing. */
#ifndef AMAGIC_DRIVERS_GICD_H
#define AMAGIC_DRIVERS_GICD_H

#include <stdbool.h>
#include <stdint.h>

/* The distributor and its SPIs, and then this CPU's SGIs and PPIs. */
void gicd_init(void);
void gicd_init_private(void);
void gicd_set_priority(uint32_t intid, uint8_t priority);

/* Without effect on SGIs and PPIs, and where there is one CPU only. */
void gicd_target_this_cpu(uint32_t intid);

/* The trigger; that of an SGI or PPI cannot be set. An SPI must be disabled meanwhile. */
bool gicd_is_edge(uint32_t intid);
void gicd_set_edge(uint32_t intid, bool edge);

/* A bit of one of the registers that have one for each interrupt: FIRST is register 0's offset. */
bool gicd_read_bit(uint32_t first, uint32_t intid);
void gicd_write_bit(uint32_t first, uint32_t intid);

/* The level of the interrupt's input; INTID is 16 or more. And those of all PPIs of this CPU, in the
 * bits of their INTIDs. */
bool gicd_line(uint32_t intid);
uint32_t gicd_lines(void);

#endif
