/* Lines of interrupts take a few cycles to the distributor. */
#ifndef AMAGIC_HYP_LINES_H
#define AMAGIC_HYP_LINES_H

#include "drivers/irqchip.h"
#include "lib/attributes.h"
#include "panic.h"

#include <stdint.h>

/* Far more than a few is broken hardware. */
#define LINE_POLLS 1000

/*
 * Wait until the lines of these PPIs, a bit each, are low; their causes are gone. An interrupt that
 * is deactivated before its line is low would be pending again, and one whose state is saved before
 * would be another world's.
 */
ALWAYS_INLINE void lines_wait_low(uint32_t ppis)
{
    unsigned polls = 0;

    if (RARE(irqchip->lines() & ppis)) {
        do {
            if (++polls == LINE_POLLS)
                panic("line stays high", 1, ppis);
        } while (irqchip->lines() & ppis);
    }
}

#endif
