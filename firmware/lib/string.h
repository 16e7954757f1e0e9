#ifndef AMAGIC_LIB_STRING_H
#define AMAGIC_LIB_STRING_H

#include <stddef.h>
#include <stdint.h>

void *memset(void *to, int byte, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memcpy(void *restrict to, const void *restrict from, size_t size);
int strcmp(const char *one, const char *other);

#endif
