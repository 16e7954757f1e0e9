/* Firmware for test_soc_timer.py: every timer of both frames on, one after another, and the lines. */
#include "test.h"

static void lines(void)
{
    print_hex("PPISR", GICD(GICD_PPISR));
    print_hex("SPISR", GICD(GICD_SPISR_AT(0)));
}

int main(void)
{
    counter_on();
    lines();
    for (uint32_t frame = 0; frame < 2; frame++) {
        CNT(frame, CNTBASE_CNTP_CTL) = CNTBASE_CNTP_CTL_ENABLE_MASK;
        lines();
        CNT(frame, CNTBASE_CNTV_CTL) = CNTBASE_CNTV_CTL_ENABLE_MASK;
        lines();
    }
    end();
}
