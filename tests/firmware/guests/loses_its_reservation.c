/*
 * A reservation does not outlive a world switch: a guest's sc.w fails after the other world ran,
 * and succeeds without a switch.
 *
 * Expected: status 0
 */
#include "guest_test.h"

void guest_interrupt(void)
{
}

static uint32_t word;

/* Whether the store-conditional failed. */
static uint32_t attempt(bool yield)
{
    uint32_t value, failed;

    if (yield)
        __asm__ volatile("li a7, %3\n lr.w %0, (%2)\n ecall\n sc.w %1, %0, (%2)"
                         : "=&r"(value), "=&r"(failed)
                         : "r"(&word), "i"(HVC_YIELD)
                         : "a7", "memory");
    else
        __asm__ volatile("lr.w %0, (%2)\n sc.w %1, %0, (%2)"
                         : "=&r"(value), "=&r"(failed)
                         : "r"(&word)
                         : "memory");
    return failed;
}

void guest_main(void)
{
    uint32_t succeeded = 0;

    for (int i = 0; i < 8; i++) {
        CHECK(attempt(true));
        succeeded += !attempt(false); /* a slice may end in between */
    }
    CHECK(succeeded >= 6);
    finish(0);
}
