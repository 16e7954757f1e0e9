#include "link.h"

#include "drivers/uart.h"
#include "lib/crc32.h"

#include <stdbool.h>

#define HEADER 3
#define CRC_SIZE 4

static uint8_t frame[HEADER + LINK_PAYLOAD + CRC_SIZE];
static unsigned length;
static uint16_t sequence;
static bool text_is_open;

void link_open(enum link_type type)
{
    frame[0] = (uint8_t)type;
    frame[1] = (uint8_t)sequence;
    frame[2] = (uint8_t)(sequence >> 8);
    sequence++;
    length = HEADER;
}

void link_byte(uint8_t byte)
{
    frame[length++] = byte;
}

void link_word(uint32_t word)
{
    for (unsigned shift = 0; shift < 32; shift += 8)
        link_byte((uint8_t)(word >> shift));
}

void link_text(const char *text)
{
    while (*text && link_room())
        link_byte((uint8_t)*text++);
}

unsigned link_room(void)
{
    return HEADER + LINK_PAYLOAD - length;
}

void link_close(void)
{
    unsigned from = 0;

    link_word(crc32(0, frame, length));
    uart_putc(0);
    do {
        unsigned zero = from;

        while (zero < length && frame[zero])
            zero++;
        uart_putc((char)(zero - from + 1));
        for (; from < zero; from++)
            uart_putc((char)frame[from]);
        from++;
    } while (from <= length);
    uart_putc(0);
}

void link_putc(char byte)
{
    if (!text_is_open)
        link_open(LINK_TEXT);
    text_is_open = true;
    link_byte((uint8_t)byte);
    if (byte == '\n' || !link_room()) {
        link_close();
        text_is_open = false;
    }
}
