/*
 * A guest that writes a register of machine mode is stopped.
 *
 * Expected: fault illegal-instruction
 */
#include "guest_test.h"

void guest_interrupt(void)
{
}

void guest_main(void)
{
    __asm__ volatile("csrw mstatus, %0" : : "r"(0x1800));
    finish(__LINE__);
}
