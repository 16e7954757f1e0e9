/*
 * A guest that writes the mask of the core's interrupt lines is stopped.
 *
 * Expected: fault illegal-instruction
 */
#include "guest_test.h"

void guest_interrupt(void)
{
}

void guest_main(void)
{
    __asm__ volatile("csrw 0x9C0, %0" : : "r"(1));
    finish(__LINE__);
}
