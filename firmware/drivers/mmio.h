/*
 * Access to device registers. The core posts stores: one has reached its device only when a later
 * load from any device has returned.
 */
#ifndef AMAGIC_DRIVERS_MMIO_H
#define AMAGIC_DRIVERS_MMIO_H

#include <stdint.h>

static inline uint32_t mmio_read(uint32_t address)
{
    return *(volatile uint32_t *)(uintptr_t)address;
}

static inline void mmio_write(uint32_t address, uint32_t value)
{
    *(volatile uint32_t *)(uintptr_t)address = value;
}

static inline void mmio_write_byte(uint32_t address, uint8_t value)
{
    *(volatile uint8_t *)(uintptr_t)address = value;
}

#endif
