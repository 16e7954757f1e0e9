/* Leaves the harts to the other guest. */
#include "guest_test.h"

void guest_interrupt(void)
{
    finish(__LINE__);
}

void guest_main(void)
{
    finish(0);
}
