/*
 * An SPI goes to one of its targets: to the first that comes in while it is pending, and to no
 * other until it is folded back; a pending one moves with GICD_ITARGETSR, an active one stays, and
 * any virtual CPU can deactivate it.
 *
 * Expected output:
 *   SPIs: 0 wrong
 */
#include "vgic_test.h"

#define BIT (1u << SPI % 32)
#define TARGETS (GICD_ITARGETSR + SPI)

static struct vgic_cpu *const zero = &cpus[0], *const one = &cpus[1];

static void targets_of(uint8_t targets)
{
    write_gicd_byte(zero, TARGETS, targets);
}

static void set_pending(struct vgic_cpu *cpu)
{
    write_gicd(cpu, GICD_ISPENDR_AT(1), BIT);
}

static void finish(struct vgic_cpu *cpu)
{
    CHECK(acknowledge() == SPI);
    end_of_interrupt(SPI);
    exit_and_enter(cpu);
    CHECK(acknowledge() == NOTHING && dist.busy == 0);
}

static void target_registers(void)
{
    CHECK(read_gicd(zero, GICD_ITARGETSR_AT(0)) == 0x01010101);
    CHECK(read_gicd(one, GICD_ITARGETSR_AT(7)) == 0x02020202);
    write_gicd(one, GICD_ITARGETSR_AT(7), 0xFFFFFFFF);
    CHECK(read_gicd(one, GICD_ITARGETSR_AT(7)) == 0x02020202);
    CHECK(read_gicd(zero, GICD_ITARGETSR_AT(SPI / 4)) == 0);
    write_gicd(zero, GICD_ITARGETSR_AT(SPI / 4), 0xFF020100);
    CHECK(read_gicd(one, GICD_ITARGETSR_AT(SPI / 4)) == 0x03020100);
    CHECK(gicd_typer_get_cpunumber(read_gicd(zero, GICD_TYPER)) == 1);
    write_gicd(zero, GICD_ITARGETSR_AT(SPI / 4), 0);
}

static void to_nobody_without_a_target(void)
{
    set_pending(zero);
    CHECK(acknowledge() == NOTHING);
    switch_to(zero, one);
    CHECK(acknowledge() == NOTHING);
    targets_of(2);
    vgic_flush_hwstate(one);
    finish(one);
    switch_to(one, zero);
}

static void to_its_only_target(void)
{
    targets_of(2);
    set_pending(zero);
    CHECK(acknowledge() == NOTHING);
    switch_to(zero, one);
    finish(one);
    switch_to(one, zero);
}

/* Zero has it in a list register and does not take it; folded back, it is one's. */
static void to_the_next_when_it_is_not_taken(void)
{
    targets_of(3);
    set_pending(zero);
    CHECK(dist.spi[SPI - 32].owner == 0 && zero->used_lrs);
    vgic_flush_hwstate(one); /* as on another hart: it is offered to no other */
    CHECK(one->used_lrs == 0);
    switch_to(zero, one);
    CHECK(dist.spi[SPI - 32].owner == 1);
    finish(one);
    CHECK(dist.spi[SPI - 32].owner == VGIC_NOBODY);
    switch_to(one, zero);
}

static void pending_moves_with_its_targets(void)
{
    targets_of(1);
    set_pending(zero);
    CHECK(GICV(GICV_HPPIR) == SPI);
    targets_of(2);
    exit_and_enter(zero);
    CHECK(acknowledge() == NOTHING && zero->used_lrs == 0);
    switch_to(zero, one);
    finish(one);
    switch_to(one, zero);
}

/* Active on zero: it is neither zero's again nor one's until it is ended, whatever the targets. */
static void active_stays(void)
{
    targets_of(3);
    set_pending(zero);
    CHECK(acknowledge() == SPI);
    exit_and_enter(zero);
    set_pending(zero);
    targets_of(2);
    exit_and_enter(zero);
    CHECK(acknowledge() == NOTHING);
    switch_to(zero, one);
    CHECK(acknowledge() == NOTHING && read_gicd(one, GICD_ISACTIVER_AT(1)) == BIT);
    CHECK(read_gicd(one, GICD_ISPENDR_AT(1)) == BIT);
    switch_to(one, zero);
    end_of_interrupt(SPI);
    CHECK(acknowledge() == NOTHING); /* it is one's by now */
    exit_and_enter(zero);
    switch_to(zero, one);
    finish(one);
    switch_to(one, zero);
}

/* Acknowledged and dropped on zero, deactivated on one: with ICACTIVER, and with a trapped DIR. */
static void completed_on_another(void)
{
    targets_of(1);
    for (unsigned way = 0; way < 2; way++) {
        GICV(GICV_CTLR) = GICV_CTLR_ENABLEGRP0_MASK | GICV_CTLR_EOIMODE_MASK;
        set_pending(zero);
        CHECK(acknowledge() == SPI);
        end_of_interrupt(SPI);
        CHECK(vgic_traps_dir(one));
        switch_to(zero, one);
        CHECK(read_gicd(one, GICD_ISACTIVER_AT(1)) == BIT);
        if (way == 0) {
            write_gicd(one, GICD_ICACTIVER_AT(1), BIT);
        } else {
            vgic_lock(&dist); /* what emulate.c does for a DIR */
            vgic_set_active(one, vgic_irq(one, SPI), false);
            vgic_unlock(&dist);
        }
        vgic_flush_hwstate(one);
        switch_to(one, zero);
        CHECK(read_gicd(zero, GICD_ISACTIVER_AT(1)) == 0 && zero->used_lrs == 0);
        set_pending(zero);
        CHECK(acknowledge() == SPI);
        end_of_interrupt(SPI);
        deactivate(SPI);
        exit_and_enter(zero);
        CHECK(dist.busy == 0);
    }
    GICV(GICV_CTLR) = GICV_CTLR_ENABLEGRP0_MASK;
}

int main(void)
{
    start_vm(2, 0);
    write_gicd(zero, GICD_ISENABLER_AT(1), BIT);
    target_registers();
    to_nobody_without_a_target();
    to_its_only_target();
    to_the_next_when_it_is_not_taken();
    pending_moves_with_its_targets();
    active_stays();
    completed_on_another();
    report("SPIs");
}
