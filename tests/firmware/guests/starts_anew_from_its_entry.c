/*
 * A guest that begins again at its entry, as after a reset, finds its variables as at first.
 *
 * Expected: status 0
 */
#include "guest_test.h"

extern char bss_end[];

static volatile uint32_t initialized = 0x12345678;
static volatile uint32_t zeroed;

void guest_interrupt(void)
{
    finish(__LINE__);
}

void guest_main(void)
{
    const struct guest_header *header = (const struct guest_header *)GUEST_RAM_BASE;
    volatile uint32_t *starts = (volatile uint32_t *)bss_end; /* what no program begins with */

    CHECK(initialized == 0x12345678 && zeroed == 0);
    initialized = zeroed = 99;
    if (++*starts == 1)
        ((void (*)(void))(uintptr_t)header->entry)();
    finish(0);
}
