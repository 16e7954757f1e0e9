/*
 * Doorbells: one hart wakes another. A hart's doorbell is its software interrupt (INTERRUPT_MSI),
 * pending from the ring on until doorbell_answer().
 */
#ifndef AMAGIC_DRIVERS_DOORBELL_H
#define AMAGIC_DRIVERS_DOORBELL_H

#include <stdint.h>

/* What was written before is in the memory before the bell rings. */
void doorbell_ring(unsigned hart);

/* The harts that have rung for this one since the last answer, a bit each. */
uint32_t doorbell_answer(void);

#endif
