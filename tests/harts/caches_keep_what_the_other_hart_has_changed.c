/*
 * Hart 0 changes data and code that hart 1 has cached. Hart 1 sees the new data past its cache, and
 * in its cache after dcache_invalidate(), which fence.i is not; the new code it sees after fence.i,
 * which dcache_invalidate() is not.
 *
 * Expected output:
 *   data, cached 0x00000001
 *   data, uncached 0x00000002
 *   data, after fence.i 0x00000001
 *   data, after dcache_invalidate() 0x00000002
 *   code, cached 0x00000005
 *   code, after dcache_invalidate() 0x00000005
 *   code, after fence.i 0x00000007
 *   bytes of both harts in one word 0x44332211
 */
#include "two_harts.h"

#define RETURN 0x00008067u /* ret */

static uint32_t line[8] __attribute__((aligned(32))) = {1};
static uint32_t code[2] __attribute__((aligned(32))) = {0x00500513 /* li a0, 5 */, RETURN};
static uint32_t seen[7];
static volatile union {
    uint32_t word;
    uint8_t byte[4];
} shared;

static uint32_t call(void)
{
    return ((uint32_t(*)(void))(uintptr_t)code)();
}

static uint32_t load(void)
{
    return *(volatile uint32_t *)line;
}

static void look(void)
{
    (void)load();
    (void)call();
    (void)shared.word;
    meet(); /* hart 0 writes */
    meet();
    UNCACHED(seen[0]) = load();
    UNCACHED(seen[1]) = UNCACHED(line[0]);
    UNCACHED(seen[4]) = call();
    dcache_invalidate();
    UNCACHED(seen[3]) = load();
    UNCACHED(seen[5]) = call();
    fence_i();
    UNCACHED(seen[6]) = call();
    meet(); /* hart 0 writes again */
    meet();
    fence_i();
    UNCACHED(seen[2]) = load() - 1;
    shared.byte[1] = 0x22; /* a part of a line that is old in this hart's cache */
    shared.byte[3] = 0x44;
}

int main(void)
{
    static const char *const labels[] = {
        "data, cached",        "data, uncached",
        "data, after fence.i", "data, after dcache_invalidate()",
        "code, cached",        "code, after dcache_invalidate()",
        "code, after fence.i",
    };

    hart_start(1, look);
    meet();
    *(volatile uint32_t *)line = 2;
    *(volatile uint32_t *)code = 0x00700513; /* li a0, 7 */
    meet();
    meet();
    *(volatile uint32_t *)line = 3;
    shared.byte[0] = 0x11;
    shared.byte[2] = 0x33;
    meet();
    join();
    for (uint32_t n = 0; n < 7; n++)
        print_hex(labels[n], UNCACHED(seen[n]));
    print_hex("bytes of both harts in one word", UNCACHED(shared.word));
    end();
}
