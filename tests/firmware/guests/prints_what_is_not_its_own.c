/*
 * A guest cannot have the host print memory that is not its own.
 *
 * Expected: fault hypercall value 0x40000ffc
 */
#include "guest_test.h"

void guest_interrupt(void)
{
}

void guest_main(void)
{
    /* The last word of its first page is its own; 64 KiB from there are not. */
    guest_hypercall(HVC_PUTS, GUEST_RAM_BASE + 0xFFC, 0x10000);
    finish(__LINE__);
}
