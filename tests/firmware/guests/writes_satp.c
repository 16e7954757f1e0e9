/*
 * A guest that writes satp, to have a map of its own, is stopped.
 *
 * Expected: fault illegal-instruction value 0x18001073
 */
#include "guest_test.h"

void guest_interrupt(void)
{
}

/* Where the host's memory has nothing, for a core that lets it go on without its map. */
__attribute__((aligned(256))) void guest_main(void)
{
    __asm__ volatile("csrw satp, zero");
    finish(__LINE__);
}
