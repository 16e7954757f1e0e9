/*
 * Has every interrupt that there is pending, the higher its number the more urgent, and takes none:
 * at each exit the host has to find those that are for the list registers.
 */
#include "attack.h"

#define INTERRUPTS 64
#define SGIS 16

void guest_interrupt(void)
{
}

static void attack(void)
{
    guest_gic_init();
    for (uint32_t intid = 0; intid < INTERRUPTS; intid++)
        guest_write_byte(GUEST_GICD + GICD_IPRIORITYR + intid, (uint8_t)(0xF8 - 4 * intid));
    for (uint32_t intid = 32; intid < INTERRUPTS; intid += 4)
        guest_write(GUEST_GICD + GICD_ITARGETSR + intid, 0x03030303);
    for (uint32_t sgi = 0; sgi < SGIS; sgi++)
        guest_write(GUEST_GICD + GICD_SGIR, 3u << GICD_SGIR_CPUTARGETLIST_SHIFT | sgi);
    for (uint32_t row = 0; row < INTERRUPTS / 32; row++)
        guest_write(GUEST_GICD + GICD_ISENABLER_AT(row), 0xFFFFFFFF);
    while (attacking()) {
        for (uint32_t row = 0; row < INTERRUPTS / 32; row++)
            guest_write(GUEST_GICD + GICD_ISPENDR_AT(row), 0xFFFFFFFF);
        guest_write(GUEST_GICD + GICD_ISACTIVER_AT(1), 0xFFFFFFFF);
        guest_write(GUEST_GICD + GICD_ICACTIVER_AT(1), 0xFFFFFFFF);
    }
}
