/*
 * A guest that touches an address that is not its own is stopped there.
 *
 * The test says where (ADDRESS) and how (STORE).
 */
#include "guest_test.h"

#ifndef ADDRESS
#define ADDRESS 0
#endif
#ifndef STORE
#define STORE 0
#endif

void guest_interrupt(void)
{
}

void guest_main(void)
{
    if (STORE)
        guest_write(ADDRESS, 0xFFFFFFFF);
    else
        (void)guest_read(ADDRESS);
    finish(__LINE__);
}
