/*
 * Where what host and guests print goes. In a simulation whose bench sees the probe itself, that is
 * the serial port as it is. On a board, with HYP_LINK, the serial port is the link, and carries the
 * probe's records as well.
 */
#ifndef AMAGIC_HYP_CONSOLE_H
#define AMAGIC_HYP_CONSOLE_H

#include "drivers/uart.h"
#include "link/link.h"

#ifndef HYP_LINK
#define HYP_LINK 0
#endif

static inline void console_putc(char byte)
{
    if (HYP_LINK)
        link_putc(byte);
    else
        uart_putc(byte);
}

#endif
