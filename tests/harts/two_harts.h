/* What the tests of two harts share. Hart 1 runs what hart 0 gives it; only hart 0 prints. */
#ifndef AMAGIC_TWO_HARTS_H
#define AMAGIC_TWO_HARTS_H

#include "arch/riscv/cache.h"
#include "arch/riscv/hart.h"
#include "drivers/doorbell.h"
#include "drivers/semaphore.h"
#include "test.h"

/* Hart 0 waits until hart 1 has returned from what it was given. */
static inline void join(void)
{
    while (!hart_parked(1))
        ;
}

/* Hart 1 runs CODE from its start to its end. */
static inline void on_hart_1(void (*code)(void))
{
    hart_start(1, code);
    join();
}

/* Both harts come together here. Each of them has a flag, and the turn is a count. */
static inline void meet(void)
{
    static uint32_t arrived[2];
    uint32_t mine = UNCACHED(arrived[this_hart()]) + 1;

    UNCACHED(arrived[this_hart()]) = mine;
    while ((int32_t)(UNCACHED(arrived[!this_hart()]) - mine) < 0)
        ;
}

#endif
