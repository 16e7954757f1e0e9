/*
 * A guest that gives nothing away is switched out at the end of its time slices, the straight way
 * (hyp/switch.h). Its registers, its CPU interface and its timer are as it left them, though those of
 * its neighbour differ.
 *
 * Expected: status 0
 * At least: straight 8
 */
#include "guest_registers.h"

#define CYCLES 100000

DEFINE_GENERAL_REGISTERS(registers_after_a_while, "li a7, 500\n 1: addi a7, a7, -1\n bnez a7, 1b\n")

void guest_interrupt(void)
{
    finish(__LINE__);
}

void guest_main(void)
{
    struct core_state state = set_core_state();
    uint32_t ctlr = GICV_CTLR_ENABLEGRP0_MASK | GICV_CTLR_CBPR_MASK;
    uint64_t end = guest_timer_count() + CYCLES, far = end + CYCLES;

    guest_gic_init();
    guest_gic_enable(GUEST_VTIMER_INTID, 0x80);
    guest_write(GUEST_GICC + GICV_PMR, 0x58);
    guest_write(GUEST_GICC + GICV_BPR, 5);
    guest_write(GUEST_GICC + GICV_CTLR, ctlr);
    guest_timer_set_compare(far);
    guest_timer_on();
    for (uint64_t now = 0, then; now < end; now = then) {
        CHECK(registers_after_a_while() == 0);
        then = guest_timer_count();
        CHECK(then > now);
        CHECK(guest_read(GUEST_GICC + GICV_PMR) == 0x58);
        CHECK(guest_read(GUEST_GICC + GICV_BPR) == 5);
        CHECK(guest_read(GUEST_GICC + GICV_CTLR) == ctlr);
        CHECK(guest_timer_compare() == far);
        CHECK(!guest_timer_expired());
        check_core_state(state);
    }
    finish(0);
}
