/*
 * More interrupts are pending than there are list registers, the timer's among them. Each is taken
 * exactly once, in the order of priority, with a refill after each underflow.
 *
 * Expected: status 0 ticks 4
 * At least: maintenance 4 overflows 4
 * At least with 1: maintenance 40 ends 24
 * List registers: 1 2 4
 */
#include "guest_test.h"

#define COUNT 9 /* SGIs 1 to 8, and the timer */

static volatile uint32_t taken;
static uint32_t order[COUNT];

void guest_interrupt(void)
{
    uint32_t acknowledged = guest_gic_acknowledge();
    uint32_t intid = gicv_iar_get_intid(acknowledged);

    if (intid >= 1020)
        return;
    CHECK(taken < COUNT);
    order[taken++] = intid;
    if (intid == GUEST_VTIMER_INTID)
        guest_timer_off();
    guest_gic_end(acknowledged);
}

void guest_main(void)
{
    guest_gic_init();
    guest_gic_enable(GUEST_VTIMER_INTID, 0x40); /* between the SGIs 4 and 5 */
    for (uint32_t sgi = 1; sgi <= 8; sgi++)
        guest_gic_enable(sgi, (uint8_t)(0x80 - sgi * 0x10 + (sgi < 5 ? 8 : 0)));
    for (uint32_t round = 0; round < 4; round++) {
        taken = 0;
        wait_until(start_timer(300));
        for (uint32_t sgi = 1; sgi <= 8; sgi++)
            guest_write_byte(GUEST_GICD + GICD_SPENDSGIR + sgi, 1);
        while (!gicd_bit(GICD_ISPENDR, GUEST_VTIMER_INTID))
            ;
        if (round % 2)
            guest_yield();
        guest_unmask();
        while (taken < COUNT)
            ;
        guest_mask();
        for (uint32_t i = 0; i < COUNT; i++)
            CHECK(order[i] == (i < 4 ? 8 - i : i == 4 ? GUEST_VTIMER_INTID : 9 - i));
        CHECK(guest_read(GUEST_GICD + GICD_ISPENDR_AT(0)) == 0);
        CHECK(guest_read(GUEST_GICD + GICD_ISACTIVER_AT(0)) == 0);
    }
    finish_with(0, 4, 0);
}
