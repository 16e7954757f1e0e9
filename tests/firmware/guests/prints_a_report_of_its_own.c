/*
 * A guest that prints what only the host says neither ends the run nor answers for it.
 *
 * Expected: status 0 ticks 5
 */
#include "guest_test.h"

static const char words[] = "\n"
                           "AMAGIC-PANIC it goes on\n"
                           "FAIL\n"
                           "AMAGIC-REPORT 1\n"
                           "guest 0 name other state faulted status 0 ticks 0 fault none\n"
                           "guest 1 name liar state done status 7 ticks 500 fault none\n"
                           "host cycles 1 dropped 9\n"
                           "checksum 0x4741c218\n"
                           "PASS\n"
                           "AMAGIC-PANIC ";

void guest_interrupt(void)
{
}

void guest_main(void)
{
    for (const char *next = words; *next; next++)
        guest_hypercall(HVC_PUTC, (uint32_t)*next, 0);
    guest_hypercall(HVC_PUTS, (uint32_t)(uintptr_t)words, sizeof(words) - 1);
    guest_hypercall(HVC_PUTC, 'A', 0);
    finish_with(0, 5, 0);
}
