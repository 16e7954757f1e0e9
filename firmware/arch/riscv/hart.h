/* The harts. After a reset hart 0 runs main(), and every other one is parked. */
#ifndef AMAGIC_ARCH_HART_H
#define AMAGIC_ARCH_HART_H

#include <stdbool.h>

#include "amagic_soc.h"
#include "csr.h"

/* Which hart this is; it is its CPU number in the GIC as well. */
static inline unsigned this_hart(void)
{
    return HARTS > 1 ? csr_read(mhartid) : 0;
}

/*
 * Let another hart run ENTRY, with interrupts off and on a stack of its own (4 KiB); it sees all
 * that this hart has written. It is parked again when ENTRY returns. False, and nothing happens,
 * when there is no such hart, or it is not parked.
 */
bool hart_start(unsigned hart, void (*entry)(void));

bool hart_parked(unsigned hart);

#endif
