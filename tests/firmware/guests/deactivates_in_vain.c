/*
 * Without split end of interrupt (EOImode 0) a write to GICV_DIR does nothing: not in the hardware,
 * and not when the host carries it out because active interrupts are outside the list registers.
 * It is the mode at that moment that counts.
 *
 * Expected: status 0 ticks 2
 * At least with 2: overflows 2
 * List registers: 2 4
 */
#include "guest_test.h"

#define DEPTH 3 /* SGIs 1 to 3 on top of the timer's interrupt */
#define TICKS 2
#define PERIOD 60013
#define ALL_ACTIVE (0xEu | 1u << GUEST_VTIMER_INTID)

static uint64_t deadline;
static volatile uint32_t ticks;

static uint32_t all_active(void)
{
    return guest_read(GUEST_GICD + GICD_ISACTIVER_AT(0));
}

static void deactivate(uint32_t intid)
{
    guest_write(GUEST_GICC + GICV_DIR, intid);
    (void)guest_read(GUEST_GICC + GICV_RPR);
}

static void split_eoi(bool split)
{
    guest_write(GUEST_GICC + GICV_CTLR,
                GICV_CTLR_ENABLEGRP0_MASK | (split ? GICV_CTLR_EOIMODE_MASK : 0));
}

void guest_interrupt(void)
{
    uint32_t tick = guest_gic_acknowledge();

    if (tick >= 1020)
        return;
    CHECK(tick == GUEST_VTIMER_INTID);
    next_deadline(&deadline, PERIOD, ticks == TICKS - 1);
    for (uint32_t level = 1; level <= DEPTH; level++) {
        guest_write_byte(GUEST_GICD + GICD_SPENDSGIR + level, 1);
        while (guest_gic_acknowledge() != level)
            ;
    }
    CHECK(all_active() == ALL_ACTIVE);
    deactivate(tick);
    for (uint32_t level = 1; level <= DEPTH; level++)
        deactivate(level);
    CHECK(all_active() == ALL_ACTIVE);
    CHECK(guest_read(GUEST_GICC + GICV_DIR) == 0);
    split_eoi(true);
    deactivate(2);
    CHECK(all_active() == (ALL_ACTIVE & ~(1u << 2)));
    split_eoi(false);
    deactivate(1);
    CHECK(all_active() == (ALL_ACTIVE & ~(1u << 2)));
    for (uint32_t level = DEPTH; level; level--) {
        guest_gic_end(level);
        guest_note(level);
    }
    guest_gic_end(tick);
    CHECK(all_active() == 0);
    CHECK(guest_read(GUEST_GICC + GICV_RPR) == 0xFF);
    ticks++;
}

void guest_main(void)
{
    guest_gic_init();
    enable_nest(DEPTH);
    take_ticks(&deadline, PERIOD, &ticks, TICKS);
}
