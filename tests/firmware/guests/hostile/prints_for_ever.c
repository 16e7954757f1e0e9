/* Prints lines that the serial port needs many time slices for. */
#include "attack.h"

#define LONG 2048

void guest_interrupt(void)
{
}

static void attack(void)
{
    static char line[LONG];

    for (uint32_t i = 0; i < LONG; i++)
        line[i] = '.';
    while (attacking())
        guest_hypercall(HVC_PUTS, (uint32_t)(uintptr_t)line, LONG);
}
