/* Executes nothing but fence.i: the core refills its pipeline and instruction cache each time. */
#include "attack.h"

void guest_interrupt(void)
{
}

static void attack(void)
{
    while (attacking())
        for (unsigned i = 0; i < 16; i++)
            __asm__ volatile("fence.i\n fence.i\n fence.i\n fence.i" ::: "memory");
}
