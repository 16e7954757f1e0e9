#include "doorbell.h"

#include "mmio.h"
#include "platform.h"

void doorbell_ring(unsigned hart)
{
    __asm__ volatile("" : : : "memory");
    mmio_write(SYNC_BASE + SYNC_RING, 1u << hart);
}

uint32_t doorbell_answer(void)
{
    uint32_t rung = mmio_read(SYNC_BASE + SYNC_DOORBELL);

    mmio_write(SYNC_BASE + SYNC_DOORBELL, rung);
    /* The interrupt is gone when this returns: stores are posted. */
    (void)mmio_read(SYNC_BASE + SYNC_DOORBELL);
    return rung;
}
