/*
 * Semaphores: one hart at a time. What they guard is UNCACHED, or read after dcache_invalidate()
 * (arch/riscv/cache.h). A hart that takes one that it holds waits for ever, so code that holds one
 * has interrupts off if a handler takes it. With a single hart there is nobody to wait for.
 */
#ifndef AMAGIC_DRIVERS_SEMAPHORE_H
#define AMAGIC_DRIVERS_SEMAPHORE_H

#include <stdbool.h>
#include <stdint.h>

/* N is below SYNC_SEMAPHORE_COUNT. Without waiting: did this hart get it? */
bool semaphore_try(uint32_t n);

void semaphore_take(uint32_t n);

/* What was written before is in the memory before another hart gets it. */
void semaphore_release(uint32_t n);

#endif
