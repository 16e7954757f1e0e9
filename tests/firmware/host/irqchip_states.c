/*
 * The interrupt controller's operations: pending, active and masked can be set and read back, the
 * line only read; list registers refuse what the architecture forbids.
 *
 * Expected output:
 *   irqchip: 0 wrong
 */
#include "host_test.h"

#define SPI 40

static void states(void)
{
    static const enum irqchip_state which[] = {IRQCHIP_PENDING, IRQCHIP_ACTIVE, IRQCHIP_MASKED};

    irqchip_set_state(SPI, IRQCHIP_MASKED, false);
    for (unsigned i = 0; i < 3; i++) {
        CHECK(!irqchip_get_state(SPI, which[i]));
        irqchip_set_state(SPI, which[i], true);
        for (unsigned j = 0; j < 3; j++)
            CHECK(irqchip_get_state(SPI, which[j]) == (i == j));
        CHECK(!irqchip_get_state(SPI + 1, which[i]) || which[i] == IRQCHIP_MASKED);
        irqchip_set_state(SPI, which[i], false);
        CHECK(!irqchip_get_state(SPI, which[i]));
    }
    CHECK(!irqchip_get_state(SPI, IRQCHIP_LINE));
    irqchip_set_state(SPI, IRQCHIP_LINE, true);
    CHECK(!irqchip_get_state(SPI, IRQCHIP_LINE) && !irqchip_get_state(SPI, IRQCHIP_PENDING));
}

static void list_registers(void)
{
    const struct virtual_interrupt good = {
        .vintid = 27, .pintid = 27, .priority = 0x80, .pending = true, .hw = true};
    struct virtual_interrupt bad = good;

    CHECK(irqchip->write_lr(0, &good));
    CHECK(irqchip->read_lr_state(0) == IRQCHIP_LR_PENDING);
    bad.active = true;
    CHECK(!irqchip->write_lr(0, &bad));
    bad = good;
    bad.eoi_maintenance = true;
    CHECK(!irqchip->write_lr(0, &bad));
    bad = good;
    bad.vintid = 3;
    CHECK(!irqchip->write_lr(0, &bad));
    bad = good;
    bad.pintid = 3;
    CHECK(!irqchip->write_lr(0, &bad));
    CHECK(irqchip->read_lr_state(0) == IRQCHIP_LR_PENDING);
    bad = (struct virtual_interrupt){.vintid = 3, .pending = true, .active = true};
    CHECK(irqchip->write_lr(0, &bad));
    CHECK(irqchip->read_lr_state(0) == (IRQCHIP_LR_PENDING | IRQCHIP_LR_ACTIVE));
    irqchip->clear_lr(0);
    CHECK(irqchip->read_lr_state(0) == 0);
}

int main(void)
{
    irqchip->init();
    states();
    list_registers();
    report("irqchip");
}
