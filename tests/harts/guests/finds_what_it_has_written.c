/*
 * A virtual CPU writes data and code again and again, in memory that it has cached wherever it has
 * been, and finds what it wrote last, on whichever hart it goes on. It knows its number of writes
 * from a register. Two more that only run keep it moving.
 *
 * Expected: status 0
 */
#include "guest_test.h"

#define ROUNDS 120
#define WORDS 64
#define LI_A0(n) (0x00000513u | (uint32_t)(n) << 20)
#define RETURN 0x00008067u

static volatile uint32_t data[WORDS] __attribute__((aligned(32)));
static volatile uint32_t code[8] __attribute__((aligned(32))) = {LI_A0(0), RETURN};
static uint8_t stack[512] __attribute__((aligned(16)));

static uint32_t call(void)
{
    return ((uint32_t(*)(void))(uintptr_t)code)();
}

static void wait(uint32_t rounds)
{
    for (uint32_t round = 0; round < rounds; round++)
        __asm__ volatile("");
}

static void second_main(uint32_t number)
{
    (void)number;
    for (;;)
        wait(1000);
}

void guest_interrupt(void)
{
    finish(__LINE__);
}

void guest_main(void)
{
    static const struct guest_cpu second = {stack + sizeof(stack), second_main};

    CHECK(guest_cpu_on(1, &second) == HVC_OK);
    for (uint32_t round = 1; round <= ROUNDS; round++) {
        for (uint32_t i = 0; i < WORDS; i++)
            data[i] = round + i;
        code[0] = LI_A0(round);
        __asm__ volatile("fence.i" : : : "memory");
        for (uint32_t again = 0; again < 3; again++) {
            CHECK(call() == round);
            for (uint32_t i = 0; i < WORDS; i++)
                CHECK(data[i] == round + i);
            wait(200);
        }
    }
    finish(0);
}
