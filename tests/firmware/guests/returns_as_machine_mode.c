/*
 * A guest that executes mret is stopped.
 *
 * Expected: fault illegal-instruction
 */
#include "guest_test.h"

void guest_interrupt(void)
{
}

void guest_main(void)
{
    __asm__ volatile("mret");
    finish(__LINE__);
}
