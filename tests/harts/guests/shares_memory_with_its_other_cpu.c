/*
 * Two virtual CPUs run at the same time, each on a hart. One writes a word that the other one has
 * cached: the other sees the old word in its cache, the new one in GUEST_RAM_UNCACHED, and the new
 * one in its cache as well after the instruction 0x500f. It may find the new one in its cache before
 * that, when the host has been there meanwhile: but not always.
 *
 * Expected: status 0
 * At least: ticks 1
 */
#include "guest_test.h"

#define ROUNDS 50

static volatile uint32_t word[8] __attribute__((aligned(32)));
static volatile uint32_t turn[8] __attribute__((aligned(32)));
static uint8_t stack[512] __attribute__((aligned(16)));

void guest_interrupt(void)
{
    finish(__LINE__);
}

static void second_main(uint32_t number)
{
    for (uint32_t round = number; round <= ROUNDS; round++) {
        while (GUEST_SHARED(turn[0]) != 2 * round - 1)
            ;
        word[0] = round;
        GUEST_SHARED(turn[0]) = 2 * round;
    }
    for (;;)
        ;
}

void guest_main(void)
{
    static const struct guest_cpu second = {stack + sizeof(stack), second_main};
    uint32_t stale = 0;

    CHECK(guest_cpu_on(1, &second) == HVC_OK);
    for (uint32_t round = 1; round <= ROUNDS; round++) {
        CHECK(word[0] == round - 1);
        GUEST_SHARED(turn[0]) = 2 * round - 1;
        while (GUEST_SHARED(turn[0]) != 2 * round)
            ;
        stale += word[0] == round - 1;
        CHECK(GUEST_SHARED(word[0]) == round);
        __asm__ volatile(".word 0x500f" : : : "memory");
        CHECK(word[0] == round);
    }
    finish_with(0, stale, 0);
}
