/* What a compiler may call on its own. Built with -fno-builtin, or these would call themselves. */
#include "string.h"

void *memset(void *to, int byte, size_t size)
{
    uint8_t *p = to;

    while (size--)
        *p++ = (uint8_t)byte;
    return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    uint8_t *p = to;
    const uint8_t *q = from;

    while (size--)
        *p++ = *q++;
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    uint8_t *p = to;
    const uint8_t *q = from;

    if ((uintptr_t)p <= (uintptr_t)q)
        return memcpy(to, from, size);
    while (size--)
        p[size] = q[size];
    return to;
}

int strcmp(const char *one, const char *other)
{
    while (*one && *one == *other) {
        one++;
        other++;
    }
    return (unsigned char)*one - (unsigned char)*other;
}
