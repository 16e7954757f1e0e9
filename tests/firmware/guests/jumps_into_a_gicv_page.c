/*
 * A guest that jumps into its CPU interface is stopped: no device page can be executed.
 *
 * Expected: fault fetch-page value 0x80002000
 */
#include "guest_test.h"

void guest_interrupt(void)
{
}

void guest_main(void)
{
    ((void (*)(void))GUEST_GICC)();
    finish(__LINE__);
}
