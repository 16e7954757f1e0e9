/*
 * A guest with split end of interrupt (EOImode 1) ends each interrupt at once and deactivates it
 * later, with world switches in between. With more active interrupts than list registers DIR is
 * trapped and emulated. The ticks go on.
 *
 * Expected: status 0 ticks 4
 * At least: overflows 4
 * List registers: 1 2 4
 */
#include "guest_test.h"

#define SGIS 6
#define TICKS 4

static volatile uint64_t deadline;
static volatile uint32_t ticks, sgis;

static void deactivate(uint32_t acknowledged)
{
    guest_write(GUEST_GICC + GICV_DIR, acknowledged);
    (void)guest_read(GUEST_GICC + GICV_RPR);
}

/* Every SGI is ended here and left active; guest_main() deactivates them. */
void guest_interrupt(void)
{
    uint32_t acknowledged = guest_gic_acknowledge();

    if (acknowledged >= 1020)
        return;
    guest_gic_end(acknowledged);
    if (acknowledged != GUEST_VTIMER_INTID) {
        CHECK(acknowledged == sgis + 1);
        sgis++;
        return;
    }
    CHECK(guest_timer_count() >= deadline);
    guest_timer_off();
    guest_yield();
    CHECK(gicd_bit(GICD_ISACTIVER, GUEST_VTIMER_INTID));
    ticks++;
}

void guest_main(void)
{
    guest_gic_init();
    guest_write(GUEST_GICC + GICV_CTLR, GICV_CTLR_ENABLEGRP0_MASK | GICV_CTLR_EOIMODE_MASK);
    guest_gic_enable(GUEST_VTIMER_INTID, 0x40);
    for (uint32_t sgi = 1; sgi <= SGIS; sgi++)
        guest_gic_enable(sgi, 0x80);
    guest_unmask();
    for (uint32_t round = 0; round < TICKS; round++) {
        deadline = start_timer(500);
        while (ticks == round)
            ;
        sgis = 0;
        for (uint32_t sgi = 1; sgi <= SGIS; sgi++) {
            guest_write_byte(GUEST_GICD + GICD_SPENDSGIR + sgi, 1);
            while (sgis < sgi)
                ;
        }
        CHECK(guest_read(GUEST_GICD + GICD_ISACTIVER_AT(0)) == (0x7E | 1u << GUEST_VTIMER_INTID));
        deactivate(3);
        CHECK(!gicd_bit(GICD_ISACTIVER, 3));
        if (round % 2)
            guest_yield();
        deactivate(GUEST_VTIMER_INTID);
        for (uint32_t sgi = SGIS; sgi; sgi--)
            if (sgi != 3)
                deactivate(sgi);
        CHECK(guest_read(GUEST_GICD + GICD_ISACTIVER_AT(0)) == 0);
    }
    finish_with(0, ticks, 0);
}
