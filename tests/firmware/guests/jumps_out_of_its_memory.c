/*
 * A guest that jumps to an unmapped address is stopped.
 *
 * Expected: fault fetch-page value 0x20000000
 */
#include "guest_test.h"

void guest_interrupt(void)
{
}

void guest_main(void)
{
    ((void (*)(void))0x20000000)();
    finish(__LINE__);
}
