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
    uint32_t data = uart_read_data();

    return data & UART_DATA_VALID_MASK ? (int)(data & UART_DATA_DATA_MASK) : -1;
}

void uart_flush(void)
{
    while (!(mmio_read(UART_BASE + UART_STATUS) & UART_STATUS_TXIDLE_MASK))
        ;
}

uint32_t uart_read_data(void)
{
    return mmio_read(UART_BASE + UART_DATA);
}

uint32_t uart_read_status(void)
{
    return mmio_read(UART_BASE + UART_STATUS);
}

void uart_clear_status(uint32_t bits)
{
    mmio_write(UART_BASE + UART_STATUS, bits);
}

uint32_t uart_read_enables(void)
{
    return mmio_read(UART_BASE + UART_INTENABLE);
}

void uart_write_enables(uint32_t value)
{
    mmio_write(UART_BASE + UART_INTENABLE, value);
}
