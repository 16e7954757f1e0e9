/*
 * The guest's distributor, which the host emulates: control, type, enables, priorities in bytes,
 * halfwords and words, pending and active bits, and what is not there.
 *
 * Expected: status 0
 */
#include "guest_test.h"

#define PPI 20
#define SPI 40

static uint16_t read_half(uint32_t address)
{
    return *(volatile uint16_t *)(uintptr_t)address;
}

static void write_half(uint32_t address, uint16_t value)
{
    *(volatile uint16_t *)(uintptr_t)address = value;
}

void guest_interrupt(void)
{
    finish(__LINE__);
}

static void control_and_type(void)
{
    CHECK(guest_read(GUEST_GICD + GICD_CTLR) == 0);
    guest_write(GUEST_GICD + GICD_CTLR, 0xFFFFFFFF);
    CHECK(guest_read(GUEST_GICD + GICD_CTLR) == 3);
    guest_write(GUEST_GICD + GICD_CTLR, 0);
    CHECK(gicd_typer_get_cpunumber(guest_read(GUEST_GICD + GICD_TYPER)) == 0);
    CHECK(gicd_typer_get_itlinesnumber(guest_read(GUEST_GICD + GICD_TYPER)) == 1);
    CHECK(guest_read(GUEST_GICD + GICD_PIDR0 + 8) >> 4 == 2);
}

static void enables(void)
{
    CHECK(guest_read(GUEST_GICD + GICD_ISENABLER_AT(0)) == 0xFFFF);
    guest_write(GUEST_GICD + GICD_ISENABLER_AT(0), 1u << PPI);
    CHECK(guest_read(GUEST_GICD + GICD_ISENABLER_AT(0)) == (0xFFFF | 1u << PPI));
    CHECK(guest_read(GUEST_GICD + GICD_ICENABLER_AT(0)) == (0xFFFF | 1u << PPI));
    guest_write(GUEST_GICD + GICD_ICENABLER_AT(0), 0xFFFFFFFF);
    CHECK(guest_read(GUEST_GICD + GICD_ISENABLER_AT(0)) == 0xFFFF);
    guest_write(GUEST_GICD + GICD_ISENABLER_AT(1), 1u << (SPI - 32));
    CHECK(guest_read(GUEST_GICD + GICD_ISENABLER_AT(1)) == 1u << (SPI - 32));
    /* A narrow access reaches its own bytes. */
    guest_write_byte(GUEST_GICD + GICD_ICENABLER_AT(1), 0xFF);
    CHECK(guest_read(GUEST_GICD + GICD_ISENABLER_AT(1)) == 1u << (SPI - 32));
    CHECK(guest_read_byte(GUEST_GICD + GICD_ISENABLER_AT(1) + 1) == 1u << (SPI - 40));
    write_half(GUEST_GICD + GICD_ICENABLER_AT(1), 0xFFFF);
    CHECK(guest_read(GUEST_GICD + GICD_ISENABLER_AT(1)) == 0);
    CHECK(guest_read(GUEST_GICD + GICD_ISENABLER_AT(2)) == 0);
}

static void priorities(void)
{
    guest_write(GUEST_GICD + GICD_IPRIORITYR_AT(5), 0x20406080);
    CHECK(guest_read(GUEST_GICD + GICD_IPRIORITYR_AT(5)) == 0x20406080);
    CHECK(guest_read_byte(GUEST_GICD + GICD_IPRIORITYR + 22) == 0x40);
    CHECK(read_half(GUEST_GICD + GICD_IPRIORITYR + 22) == 0x2040);
    guest_write_byte(GUEST_GICD + GICD_IPRIORITYR + 21, 0xFF);
    CHECK(guest_read(GUEST_GICD + GICD_IPRIORITYR_AT(5)) == 0x2040F880);
    write_half(GUEST_GICD + GICD_IPRIORITYR + 20, 0x1018);
    CHECK(guest_read(GUEST_GICD + GICD_IPRIORITYR_AT(5)) == 0x20401018);
    CHECK(*(volatile int8_t *)(GUEST_GICD + GICD_IPRIORITYR + 20) == 0x18);
    guest_write_byte(GUEST_GICD + GICD_IPRIORITYR + 20, 0x80);
    CHECK(*(volatile int8_t *)(GUEST_GICD + GICD_IPRIORITYR + 20) == -128);
}

static void states(void)
{
    guest_write(GUEST_GICD + GICD_ISPENDR_AT(1), 1u << (SPI - 32));
    CHECK(gicd_bit(GICD_ISPENDR, SPI) && gicd_bit(GICD_ICPENDR, SPI));
    CHECK(!gicd_bit(GICD_ISACTIVER, SPI));
    guest_write(GUEST_GICD + GICD_ICPENDR_AT(1), 1u << (SPI - 32));
    CHECK(!gicd_bit(GICD_ISPENDR, SPI));
    guest_write(GUEST_GICD + GICD_ISACTIVER_AT(1), 1u << (SPI - 32));
    CHECK(gicd_bit(GICD_ISACTIVER, SPI) && gicd_bit(GICD_ICACTIVER, SPI));
    guest_write(GUEST_GICD + GICD_ICACTIVER_AT(1), 1u << (SPI - 32));
    CHECK(!gicd_bit(GICD_ISACTIVER, SPI));
    /* SGIs are made pending by SGIR, and by their own registers, a byte for each. */
    guest_write(GUEST_GICD + GICD_ISPENDR_AT(0), 1u << 5);
    CHECK(!gicd_bit(GICD_ISPENDR, 5));
    guest_write_byte(GUEST_GICD + GICD_SPENDSGIR + 5, 1);
    CHECK(gicd_bit(GICD_ISPENDR, 5));
    CHECK(guest_read(GUEST_GICD + GICD_SPENDSGIR_AT(1)) == 1u << 8);
    guest_write_byte(GUEST_GICD + GICD_CPENDSGIR + 5, 1);
    CHECK(!gicd_bit(GICD_ISPENDR, 5));
    guest_write(GUEST_GICD + GICD_SGIR, 2u << GICD_SGIR_TARGETLISTFILTER_SHIFT | 7);
    CHECK(gicd_bit(GICD_ISPENDR, 7));
    guest_write(GUEST_GICD + GICD_CPENDSGIR_AT(1), 0xFF000000);
    CHECK(guest_read(GUEST_GICD + GICD_ISPENDR_AT(0)) == 0);
}

static void triggers_and_targets(void)
{
    CHECK(guest_read(GUEST_GICD + GICD_ICFGR_AT(0)) == 0xAAAAAAAA);
    guest_write(GUEST_GICD + GICD_ICFGR_AT(1), 0xFFFFFFFF);
    CHECK(guest_read(GUEST_GICD + GICD_ICFGR_AT(1)) == 0x55555555);
    guest_write(GUEST_GICD + GICD_ICFGR_AT(2), 0x00020000);
    /* The button's is the hardware's, and edge. */
    CHECK(guest_read(GUEST_GICD + GICD_ICFGR_AT(2)) == 0x5557555D);
    guest_write(GUEST_GICD + GICD_ITARGETSR_AT(8), 0xFFFFFFFF);
    CHECK(guest_read(GUEST_GICD + GICD_ITARGETSR_AT(8)) == 0);
    CHECK(guest_read(GUEST_GICD + 0xFFC) == 0xB1);
    CHECK(guest_read(GUEST_GICD + 0xC80) == 0);
}

void guest_main(void)
{
    control_and_type();
    enables();
    priorities();
    states();
    triggers_and_targets();
    finish(0);
}
