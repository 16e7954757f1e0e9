/*
 * Hart 0 changes data and code that hart 1 has cached. Hart 1 sees the new data past its cache, and
 * in its cache after dcache_invalidate(), which fence.i is not; the new code it sees after fence.i,
 * which dcache_invalidate() is not.
 *
 * What is looked at lies half a cache away from the code that looks, and from its stack: neither
 * drives it out, wherever this program lies.
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

#define CACHE_SIZE 4096u /* of either cache; an address has one place in it */
#define LINE_SIZE 32u
#define RETURN_5 0x00500513u /* li a0, 5 */
#define RETURN_7 0x00700513u /* li a0, 7 */
#define RETURN 0x00008067u   /* ret */

typedef uint8_t room_t[CACHE_SIZE] __attribute__((aligned(LINE_SIZE)));
typedef volatile struct {
    uint32_t value;
    union {
        uint32_t word;
        uint8_t byte[4];
    } shared;
} data_t;
typedef volatile uint32_t code_t[2];

static room_t data_room, code_room;
static data_t *data;
static code_t *code;
static uint32_t seen[7];

/* The line of ROOM that is half a cache away from PLACE. */
static void *opposite(room_t room, const void *place)
{
    uintptr_t distance = (uintptr_t)place + CACHE_SIZE / 2 - (uintptr_t)room;

    return room + distance % CACHE_SIZE / LINE_SIZE * LINE_SIZE;
}

/* Behind it comes no fence.i for a while: the core decodes what stands behind a call until it jumps,
 * and a fence.i empties the cache when it is decoded. */
static inline uint32_t call(code_t *its)
{
    uint32_t value = ((uint32_t(*)(void))(uintptr_t)its)();

    __asm__ volatile("nop\n nop\n nop\n nop");
    return value;
}

/* All that it calls is in it: it is one piece of code, much smaller than half a cache. */
__attribute__((flatten)) static void look(void)
{
    data_t *mine = opposite(data_room, __builtin_frame_address(0));
    code_t *its = opposite(code_room, (const void *)(uintptr_t)look);

    UNCACHED(mine->value) = 1;
    UNCACHED((*its)[0]) = RETURN_5;
    UNCACHED((*its)[1]) = RETURN;
    UNCACHED(data) = mine;
    UNCACHED(code) = its;
    fence_i();
    (void)mine->value;
    (void)call(its);
    meet(); /* hart 0 writes */
    meet();
    UNCACHED(seen[0]) = mine->value;
    UNCACHED(seen[1]) = UNCACHED(mine->value);
    UNCACHED(seen[4]) = call(its);
    dcache_invalidate();
    UNCACHED(seen[3]) = mine->value;
    UNCACHED(seen[5]) = call(its);
    fence_i();
    UNCACHED(seen[6]) = call(its);
    meet(); /* hart 0 writes again */
    meet();
    fence_i();
    UNCACHED(seen[2]) = mine->value - 1;
    mine->shared.byte[1] = 0x22; /* a part of a line that is old in this hart's cache */
    mine->shared.byte[3] = 0x44;
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
    UNCACHED(data)->value = 2;
    (*UNCACHED(code))[0] = RETURN_7;
    meet();
    meet();
    UNCACHED(data)->value = 3;
    UNCACHED(data)->shared.byte[0] = 0x11;
    UNCACHED(data)->shared.byte[2] = 0x33;
    meet();
    join();
    for (uint32_t n = 0; n < 7; n++)
        print_hex(labels[n], UNCACHED(seen[n]));
    print_hex("bytes of both harts in one word", UNCACHED(UNCACHED(data)->shared.word));
    end();
}
