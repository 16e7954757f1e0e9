/*
 * Hart 0 runs main() and hart 1 waits until it is given something to run, each time anew; mhartid
 * and the GIC's CPU number are 0 and 1. A hart that is not there, that is not parked, or hart 0
 * itself cannot be started.
 *
 * Expected output:
 *   hart 0: mhartid 0x00000000
 *   its target bit 0x01010101
 *   hart 1 is parked 0x00000001
 *   hart 1: mhartid 0x00000001
 *   its target bit 0x02020202
 *   stacks apart 0x00000001
 *   started while it runs 0x00000000
 *   runs 0x00000003
 *   hart 0 started 0x00000000
 *   hart 2 started 0x00000000
 */
#include "two_harts.h"

static uint32_t id, target, stack, runs, go;

static void tell(void)
{
    uint32_t here;

    UNCACHED(id) = this_hart();
    UNCACHED(target) = GICD(GICD_ITARGETSR);
    UNCACHED(stack) = (uintptr_t)&here;
    UNCACHED(runs)++;
}

static void wait(void)
{
    while (!UNCACHED(go))
        ;
    tell();
}

int main(void)
{
    uint32_t here;

    print_hex("hart 0: mhartid", this_hart());
    print_hex("its target bit", GICD(GICD_ITARGETSR));
    for (volatile int i = 0; i < 1000; i++)
        ;
    print_hex("hart 1 is parked", hart_parked(1) && !UNCACHED(runs));
    on_hart_1(tell);
    print_hex("hart 1: mhartid", UNCACHED(id));
    print_hex("its target bit", UNCACHED(target));
    print_hex("stacks apart", ((uintptr_t)&here - UNCACHED(stack) + 4096) > 8192);
    on_hart_1(tell);
    hart_start(1, wait);
    print_hex("started while it runs", hart_start(1, tell));
    UNCACHED(go) = 1;
    join();
    print_hex("runs", UNCACHED(runs));
    print_hex("hart 0 started", hart_start(0, tell));
    print_hex("hart 2 started", hart_start(2, tell));
    end();
}
