#include "hart.h"

#include "cache.h"
#include "drivers/doorbell.h"

/* Of start.S. */
extern uintptr_t hart_entry[HARTS];

bool hart_parked(unsigned hart)
{
    return hart != 0 && hart < HARTS && UNCACHED(hart_entry[hart]) == 0;
}

bool hart_start(unsigned hart, void (*entry)(void))
{
    if (!hart_parked(hart))
        return false;
    UNCACHED(hart_entry[hart]) = (uintptr_t)entry;
    doorbell_ring(hart);
    return true;
}
