/*
 * Data that harts share. A hart's stores reach the memory in order, but stay unknown to another
 * hart's data cache: that hart reads what it has cached. So shared data is either UNCACHED, or read
 * after dcache_invalidate() in whatever tells the reader that it has changed (semaphore, doorbell,
 * SGI). For code, fence_i() does the same.
 *
 * amo*.w, lr.w and sc.w exclude only this hart's own traps, and do not work on UNCACHED data.
 */
#ifndef AMAGIC_ARCH_CACHE_H
#define AMAGIC_ARCH_CACHE_H

#include <stdint.h>

#include "amagic_soc.h"

/* Forget every cached datum. Nothing is lost, as the cache writes through. */
static inline void dcache_invalidate(void)
{
    __asm__ volatile(".word 0x500f" : : : "memory");
}

/* A variable in the memory, past the cache. A single hart has no need, and no such window. */
#define UNCACHED(variable)                                                                         \
    (*(volatile __typeof__(variable) *)((uintptr_t) & (variable) + UNCACHED_OFFSET))

#define UNCACHED_OFFSET (HARTS > 1 ? RAM_UNCACHED_BASE - RAM_BASE : 0)

#endif
