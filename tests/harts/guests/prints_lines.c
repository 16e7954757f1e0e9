/*
 * Comes to the host again and again, and has it print: for both harts, long enough to be in the
 * host, or to wait for it, when one of them gives up.
 */
#include "guest_test.h"

#define LINES 30

void guest_interrupt(void)
{
    finish(__LINE__);
}

void guest_main(void)
{
    for (unsigned n = 0; n < LINES; n++)
        guest_print("line");
    finish(0);
}
