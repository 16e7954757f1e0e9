/* The CRC-32 of IEEE 802.3, as zlib's crc32() has it. */
#ifndef AMAGIC_LIB_CRC32_H
#define AMAGIC_LIB_CRC32_H

#include <stdint.h>

/* Of COUNT bytes more, after those whose CRC-32 is CRC; that of no bytes is 0. */
uint32_t crc32(uint32_t crc, const void *bytes, uint32_t count);

/* That of any bytes and their own CRC-32 behind them, the lowest byte first. */
#define CRC32_RESIDUE 0x2144DF1Cu

#endif
