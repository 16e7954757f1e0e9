#include "uart.h"

#include "mmio.h"
#include "platform.h"

void uart_putc(char byte)
{
    while (mmio_read(UART_BASE + UART_STATUS) & UART_STATUS_TXFULL_MASK)
        ;
    mmio_write(UART_BASE + UART_DATA, (uint8_t)byte);
}

int uart_getc(void)
{
    uint32_t data = mmio_read(UART_BASE + UART_DATA);

    return data & UART_DATA_VALID_MASK ? (int)(data & UART_DATA_DATA_MASK) : -1;
}

void uart_flush(void)
{
    while (!(mmio_read(UART_BASE + UART_STATUS) & UART_STATUS_TXIDLE_MASK))
        ;
}
