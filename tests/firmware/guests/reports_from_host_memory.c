/*
 * A guest cannot have the host read a result outside of the guest's memory.
 *
 * Expected: fault hypercall value 0xf0040000
 */
#include "guest_test.h"

void guest_interrupt(void)
{
}

void guest_main(void)
{
    guest_hypercall(HVC_DONE, 0xF0040000, 0);
    finish(__LINE__);
}
