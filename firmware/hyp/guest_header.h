/* The header of a guest's image: what is right in it. */
#ifndef AMAGIC_HYP_GUEST_HEADER_H
#define AMAGIC_HYP_GUEST_HEADER_H

#include "guests/guest_abi.h"

#include <stdint.h>

/* The offset of the word that is wrong, or -1. A guest can have RAM_MAX bytes of memory. */
int guest_header_wrong(const struct guest_header *header, uint32_t ram_max);

#endif
