/*
 * The receiver's interrupt is forwarded to the guest that owns it, as a level-sensitive SPI: bytes
 * arrive once and in order, in whatever world the line rose. They come faster than a guest can take
 * them whose accesses are emulated: what is lost is reported so. The line is resampled at each end.
 * What is the host's in the port's page reads 0 and ignores writes.
 *
 * The test sends the characters from ! to ~, over and over.
 *
 * Expected: status 0 ticks 30 withdrawn 0
 * At least: forwarded 10
 */
#include "guest_test.h"

#define BYTES 30
#define AT_ONCE 3
#define FIRST '!'
#define LAST '~'

static volatile uint32_t received;
static uint32_t interrupts, expected;

static void clear_lost(void)
{
    guest_write(GUEST_UART + UART_STATUS, UART_STATUS_RXLOST_MASK);
}

static bool lost(void)
{
    return guest_read(GUEST_UART + UART_STATUS) & UART_STATUS_RXLOST_MASK;
}

static void receive(void)
{
    bool may_differ = received == 0 || lost();
    uint32_t data = guest_read(GUEST_UART + UART_DATA), byte = data & UART_DATA_DATA_MASK;

    CHECK(data & UART_DATA_VALID_MASK);
    CHECK(byte >= FIRST && byte <= LAST);
    CHECK(byte == expected || may_differ);
    expected = byte == LAST ? FIRST : byte + 1;
    received++;
}

void guest_interrupt(void)
{
    uint32_t acknowledged = guest_gic_acknowledge();

    CHECK(acknowledged == GUEST_UART_INTID);
    CHECK(gicd_bit(GICD_ISACTIVER, GUEST_UART_INTID));
    CHECK(guest_read(GUEST_UART + UART_STATUS) & UART_STATUS_RXVALID_MASK);
    CHECK(guest_read(GUEST_GICD + GICD_SPISR_AT(0)) & 1);
    for (uint32_t i = 0; i < AT_ONCE && received < BYTES; i++)
        receive();
    if (++interrupts % 4 == 3)
        guest_yield(); /* out while it is active */
    if (received == BYTES)
        guest_write(GUEST_UART + UART_INTENABLE, 0);
    guest_gic_end(acknowledged);
}

static void hosts_part(void)
{
    CHECK(guest_read(GUEST_UART + UART_DIVISOR) == 0);
    guest_write(GUEST_UART + UART_DIVISOR, 5);
    guest_write(GUEST_UART + UART_DATA, '?');
    guest_write(GUEST_UART + UART_INTENABLE, 0xFFFFFFFF);
    CHECK(guest_read(GUEST_UART + UART_INTENABLE) == UART_INTENABLE_RXVALID_MASK);
    CHECK(guest_read_byte(GUEST_UART + UART_INTENABLE) == 0);
    CHECK(!(guest_read(GUEST_UART + UART_STATUS) & UART_STATUS_TXIDLE_MASK));
    while (!lost())
        ;
    clear_lost();
}

void guest_main(void)
{
    guest_gic_init();
    CHECK(guest_read(GUEST_GICD + GICD_ICFGR_AT(2)) == 0x5555555D); /* the button is edge */
    guest_gic_enable(GUEST_UART_INTID, 0x80);
    hosts_part();
    guest_unmask();
    while (received < BYTES)
        ;
    guest_mask();
    CHECK(guest_gic_acknowledge() == 1023); /* masked at the device, its line is low */
    CHECK(!gicd_bit(GICD_ISPENDR, GUEST_UART_INTID));
    finish_with(0, received, 0);
}
