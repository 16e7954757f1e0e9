/* Ends and deactivates every INTID, none of which is active; among them the host's. */
#include "attack.h"

void guest_interrupt(void)
{
    acknowledge_and_end();
}

static void attack(void)
{
    guest_gic_init();
    guest_gic_enable(GUEST_VTIMER_INTID, 0x80);
    for (uint32_t round = 0; attacking(); round++) {
        guest_write(GUEST_GICC + GICV_CTLR,
                    GICV_CTLR_ENABLEGRP0_MASK | (round & 1 ? GICV_CTLR_EOIMODE_MASK : 0));
        for (uint32_t intid = 0; intid < 64; intid++) {
            guest_write(GUEST_GICC + GICV_EOIR, intid);
            guest_write(GUEST_GICC + GICV_AEOIR, intid);
            guest_write(GUEST_GICC + GICV_DIR, intid);
        }
    }
}
