#include "harts.h"

#include "arch/riscv/cache.h"
#include "arch/riscv/csr.h"
#include "drivers/doorbell.h"
#include "drivers/mmio.h"
#include "drivers/semaphore.h"
#include "lib/attributes.h"
#include "platform.h"

#define HOST_SEMAPHORE 0

struct hart harts[HARTS];

static uint32_t last; /* the hart that was in the host last; uncached, as it is read before the rest */

HOT void harts_lock(void)
{
    unsigned me = this_hart();
    bool waited = false, other;

    while (!semaphore_try(HOST_SEMAPHORE))
        waited = true;
    other = UNCACHED(last) != me;
    if (other) {
        UNCACHED(last) = me;
        dcache_invalidate();
    }
    harts[me].waits += waited;
    harts[me].others += other;
    if (csr_read(mip) >> INTERRUPT_MSI & 1) {
        doorbell_answer();
        harts[me].kicks++;
    }
}

HOT void harts_unlock(void)
{
    semaphore_release(HOST_SEMAPHORE);
}

COLD void harts_lock_for_good(void)
{
    if (!(mmio_read(SYNC_BASE + SYNC_MINE) >> HOST_SEMAPHORE & 1))
        semaphore_take(HOST_SEMAPHORE);
}
