/*
 * The physical timer in the guest's timer page is out of its reach: it reads 0 and keeps nothing,
 * and the physical count cannot be read.
 *
 * Expected: status 0
 */
#include "guest_test.h"

void guest_interrupt(void)
{
}

void guest_main(void)
{
    guest_write(GUEST_TIMER + CNTEL0BASE_CNTP_CVAL_AT(0), 0x12345678);
    guest_write(GUEST_TIMER + CNTEL0BASE_CNTP_CVAL_AT(1), 0);
    guest_write(GUEST_TIMER + CNTEL0BASE_CNTP_TVAL, 1);
    guest_write(GUEST_TIMER + CNTEL0BASE_CNTP_CTL, CNTEL0BASE_CNTP_CTL_ENABLE_MASK);
    CHECK(guest_read(GUEST_TIMER + CNTEL0BASE_CNTP_CTL) == 0);
    CHECK(guest_read(GUEST_TIMER + CNTEL0BASE_CNTP_CVAL_AT(0)) == 0);
    CHECK(guest_read(GUEST_TIMER + CNTEL0BASE_CNTP_TVAL) == 0);
    CHECK(guest_read(GUEST_TIMER + CNTEL0BASE_CNTPCT_AT(0)) == 0);
    CHECK(guest_timer_count() != 0);
    /* Not even where the first view has its access control and the offset. */
    guest_write(GUEST_TIMER + CNTBASE_CNTEL0ACR, 0xFFFFFFFF);
    CHECK(guest_read(GUEST_TIMER + CNTEL0BASE_CNTPCT_AT(0)) == 0);
    CHECK(guest_read(GUEST_TIMER + CNTBASE_CNTVOFF_AT(0)) == 0);
    finish(0);
}
