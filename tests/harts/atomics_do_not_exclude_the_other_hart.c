/*
 * Why there are semaphores: amoadd.w and lr.w/sc.w of two harts on one word lose counts, which
 * those of a single hart do not.
 *
 * Expected output:
 *   amoadd.w, one hart 0x000003e8
 *   amoadd.w, two harts, all there 0x00000000
 *   lr.w and sc.w, one hart 0x000003e8
 *   lr.w and sc.w, two harts, all there 0x00000000
 */
#include "two_harts.h"

#define TURNS 1000u

static uint32_t word;

static void amoadd(void)
{
    for (uint32_t turn = 0; turn < TURNS; turn++)
        __asm__ volatile("amoadd.w zero, %0, (%1)" : : "r"(1), "r"(&word) : "memory");
}

static void lr_sc(void)
{
    for (uint32_t turn = 0; turn < TURNS; turn++) {
        uint32_t value, failed;

        do {
            __asm__ volatile("lr.w %1, (%2)\n"
                             "addi %1, %1, 1\n"
                             "sc.w %0, %1, (%2)"
                             : "=&r"(failed), "=&r"(value)
                             : "r"(&word)
                             : "memory");
        } while (failed);
    }
}

static uint32_t count(void (*code)(void), bool both)
{
    UNCACHED(word) = 0;
    dcache_invalidate();
    if (both)
        hart_start(1, code);
    code();
    join();
    return UNCACHED(word);
}

int main(void)
{
    print_hex("amoadd.w, one hart", count(amoadd, false));
    print_hex("amoadd.w, two harts, all there", count(amoadd, true) == 2 * TURNS);
    print_hex("lr.w and sc.w, one hart", count(lr_sc, false));
    print_hex("lr.w and sc.w, two harts, all there", count(lr_sc, true) == 2 * TURNS);
    end();
}
