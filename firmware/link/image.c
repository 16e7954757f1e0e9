#include "image.h"

#include "drivers/uart.h"
#include "lib/crc32.h"
#include "lib/string.h"
#include "link.h"

#include <stdbool.h>
#include <stddef.h>

#define HEADER 3
#define CRC_SIZE 4
#define OFFSET_SIZE 4

/* Looks at the serial port without a byte: some 100 ms. */
#define PATIENCE 200000

COLD void link_send_image(const void *bytes, uint32_t size)
{
    const uint8_t *at = bytes;
    uint32_t sent = 0;

    for (;;) {
        link_open(LINK_IMAGE);
        link_word(sent);
        if (sent == size)
            break;
        while (link_room() && sent < size)
            link_byte(at[sent++]);
        link_close();
    }
    link_close();
}

/* A frame as it comes: without its stuffing, and summed up byte by byte, since the serial port
 * keeps few bytes. */
struct incoming {
    uint8_t bytes[HEADER + LINK_PAYLOAD + CRC_SIZE];
    unsigned length;
    uint32_t crc;
    unsigned run;    /* bytes until the next one that stands for a byte of 0 */
    bool zero_after; /* this run ends with a byte of 0 */
    bool too_long;
};

static COLD void begin(struct incoming *frame)
{
    frame->length = frame->crc = frame->run = 0;
    frame->zero_after = frame->too_long = false;
}

static COLD void take(struct incoming *frame, uint8_t byte)
{
    if (frame->length == sizeof(frame->bytes)) {
        frame->too_long = true;
        return;
    }
    frame->bytes[frame->length++] = byte;
    frame->crc = crc32(frame->crc, &byte, 1);
}

/* One byte of the line. True when a frame is whole. */
static COLD bool feed(struct incoming *frame, uint8_t byte)
{
    bool whole;

    if (byte) {
        if (frame->run) {
            frame->run--;
            take(frame, byte);
            return false;
        }
        if (frame->zero_after)
            take(frame, 0);
        frame->run = byte - 1u;
        frame->zero_after = true;
        return false;
    }
    whole = frame->length >= HEADER + CRC_SIZE && !frame->run && !frame->too_long &&
            frame->crc == CRC32_RESIDUE;
    return whole;
}

static uint32_t word_at(const uint8_t *bytes)
{
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static COLD bool next_frame(struct incoming *frame)
{
    begin(frame);
    for (unsigned look = 0; look < PATIENCE; look++) {
        int byte = uart_getc();

        if (byte < 0)
            continue;
        look = 0;
        if (feed(frame, (uint8_t)byte))
            return true;
        if (!byte)
            begin(frame);
    }
    return false;
}

COLD enum link_received link_receive_image(void *to, uint32_t room)
{
    static struct incoming frame;
    uint32_t received = 0;

    while (next_frame(&frame)) {
        unsigned size = frame.length - HEADER - CRC_SIZE;
        const uint8_t *payload = frame.bytes + HEADER;

        if (frame.bytes[0] != LINK_IMAGE || size < OFFSET_SIZE)
            continue;
        if (word_at(payload) != received)
            return LINK_MISSING;
        size -= OFFSET_SIZE;
        if (!size)
            return LINK_RECEIVED;
        if (size > room - received)
            return LINK_TOO_LONG;
        memcpy((uint8_t *)to + received, payload + OFFSET_SIZE, size);
        received += size;
    }
    return LINK_MISSING;
}
