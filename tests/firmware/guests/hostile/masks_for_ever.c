/* Its tick is due all the time, and it never takes an interrupt. */
#include "attack.h"

void guest_interrupt(void)
{
    finish(__LINE__);
}

static void attack(void)
{
    guest_gic_init();
    guest_gic_enable(GUEST_VTIMER_INTID, 0);
    guest_mask();
    start_timer(0);
    while (attacking())
        ;
}
