/* One hypercall that is malformed. The test says how. */
#include "guest_test.h"

#ifndef CALL
#define CALL 0
#endif
#ifndef FIRST
#define FIRST 0
#endif
#ifndef SECOND
#define SECOND 0
#endif

void guest_interrupt(void)
{
}

void guest_main(void)
{
    guest_hypercall(CALL, FIRST, SECOND);
    finish(__LINE__);
}
