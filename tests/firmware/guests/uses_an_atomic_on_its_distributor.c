/*
 * An atomic access to the emulated distributor cannot be carried out: the guest is stopped.
 *
 * Expected: fault store-page value 0x80001000
 */
#include "guest_test.h"

void guest_interrupt(void)
{
}

void guest_main(void)
{
    uint32_t value;

    __asm__ volatile("amoadd.w %0, %1, (%2)" : "=r"(value) : "r"(1), "r"(GUEST_GICD));
    finish(__LINE__);
}
