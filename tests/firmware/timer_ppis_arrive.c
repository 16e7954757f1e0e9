/*
 * Frame 0's virtual timer is PPI 27 and frame 1's physical timer PPI 30, level-sensitive: each
 * arrives at its compare value, not before it, and stays pending until the timer lets go.
 *
 * Expected output:
 *   virtual timer of frame 0 0x0000001b
 *   early 0x00000000
 *   pending until disabled 0x00000001
 *   physical timer of frame 1 0x0000001e
 *   early 0x00000000
 *   pending until disabled 0x00000001
 *   nothing more 0x000003ff
 */
#include "test.h"

static volatile uint32_t due, interrupts;

void trap(struct trap_frame *frame)
{
    uint32_t time = now(), iar = GICC(GICC_IAR), intid = gicc_iar_get_intid(iar);
    uint32_t before, after;

    (void)frame;
    print_hex(intid == 27 ? "virtual timer of frame 0" : "physical timer of frame 1", intid);
    print_hex("early", (int32_t)(time - due) < 0);
    before = GICD(GICD_ISPENDR) >> intid & 1;
    CNT(0, CNTBASE_CNTV_CTL) = 0;
    CNT(1, CNTBASE_CNTP_CTL) = 0;
    (void)CNT(1, CNTBASE_CNTP_CTL);
    for (volatile int i = 0; i < 10; i++)
        ;
    after = GICD(GICD_ISPENDR) >> intid & 1;
    print_hex("pending until disabled", before && !after);
    GICC(GICC_EOIR) = iar;
    (void)GICC(GICC_RPR);
    interrupts++;
}

int main(void)
{
    traps_on();
    counter_on();
    host_interrupts_on();
    GICD(GICD_ISENABLER) = 1u << 27 | 1u << 30;

    due = now() + 3000;
    CNT(0, CNTBASE_CNTV_CVAL_AT(0)) = due;
    CNT(0, CNTBASE_CNTV_CVAL_AT(1)) = 0;
    CNT(0, CNTBASE_CNTV_CTL) = CNTBASE_CNTV_CTL_ENABLE_MASK;
    while (interrupts < 1)
        ;
    due = now() + 3000;
    CNT(1, CNTBASE_CNTP_CVAL_AT(0)) = due;
    CNT(1, CNTBASE_CNTP_CVAL_AT(1)) = 0;
    CNT(1, CNTBASE_CNTP_CTL) = CNTBASE_CNTP_CTL_ENABLE_MASK;
    while (interrupts < 2)
        ;
    print_hex("nothing more", GICC(GICC_IAR));
    end();
}
