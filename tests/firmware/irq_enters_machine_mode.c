/*
 * The GIC's nIRQ enters the host in machine mode; after EOIR nothing is signalled any more.
 *
 * Expected output:
 *   cause 0x8000000b
 *   IAR 0x00000003
 *   line after EOIR 0x00000000
 *   interrupts 0x00000001
 */
#include "test.h"

static volatile uint32_t interrupts;

void trap(struct trap_frame *frame)
{
    uint32_t iar = GICC(GICC_IAR);

    interrupts++;
    print_hex("cause", frame->cause);
    print_hex("IAR", iar);
    GICC(GICC_EOIR) = iar;
    (void)GICC(GICC_RPR); /* the store has arrived when a load has returned */
    print_hex("line after EOIR", csr_read(0xfc0));
}

int main(void)
{
    traps_on();
    host_interrupts_on();
    GICD(GICD_ISENABLER) = 1u << 3;
    GICD(GICD_SGIR) = gicd_sgir_set_targetlistfilter(3, 2);
    while (!interrupts)
        ;
    for (volatile int i = 0; i < 100; i++)
        ;
    print_hex("interrupts", interrupts);
    end();
}
