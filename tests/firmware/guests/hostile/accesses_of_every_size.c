/*
 * Loads and stores of each size at each place of its pages from PAGE on that is aligned to it. It
 * takes and ends what interrupts come of that.
 */
#include "attack.h"

#ifndef PAGE
#define PAGE GUEST_GICD
#endif
#ifndef SIZE
#define SIZE 0x1000
#endif
#define STRIDE 52 /* a round does not take all: 13 words on, the next round begins one further */

void guest_interrupt(void)
{
    acknowledge_and_end();
}

static void access(uint32_t address)
{
    volatile uint8_t *byte = (volatile uint8_t *)(uintptr_t)address;
    volatile uint16_t *half = (volatile uint16_t *)(uintptr_t)(address & ~1u);
    volatile uint32_t *word = (volatile uint32_t *)(uintptr_t)(address & ~3u);

    (void)*byte;
    (void)*half;
    (void)*word;
    *byte = 0xFF;
    *half = 0xFFFF;
    *word = 0xFFFFFFFF;
}

static void attack(void)
{
    guest_gic_init();
    guest_unmask();
    for (uint32_t begin = 0; attacking(); begin++)
        for (uint32_t offset = begin % STRIDE; offset < SIZE && attacking(); offset += STRIDE)
            access(PAGE + offset);
}
