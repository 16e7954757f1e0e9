/*
 * An SGI from one hart arrives at the other, and at no other place; IAR says from whom it comes.
 * An SGI to all but its sender, and one to its sender, arrive where they say.
 *
 * Expected output:
 *   hart 1: IAR 0x00000005
 *   hart 0: IAR 0x00000406
 *   to all but the sender 0x00000407
 *   the sender has 0x000003ff
 *   to the sender alone 0x00000408
 *   the other has 0x000003ff
 */
#include "two_harts.h"

#define FILTER_OTHERS (1u << 24)
#define FILTER_SELF (2u << 24)

static uint32_t iar[3];

static void interface_on(void)
{
    GICC(GICC_PMR) = 0xff;
    GICC(GICC_CTLR) = GICC_CTLR_ENABLEGRP0_MASK;
}

static uint32_t take(void)
{
    uint32_t value = GICC(GICC_IAR);

    GICC(GICC_EOIR) = value;
    return value;
}

/* An SGI arrives within some cycles. */
static uint32_t wait_and_take(void)
{
    uint32_t value;

    while (gicc_iar_get_intid(value = GICC(GICC_IAR)) == 1023)
        ;
    GICC(GICC_EOIR) = value;
    return value;
}

static void other(void)
{
    interface_on();
    meet();
    UNCACHED(iar[0]) = wait_and_take();
    GICD(GICD_SGIR) = 1u << 16 | 6;
    meet();
    GICD(GICD_SGIR) = FILTER_OTHERS | 7;
    (void)GICC(GICC_RPR);
    meet();
    UNCACHED(iar[1]) = take();
    GICD(GICD_SGIR) = FILTER_SELF | 8;
    UNCACHED(iar[2]) = wait_and_take();
    meet();
}

int main(void)
{
    uint32_t others, self;

    GICD(GICD_CTLR) = GICD_CTLR_ENABLEGRP0_MASK;
    interface_on();
    hart_start(1, other);
    meet();
    GICD(GICD_SGIR) = 2u << 16 | 5;
    self = wait_and_take();
    meet();
    others = wait_and_take();
    meet();
    meet();
    print_hex("hart 1: IAR", UNCACHED(iar[0]));
    print_hex("hart 0: IAR", self);
    print_hex("to all but the sender", others);
    print_hex("the sender has", UNCACHED(iar[1]));
    print_hex("to the sender alone", UNCACHED(iar[2]));
    print_hex("the other has", take());
    end();
}
