/*
 * A guest that sets sstatus.MPRV and traps gains nothing: the host's own loads and stores do not
 * go through the guest's map, and the guest is stopped for the access that trapped.
 *
 * Expected: fault load-page value 0x20000000
 */
#include "guest_test.h"

void guest_interrupt(void)
{
}

void guest_main(void)
{
    __asm__ volatile("csrs sstatus, %0" : : "r"(1 << 17));
    guest_note(1); /* an exit that the host handles and comes back from */
    __asm__ volatile("csrs sstatus, %0" : : "r"(1 << 17));
    (void)guest_read(0x20000000);
    finish(__LINE__);
}
