/* One access to its distributor that is not aligned to its size. The test says which. */
#include "attack.h"

#ifndef INSTRUCTION
#define INSTRUCTION "lw"
#endif
#ifndef OFFSET
#define OFFSET 1
#endif

void guest_interrupt(void)
{
}

void guest_main(void)
{
    __asm__ volatile(INSTRUCTION " t0, 0(%0)" ::"r"(GUEST_GICD + OFFSET) : "t0", "memory");
    finish(__LINE__);
}
