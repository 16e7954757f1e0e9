/*
 * The receiver's interrupt is a level: as long as a byte waits it is taken again, at each end. A byte
 * an interrupt, in order, and none is lost, however close they come.
 *
 * The test sends BYTES characters, from ! on.
 *
 * Expected: status 0 spurious 0 withdrawn 0 maintenance 0
 */
#include "guest_test.h"

#ifndef BYTES
#define BYTES 16
#endif
#define FIRST '!'

static volatile uint32_t received;

void guest_interrupt(void)
{
    uint32_t acknowledged = guest_gic_acknowledge(), data;

    CHECK(acknowledged == GUEST_UART_INTID);
    data = guest_read(GUEST_UART + UART_DATA);
    CHECK(data == (UART_DATA_VALID_MASK | (FIRST + received)));
    received++;
    guest_gic_end(acknowledged);
}

void guest_main(void)
{
    guest_gic_init();
    guest_gic_enable(GUEST_UART_INTID, 0x80);
    guest_write(GUEST_UART + UART_INTENABLE, UART_INTENABLE_RXVALID_MASK);
    guest_unmask();
    while (received < BYTES)
        ;
    wait_until(guest_timer_count() + 2000); /* in which one too many would come */
    guest_mask();
    CHECK(!(guest_read(GUEST_UART + UART_STATUS) & UART_STATUS_RXLOST_MASK));
    CHECK(received == BYTES && guest_gic_acknowledge() == 1023);
    finish_with(0, received, 0);
}
