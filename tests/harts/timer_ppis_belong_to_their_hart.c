/*
 * Frames 0 and 1 are hart 0's virtual and physical timer, frames 2 and 3 hart 1's. Each raises PPI
 * 27 or 30 of its hart and none of the other's, both harts see the same count, and PPIs of both are
 * enabled, taken and ended apart.
 *
 * Expected output:
 *   frames: hart 0's lines, hart 1's lines
 *   frame 0 0x08000000
 *    0x00000000
 *   frame 1 0x40000000
 *    0x00000000
 *   frame 2 0x00000000
 *    0x08000000
 *   frame 3 0x00000000
 *    0x40000000
 *   hart 1's enables 0x48000000
 *   hart 0's enables 0x00000000
 *   hart 1 takes 0x0000001b
 *   hart 0 takes 0x000003ff
 *   active for hart 1 0x08000000
 *   active for hart 0 0x00000000
 *   the counts are one 0x00000001
 */
#include "two_harts.h"

#define PPIS (1u << 27 | 1u << 30)

static uint32_t lines, enabled, iar, active, count;

static void timer_on(uint32_t frame)
{
    if (frame % 2)
        CNT(frame, CNTBASE_CNTP_CTL) = CNTBASE_CNTP_CTL_ENABLE_MASK;
    else
        CNT(frame, CNTBASE_CNTV_CTL) = CNTBASE_CNTV_CTL_ENABLE_MASK;
    (void)CNT(frame, CNTBASE_CNTP_CTL);
}

static void timer_off(uint32_t frame)
{
    CNT(frame, CNTBASE_CNTP_CTL) = 0;
    CNT(frame, CNTBASE_CNTV_CTL) = 0;
    (void)CNT(frame, CNTBASE_CNTP_CTL);
}

static void tell_lines(void)
{
    UNCACHED(lines) = GICD(GICD_PPISR) << 16;
}

static void take(void)
{
    GICC(GICC_PMR) = 0xff;
    GICC(GICC_CTLR) = GICC_CTLR_ENABLEGRP0_MASK;
    GICD(GICD_ISENABLER) = PPIS;
    UNCACHED(enabled) = GICD(GICD_ISENABLER) & PPIS;
    UNCACHED(count) = now();
    timer_on(2);
    while ((UNCACHED(iar) = GICC(GICC_IAR)) == 1023)
        ;
    UNCACHED(active) = GICD(GICD_ISACTIVER);
}

int main(void)
{
    uint32_t before;

    counter_on();
    print("frames: hart 0's lines, hart 1's lines\n");
    for (uint32_t frame = 0; frame < 4; frame++) {
        char label[] = "frame 0";

        label[6] += (char)frame;
        timer_on(frame);
        print_hex(label, GICD(GICD_PPISR) << 16);
        on_hart_1(tell_lines);
        print_hex("", UNCACHED(lines));
        timer_off(frame);
    }
    GICD(GICD_CTLR) = GICD_CTLR_ENABLEGRP0_MASK;
    GICC(GICC_PMR) = 0xff;
    GICC(GICC_CTLR) = GICC_CTLR_ENABLEGRP0_MASK;
    GICD(GICD_ICENABLER) = PPIS;
    before = now();
    on_hart_1(take);
    print_hex("hart 1's enables", UNCACHED(enabled));
    print_hex("hart 0's enables", GICD(GICD_ISENABLER) & PPIS);
    print_hex("hart 1 takes", UNCACHED(iar));
    print_hex("hart 0 takes", GICC(GICC_IAR));
    print_hex("active for hart 1", UNCACHED(active));
    print_hex("active for hart 0", GICD(GICD_ISACTIVER));
    print_hex("the counts are one", UNCACHED(count) - before < now() - before);
    end();
}
