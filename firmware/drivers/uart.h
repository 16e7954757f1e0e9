/* The serial port. */
#ifndef AMAGIC_DRIVERS_UART_H
#define AMAGIC_DRIVERS_UART_H

/* Waits while the transmit buffer is full. */
void uart_putc(char byte);

/* The oldest byte that came, or -1. */
int uart_getc(void);

/* Waits until every byte has left. */
void uart_flush(void);

#endif
