/*
 * The interrupt controller's operations: pending, active and masked can be set and read back, the
 * line only read, and a PPI of another hart not at all; list registers refuse what the architecture
 * forbids.
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
        CHECK(!irqchip_get_state(SPI, IRQCHIP_LINE));
        CHECK(!irqchip_get_state(SPI + 1, which[i]) || which[i] == IRQCHIP_MASKED);
        irqchip_set_state(SPI, which[i], false);
        CHECK(!irqchip_get_state(SPI, which[i]));
    }
    CHECK(!irqchip_get_state(SPI, IRQCHIP_LINE));
    irqchip_set_state(SPI, IRQCHIP_LINE, true);
    CHECK(!irqchip_get_state(SPI, IRQCHIP_LINE) && !irqchip_get_state(SPI, IRQCHIP_PENDING));
}

/* Every case in which a state cannot be had says which; nothing is changed then. */
static void errors(void)
{
    bool value = true;

    CHECK(irqchip_get_state_of(0, 27, IRQCHIP_ACTIVE, &value) == IRQCHIP_OK && !value);
    CHECK(irqchip_set_state_of(0, 27, IRQCHIP_ACTIVE, true) == IRQCHIP_OK);
    CHECK(irqchip_get_state_of(0, 27, IRQCHIP_ACTIVE, &value) == IRQCHIP_OK && value);
    value = false;
    CHECK(irqchip_get_state_of(1, 27, IRQCHIP_ACTIVE, &value) == IRQCHIP_OTHER_HART && !value);
    CHECK(irqchip_set_state_of(1, 27, IRQCHIP_ACTIVE, false) == IRQCHIP_OTHER_HART);
    CHECK(irqchip_get_state(27, IRQCHIP_ACTIVE));
    irqchip_set_state(27, IRQCHIP_ACTIVE, false);
    /* An SPI is every hart's. */
    CHECK(irqchip_set_state_of(1, SPI, IRQCHIP_PENDING, true) == IRQCHIP_OK);
    CHECK(irqchip_get_state_of(1, SPI, IRQCHIP_PENDING, &value) == IRQCHIP_OK && value);
    irqchip_set_state(SPI, IRQCHIP_PENDING, false);
    CHECK(irqchip_set_state_of(0, SPI, IRQCHIP_LINE, true) == IRQCHIP_READ_ONLY);
    CHECK(irqchip_set_state_of(0, 3, IRQCHIP_PENDING, true) == IRQCHIP_READ_ONLY);
    CHECK(irqchip_get_state_of(0, 3, IRQCHIP_LINE, &value) == IRQCHIP_BAD_INTID);
    CHECK(irqchip_get_state_of(0, 1020, IRQCHIP_ACTIVE, &value) == IRQCHIP_BAD_INTID);
    CHECK(irqchip_set_state_of(0, 1023, IRQCHIP_ACTIVE, true) == IRQCHIP_BAD_INTID);
}

/* False, and the list register is as it was, when it is refused. */
static bool written(const struct virtual_interrupt *irq)
{
    uint32_t word;

    if (!irqchip->encode_lr(irq, &word))
        return false;
    irqchip->load_lr(0, word);
    return true;
}

static void list_registers(void)
{
    const struct virtual_interrupt good = {
        .vintid = 27, .pintid = 27, .priority = 0x80, .pending = true, .hw = true};
    struct virtual_interrupt bad = good;

    CHECK(written(&good));
    CHECK(irqchip->lr_state(irqchip->read_lr(0)) == IRQCHIP_LR_PENDING);
    bad.active = true;
    CHECK(!written(&bad));
    bad = good;
    bad.eoi_maintenance = true;
    CHECK(!written(&bad));
    bad = good;
    bad.vintid = 3;
    CHECK(!written(&bad));
    bad = good;
    bad.pintid = 3;
    CHECK(!written(&bad));
    CHECK(irqchip->lr_state(irqchip->read_lr(0)) == IRQCHIP_LR_PENDING);
    bad = (struct virtual_interrupt){.vintid = 3, .pending = true, .active = true};
    CHECK(written(&bad));
    CHECK(irqchip->lr_state(irqchip->read_lr(0)) == (IRQCHIP_LR_PENDING | IRQCHIP_LR_ACTIVE));
    irqchip->clear_lr(0);
    CHECK(irqchip->lr_state(irqchip->read_lr(0)) == 0);
}

int main(void)
{
    irqchip->init();
    states();
    errors();
    list_registers();
    report("irqchip");
}
