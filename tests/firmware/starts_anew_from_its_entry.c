/*
 * A program that begins again at its entry, as after a reset, finds its variables as at first,
 * whatever their alignment.
 *
 * Expected output:
 *   start 0x00000001
 *   initialized 0x12345678
 *   aligned 0x00000005
 *   zeroed 0x00000000
 *   start 0x00000002
 *   initialized 0x12345678
 *   aligned 0x00000005
 *   zeroed 0x00000000
 */
#include "test.h"

extern char bss_end[];
_Noreturn void _start(void);

static volatile uint32_t initialized = 0x12345678;
static volatile uint32_t aligned[17] __attribute__((aligned(64))) = {[16] = 5};
static volatile uint32_t zeroed;

int main(void)
{
    volatile uint32_t *starts = (volatile uint32_t *)bss_end; /* what no program begins with */

    print_hex("start", ++*starts);
    print_hex("initialized", initialized);
    print_hex("aligned", (uintptr_t)aligned % 64 ? ~0u : aligned[16]);
    print_hex("zeroed", zeroed);
    initialized = aligned[16] = zeroed = 99;
    if (*starts == 1)
        _start();
    end();
}
