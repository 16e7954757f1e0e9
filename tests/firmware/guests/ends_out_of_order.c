/*
 * A guest ends two nested interrupts in the wrong order. Both become inactive, on the physical
 * side too, and the ticks go on.
 *
 * Expected: status 0 ticks 6
 */
#include "guest_test.h"

#define TICKS 6
#define PERIOD 6007
#define SGI 3

static uint64_t deadline;
static volatile uint32_t ticks;

void guest_interrupt(void)
{
    uint32_t tick = guest_gic_acknowledge(), sgi;

    CHECK(tick == GUEST_VTIMER_INTID);
    next_deadline(&deadline, PERIOD, ticks == TICKS - 1);
    guest_write(GUEST_GICD + GICD_SGIR, 1u << GICD_SGIR_CPUTARGETLIST_SHIFT | SGI);
    sgi = guest_gic_acknowledge();
    CHECK(sgi == SGI);
    if (ticks % 2)
        guest_yield();
    guest_gic_end(tick);
    CHECK(!gicd_bit(GICD_ISACTIVER, GUEST_VTIMER_INTID));
    CHECK(gicd_bit(GICD_ISACTIVER, SGI));
    guest_gic_end(sgi);
    CHECK(!gicd_bit(GICD_ISACTIVER, SGI));
    ticks++;
}

void guest_main(void)
{
    guest_gic_init();
    guest_gic_enable(GUEST_VTIMER_INTID, 0x80);
    guest_gic_enable(SGI, 0x40);
    take_ticks(&deadline, PERIOD, &ticks, TICKS);
}
