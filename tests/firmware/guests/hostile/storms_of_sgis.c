/* Sends itself one SGI after the other, and takes them. */
#include "attack.h"

void guest_interrupt(void)
{
    acknowledge_and_end();
}

static void attack(void)
{
    guest_gic_init();
    for (uint32_t sgi = 0; sgi < 16; sgi++)
        guest_gic_enable(sgi, (uint8_t)(sgi << 4));
    guest_unmask();
    while (attacking())
        for (uint32_t sgi = 0; sgi < 16; sgi++)
            guest_write(GUEST_GICD + GICD_SGIR, 1u << 16 | sgi);
}
