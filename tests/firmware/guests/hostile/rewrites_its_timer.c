/* Its timer falls due, and again as soon as that is served: a storm of interrupts of its own. */
#include "attack.h"

#define HIGH (GUEST_TIMER + CNTEL0BASE_CNTV_CVAL_AT(1))
#define NEVER 0xFFFFFFFF

void guest_interrupt(void)
{
    guest_write(HIGH, NEVER);
    acknowledge_and_end();
    if (!attacking())
        finish(0);
}

static void attack(void)
{
    guest_gic_init();
    guest_gic_enable(GUEST_VTIMER_INTID, 0x80);
    (void)attacking(); /* from now on */
    guest_timer_on();
    guest_unmask();
    for (;;) {
        guest_write(HIGH, 0);
        guest_write(HIGH, NEVER);
        guest_write(HIGH, 0);
    }
}
