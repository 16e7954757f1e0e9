#include "uart.h"

#include "mmio.h"
#include "platform.h"

void uart_putc(char byte)
{
    while (mmio_read(UART_BASE + UART_STATUS) & UART_STATUS_TXFULL_MASK)
        ;
    mmio_write(UART_BASE + UART_DATA, (uint8_t)byte);
}

void uart_flush(void)
{
    while (!(mmio_read(UART_BASE + UART_STATUS) & UART_STATUS_TXIDLE_MASK))
        ;
}
