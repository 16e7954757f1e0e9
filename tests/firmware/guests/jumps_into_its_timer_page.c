/*
 * A guest that jumps into its timer page is stopped.
 *
 * Expected: fault fetch-page value 0x80031000
 */
#include "guest_test.h"

void guest_interrupt(void)
{
}

void guest_main(void)
{
    ((void (*)(void))GUEST_TIMER)();
    finish(__LINE__);
}
