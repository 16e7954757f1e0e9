/*
 * A guest that reads the core's interrupt lines, among them the host's, is stopped.
 *
 * Expected: fault illegal-instruction
 */
#include "guest_test.h"

void guest_interrupt(void)
{
}

void guest_main(void)
{
    uint32_t value;

    __asm__ volatile("csrr %0, 0xDC0" : "=r"(value));
    finish(__LINE__);
}
