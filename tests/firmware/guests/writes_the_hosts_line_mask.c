/*
 * A guest that writes the mask of the host's interrupt lines is stopped.
 *
 * Expected: fault illegal-instruction
 */
#include "guest_test.h"

void guest_interrupt(void)
{
}

void guest_main(void)
{
    __asm__ volatile("csrw 0xBC0, zero");
    finish(__LINE__);
}
