/*
 * The link: what a board says to the machine at the other end of its serial line, in frames.
 *
 * A frame is its type, a sequence number of 16 bits that counts frames, a payload, and the CRC-32
 * of all that (IEEE 802.3). Numbers have their least significant byte first. On the line it is
 * stuffed (COBS) so that no byte of it is 0, and stands between two bytes of 0: whoever listens in
 * the middle, or after noise, finds the next one. The other side is boards/amagic_boards/board_test.
 */
#ifndef AMAGIC_LINK_LINK_H
#define AMAGIC_LINK_LINK_H

#include "lib/attributes.h"

#include <stdint.h>

/* Of what is sent on this link, all types together. */
#define LINK_VERSION 2

/* Bytes of payload in a frame, at most; the whole frame then needs no more than one byte of COBS
 * for each of its bytes of 0, and one. */
#define LINK_PAYLOAD 240

enum link_type {
    LINK_HELLO = 1, /* version, state (enum link_state), then as in session.c */
    LINK_TEST = 2,  /* one self-test: see selftest.c */
    LINK_TRACE = 3, /* records of the probe: see trace.c */
    LINK_TEXT = 4,  /* what host and guests print */
    LINK_IMAGE = 6, /* a part of a guest that moves: image.h */
    LINK_END = 5,   /* the run is over: result, events dropped, records unread, records sent */
};

/* One frame at a time: open it, put its payload, close it, which sends it. */
COLD void link_open(enum link_type type);
COLD void link_byte(uint8_t byte);
COLD void link_word(uint32_t word);
COLD void link_text(const char *text); /* without its end */
COLD void link_close(void);

/* Bytes that the open frame still has room for. */
COLD unsigned link_room(void);

/* Text, a frame a line. */
COLD void link_putc(char byte);

#endif
