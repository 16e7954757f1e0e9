/* The image of a guest over the serial port, in frames as link.h has them. */
#ifndef AMAGIC_LINK_IMAGE_H
#define AMAGIC_LINK_IMAGE_H

#include "lib/attributes.h"

#include <stdint.h>

enum link_received {
    LINK_RECEIVED,
    LINK_TOO_LONG, /* for the room that there is */
    LINK_MISSING,  /* a frame in its middle was damaged, or nothing came for a while */
};

/*
 * A frame of LINK_IMAGE has the offset of its bytes in the image, and these. One without any is the
 * end, and its offset the image's length.
 */
COLD void link_send_image(const void *bytes, uint32_t size);

/* Waits for the image's beginning as well. With LINK_RECEIVED all of it is at TO. */
COLD enum link_received link_receive_image(void *to, uint32_t room);

#endif
