/* Hypercalls in an endless loop; they are good ones, with errors for an answer. */
#include "attack.h"

void guest_interrupt(void)
{
}

static void attack(void)
{
    while (attacking())
        for (unsigned i = 0; i < 64; i++)
            CHECK(guest_ask(HVC_CPU_ON, 0xFFFFFFFF, 0, 0) == HVC_NO_SUCH_CPU);
}
