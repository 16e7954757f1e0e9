/*
 * Data in cached memory, under a semaphore: with dcache_invalidate() behind each take nothing is
 * lost.
 *
 * Expected output:
 *   turns 0x00000fa0
 *   both the same 0x00000001
 */
#include "two_harts.h"

#define SEMAPHORE 0

static volatile uint32_t count, other; /* two lines apart would do as well */
static uint32_t turns;

static void take_turns(void)
{
    uint32_t mine = UNCACHED(turns);

    meet();
    for (uint32_t turn = 0; turn < mine; turn++) {
        semaphore_take(SEMAPHORE);
        dcache_invalidate();
        count = count + 1;
        other = other + 1;
        semaphore_release(SEMAPHORE);
    }
}

static uint32_t both_take(uint32_t each)
{
    UNCACHED(count) = UNCACHED(other) = 0;
    UNCACHED(turns) = each;
    dcache_invalidate();
    hart_start(1, take_turns);
    take_turns();
    join();
    return UNCACHED(count);
}

int main(void)
{
    print_hex("turns", both_take(2000));
    print_hex("both the same", UNCACHED(count) == UNCACHED(other));
    end();
}
