/* The serial port. */
#ifndef AMAGIC_DRIVERS_UART_H
#define AMAGIC_DRIVERS_UART_H

#include <stdint.h>

/* Waits while the transmit buffer is full. */
void uart_putc(char byte);

/* The oldest byte that came, or -1. */
int uart_getc(void);

/* Waits until every byte has left. */
void uart_flush(void);

/* The registers as they are. Reading DATA takes a byte. */
uint32_t uart_read_data(void);
uint32_t uart_read_status(void);
void uart_clear_status(uint32_t bits);
uint32_t uart_read_enables(void);
void uart_write_enables(uint32_t value);

#endif
