#include "semaphore.h"

#include "mmio.h"
#include "platform.h"

bool semaphore_try(uint32_t n)
{
    bool taken = HARTS == 1 || mmio_read(SYNC_BASE + SYNC_SEMAPHORE_AT(n));

    __asm__ volatile("" : : : "memory");
    return taken;
}

void semaphore_take(uint32_t n)
{
    while (!semaphore_try(n))
        ;
}

void semaphore_release(uint32_t n)
{
    __asm__ volatile("" : : : "memory");
    mmio_write(SYNC_BASE + SYNC_SEMAPHORE_AT(n), 0);
}
