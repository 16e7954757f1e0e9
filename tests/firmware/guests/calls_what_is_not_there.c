/*
 * A guest with an unknown hypercall is stopped, with the number in the report.
 *
 * Expected: fault hypercall value 0x000000ff
 */
#include "guest_test.h"

void guest_interrupt(void)
{
}

void guest_main(void)
{
    guest_hypercall(0xFF, 0, 0);
    finish(__LINE__);
}
