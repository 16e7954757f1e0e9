/*
 * A guest that reads satp, to find the host's tables, is stopped.
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

    __asm__ volatile("csrr %0, satp" : "=r"(value));
    finish(__LINE__);
}
