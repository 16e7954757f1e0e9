/*
 * Two harts contend for one semaphore and count their turns in steps that the other could come
 * between: load, store. In 100,000 turns no count is lost; each finds the semaphore held many times.
 * The same without the semaphore loses counts, so that the test can fail.
 *
 * Expected output:
 *   without the semaphore, counts are lost 0x00000001
 *   turns 0x000186a0
 *   hart 0 had to wait 0x00000001
 *   hart 1 had to wait 0x00000001
 *   held at the end 0x00000000
 */
#include "two_harts.h"

#define SEMAPHORE 9

static uint32_t count, turns, guarded, waits[2];

static void take_turns(void)
{
    uint32_t mine = UNCACHED(turns), waited = 0;
    bool guard = UNCACHED(guarded);

    meet();
    for (uint32_t turn = 0; turn < mine; turn++) {
        while (guard && !semaphore_try(SEMAPHORE))
            waited++;
        UNCACHED(count) = UNCACHED(count) + 1;
        if (guard)
            semaphore_release(SEMAPHORE);
    }
    UNCACHED(waits[this_hart()]) = waited;
}

static uint32_t both_take(uint32_t each, bool guard)
{
    UNCACHED(count) = 0;
    UNCACHED(turns) = each;
    UNCACHED(guarded) = guard;
    hart_start(1, take_turns);
    take_turns();
    join();
    return UNCACHED(count);
}

int main(void)
{
    print_hex("without the semaphore, counts are lost", both_take(1000, false) < 2000);
    print_hex("turns", both_take(50000, true));
    print_hex("hart 0 had to wait", UNCACHED(waits[0]) > 1000);
    print_hex("hart 1 had to wait", UNCACHED(waits[1]) > 1000);
    print_hex("held at the end", REG(SYNC_BASE + SYNC_HELD));
    end();
}
