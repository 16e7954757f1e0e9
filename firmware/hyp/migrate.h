/*
 * Guests that move. One leaves as an image (image.h), which lies in the memory of a slot that has no
 * guest, or goes over the serial port; from such a slot it goes on, in this host or in another.
 *
 * A guest leaves while its world is out, on every hart: it was stopped at the end of a time slice,
 * so after any of its instructions, and all its state is in memory. To it no time passes until it
 * goes on: what its timer was to do is done as much later. Its interrupts come along as they are,
 * queued, active, or spilled; no physical interrupt stays active behind it. A guest that has a
 * device for itself does not leave.
 *
 * An image is checked as a whole before anything is changed. One that is refused leaves the slot,
 * and every guest, as it was.
 *
 * When what is to happen is said by migrate_orders, which whoever loads the host may change. Each
 * order has its answer on the console, before anything else is done:
 *
 *     AMAGIC-MIGRATE out|in|send|receive from N to N ok|ERROR ...
 */
#ifndef AMAGIC_HYP_MIGRATE_H
#define AMAGIC_HYP_MIGRATE_H

#include "image.h"
#include "platform.h"
#include "vm.h"

#include <stdbool.h>
#include <stdint.h>

/* A host of 64 KiB has no room for all this. */
#define HYP_MIGRATE (HOST_RAM_SIZE > 0x10000)

enum migrate_what {
    MIGRATE_END,
    MIGRATE_OUT,     /* the guest FROM, into the memory of slot TO */
    MIGRATE_IN,      /* the image in the memory of slot TO, which goes on there */
    MIGRATE_SEND,    /* the image in the memory of slot TO, over the serial port */
    MIGRATE_RECEIVE, /* an image, over the serial port, into the memory of slot TO */
};

#define MIGRATE_ORDERS 64

struct migrate_order {
    uint32_t after; /* cycles since the last one was carried out; of the first, since 0 */
    uint8_t what;
    uint8_t from;
    uint8_t to;
    uint8_t unused;
};

extern const volatile struct migrate_order migrate_orders[MIGRATE_ORDERS];

void migrate_begin(void);

extern bool migrate_ordered;

/* Whether there is an order to come: in most runs there is none. */
static inline bool migrate_is_ordered(void)
{
    return HYP_MIGRATE && migrate_ordered;
}

/* The cycles until the next order, when these are fewer than CYCLES; else CYCLES. */
uint32_t migrate_within(uint32_t cycles);

/* An order's time has come; and all of those are carried out, while no world is in. */
bool migrate_is_due(void);
void migrate_do(void);

/* Whether the slot has no guest; and whether an image is in its memory with which this host can go
 * on. */
enum image_error migrate_check_free(unsigned slot);
enum image_error migrate_check(unsigned slot);

/* The guest's image into the memory of slot TO, which has no guest. Then it has left. */
enum image_error migrate_out(struct vm *vm, unsigned to);

/* The guest whose image is in the slot's memory goes on in it. */
enum image_error migrate_in(unsigned slot);

#endif
