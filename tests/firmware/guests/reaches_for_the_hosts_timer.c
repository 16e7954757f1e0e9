/*
 * A guest reaches for the physical timer in its timer page. It is not stopped, and gains nothing:
 * access control is the architecture's answer here. CNTEL0ACR leaves the page's physical timer and
 * count, and every register of the first view, RES0: they read 0, and ignore what is written. (The
 * host's own timer is in a page that the guest does not have.)
 *
 * Expected: status 0
 */
#include "guest_test.h"

#define ROUNDS 50

void guest_interrupt(void)
{
}

static void reach(void)
{
    guest_write(GUEST_TIMER + CNTEL0BASE_CNTP_CVAL_AT(0), 1);
    guest_write(GUEST_TIMER + CNTEL0BASE_CNTP_CVAL_AT(1), 0);
    guest_write(GUEST_TIMER + CNTEL0BASE_CNTP_CTL, CNTEL0BASE_CNTP_CTL_ENABLE_MASK);
    CHECK(guest_read(GUEST_TIMER + CNTEL0BASE_CNTP_CTL) == 0);
    CHECK(guest_read(GUEST_TIMER + CNTEL0BASE_CNTP_CVAL_AT(0)) == 0);
    CHECK(guest_read(GUEST_TIMER + CNTEL0BASE_CNTP_CVAL_AT(1)) == 0);
    guest_write(GUEST_TIMER + CNTEL0BASE_CNTP_TVAL, 1);
    CHECK(guest_read(GUEST_TIMER + CNTEL0BASE_CNTP_TVAL) == 0);
    CHECK(guest_read(GUEST_TIMER + CNTEL0BASE_CNTPCT_AT(0)) == 0);
    CHECK(guest_read(GUEST_TIMER + CNTEL0BASE_CNTPCT_AT(1)) == 0);
    /* Not even where the first view has its access control and the offset. */
    guest_write(GUEST_TIMER + CNTBASE_CNTEL0ACR, 0xFFFFFFFF);
    CHECK(guest_read(GUEST_TIMER + CNTBASE_CNTEL0ACR) == 0);
    guest_write(GUEST_TIMER + CNTBASE_CNTVOFF_AT(0), 0xFFFFFFFF);
    CHECK(guest_read(GUEST_TIMER + CNTBASE_CNTVOFF_AT(0)) == 0);
    CHECK(guest_timer_count() != 0);
}

void guest_main(void)
{
    for (uint32_t round = 0; round < ROUNDS; round++)
        reach();
    finish(0);
}
