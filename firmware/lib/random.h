/* Marsaglia's xorshift with 32 bits of state, which must not be 0 at the start. */
#ifndef AMAGIC_LIB_RANDOM_H
#define AMAGIC_LIB_RANDOM_H

#include <stdint.h>

static inline uint32_t random_next(uint32_t *state)
{
    uint32_t x = *state;

    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

#endif
