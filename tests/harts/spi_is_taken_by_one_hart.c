/*
 * An SPI whose target is both harts is signalled to both and acknowledged by one; the other reads
 * 1023. Acknowledged, and its priority dropped, on one hart, it is deactivated on the other.
 *
 * Expected output:
 *   rounds 0x00000064
 *   taken by both 0x00000000
 *   taken by neither 0x00000000
 *   both harts took some 0x00000001
 *   active, acknowledged by hart 1 0x00000001
 *   active, after hart 0's DIR 0x00000000
 *   hart 0 takes the next 0x00000028
 */
#include "two_harts.h"

#define SPI 40
#define ROUNDS 100u

static uint32_t iar[2];

static void interface_on(void)
{
    GICC(GICC_PMR) = 0xff;
    GICC(GICC_CTLR) = GICC_CTLR_ENABLEGRP0_MASK | GICC_CTLR_EOIMODE_MASK;
}

static uint32_t active(void)
{
    return GICD(GICD_ISACTIVER_AT(SPI / 32)) >> SPI % 32 & 1;
}

static void set_pending(void)
{
    GICD(GICD_ISPENDR_AT(SPI / 32)) = 1u << SPI % 32;
    (void)GICD(GICD_ISPENDR_AT(SPI / 32));
}

/* Both harts at once; this one's delay changes who is first. */
static void race(uint32_t delay)
{
    meet();
    for (volatile uint32_t i = 0; i < delay; i++)
        ;
    UNCACHED(iar[this_hart()]) = GICC(GICC_IAR);
    meet();
}

static void other(void)
{
    interface_on();
    for (uint32_t round = 0; round < ROUNDS; round++) {
        race(2);
        if (UNCACHED(iar[1]) == SPI)
            GICC(GICC_EOIR) = SPI;
        meet(); /* hart 0 completes it */
    }
    meet();
    UNCACHED(iar[1]) = GICC(GICC_IAR);
    GICC(GICC_EOIR) = SPI;
    (void)GICC(GICC_RPR);
    meet();
}

int main(void)
{
    uint32_t twice = 0, lost = 0, taken[2] = {0, 0};

    GICD(GICD_CTLR) = GICD_CTLR_ENABLEGRP0_MASK;
    REG(GIC_BASE + 0x1000 + GICD_ITARGETSR + (SPI & ~3u)) = 0x03030303;
    GICD(GICD_ISENABLER_AT(SPI / 32)) = 1u << SPI % 32;
    interface_on();
    hart_start(1, other);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        bool mine, theirs;

        set_pending();
        race(round % 5);
        mine = UNCACHED(iar[0]) == SPI;
        theirs = UNCACHED(iar[1]) == SPI;
        twice += mine && theirs;
        lost += (!mine && UNCACHED(iar[0]) != 1023) || (!theirs && UNCACHED(iar[1]) != 1023);
        lost += !mine && !theirs;
        taken[0] += mine;
        taken[1] += theirs;
        if (mine)
            GICC(GICC_EOIR) = SPI;
        meet();
        GICC(GICC_DIR) = SPI;
        (void)GICC(GICC_RPR);
    }
    print_hex("rounds", taken[0] + taken[1]);
    print_hex("taken by both", twice);
    print_hex("taken by neither", lost);
    print_hex("both harts took some", taken[0] && taken[1]);

    set_pending();
    meet();
    meet();
    print_hex("active, acknowledged by hart 1", active() && UNCACHED(iar[1]) == SPI);
    GICC(GICC_DIR) = SPI;
    (void)GICC(GICC_RPR);
    print_hex("active, after hart 0's DIR", active());
    set_pending();
    print_hex("hart 0 takes the next", GICC(GICC_IAR));
    end();
}
