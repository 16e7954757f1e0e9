/*
 * Data in cached memory, under a semaphore: with dcache_invalidate() behind each take nothing is
 * lost; without it a hart counts on from what it has cached.
 *
 * Expected output:
 *   without invalidation, counts are lost 0x00000001
 *   turns 0x00000fa0
 *   both the same 0x00000001
 */
#include "two_harts.h"

#define SEMAPHORE 0

static volatile uint32_t count, other; /* two lines apart would do as well */
static uint32_t turns, invalidate;

static void take_turns(void)
{
    uint32_t mine = UNCACHED(turns), fresh = UNCACHED(invalidate);

    meet();
    for (uint32_t turn = 0; turn < mine; turn++) {
        semaphore_take(SEMAPHORE);
        if (fresh)
            dcache_invalidate();
        count = count + 1;
        other = other + 1;
        semaphore_release(SEMAPHORE);
    }
}

static uint32_t both_take(uint32_t each, bool fresh)
{
    UNCACHED(count) = UNCACHED(other) = 0;
    UNCACHED(turns) = each;
    UNCACHED(invalidate) = fresh;
    dcache_invalidate();
    hart_start(1, take_turns);
    take_turns();
    join();
    return UNCACHED(count);
}

int main(void)
{
    print_hex("without invalidation, counts are lost", both_take(500, false) < 1000);
    print_hex("turns", both_take(2000, true));
    print_hex("both the same", UNCACHED(count) == UNCACHED(other));
    end();
}
