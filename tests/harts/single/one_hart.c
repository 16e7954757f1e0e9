/*
 * On a system with one hart there is no other to start, nobody rings, and a semaphore is always
 * had; UNCACHED data is the same data.
 *
 * Expected output:
 *   mhartid 0x00000000
 *   hart 1 started 0x00000000
 *   hart 0 started 0x00000000
 *   semaphore 0x00000001
 *   rung 0x00000000
 *   uncached 0x0000002a
 */
#include "two_harts.h"

static uint32_t word;

static void nothing(void)
{
}

int main(void)
{
    print_hex("mhartid", this_hart());
    print_hex("hart 1 started", hart_start(1, nothing));
    print_hex("hart 0 started", hart_start(0, nothing));
    semaphore_take(3);
    print_hex("semaphore", semaphore_try(3));
    semaphore_release(3);
    doorbell_ring(0);
    print_hex("rung", doorbell_answer());
    word = 42;
    print_hex("uncached", UNCACHED(word));
    end();
}
