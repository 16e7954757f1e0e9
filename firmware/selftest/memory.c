/* The memory that holds nothing yet: behind the host's variables, and behind the guests' images. */
#include "selftest.h"

#include "guests/guest_abi.h"
#include "platform.h"

#define STACK 4096

extern char bss_end[], host_stack_top[];

/*
 * A march over a span: each word is its own address, then the complement of it, so that a word
 * that answers for another one shows, as does a bit that stays. The span is far larger than the
 * data cache, and what is read has left it.
 */
static COLD void march(const char *what, volatile uint32_t *from, volatile uint32_t *to)
{
    for (volatile uint32_t *at = from; at < to; at++)
        *at = (uint32_t)(uintptr_t)at;
    for (volatile uint32_t *at = from; at < to; at++) {
        expect(what, *at, (uint32_t)(uintptr_t)at);
        *at = ~(uint32_t)(uintptr_t)at;
    }
    for (volatile uint32_t *at = to; at-- > from;)
        expect(what, *at, ~(uint32_t)(uintptr_t)at);
}

void selftest_memory(void)
{
    march("a word of the host's", (uint32_t *)bss_end,
          (uint32_t *)(host_stack_top - STACK));
    for (unsigned id = 0; id < GUESTS; id++) {
        const struct guest_header *image = (const struct guest_header *)GUEST_RAM(id);
        uint32_t used = image->image_end - GUEST_RAM_BASE;

        if (image->magic == GUEST_MAGIC && used <= GUEST_RAM_MAX)
            march("a word of a guest's", (uint32_t *)(GUEST_RAM(id) + (used + 3) / 4 * 4),
                  (uint32_t *)(GUEST_RAM(id) + GUEST_RAM_MAX));
    }
}
