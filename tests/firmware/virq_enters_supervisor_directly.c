/*
 * A pending list register raises nVIRQ, which enters the guest's handler in supervisor mode with
 * no trap to the host in between; the guest's IAR and EOIR empty the list register.
 *
 * Expected output:
 *   scause 0x80000009
 *   IAR 0x0000002a
 *   interrupts 0x00000001
 *   traps to the host 0x00000000
 *   ELRSR 0x0000000f
 */
#include "test.h"

static volatile uint32_t interrupts, traps, cause, iar;

void trap(struct trap_frame *frame)
{
    print_hex("cause", frame->cause);
    frame->pc += 4;
    traps++;
}

__attribute__((interrupt("supervisor"), aligned(4))) static void handler(void)
{
    __asm__ volatile("csrr %0, scause" : "=r"(cause));
    iar = GICV(GICV_IAR);
    GICV(GICV_EOIR) = iar;
    (void)GICV(GICV_RPR);
    interrupts++;
}

static void supervisor(void)
{
    supervisor_interrupts_on(handler);
    while (!interrupts)
        ;
    for (volatile int i = 0; i < 100; i++)
        ;
}

int main(void)
{
    uint32_t lr = gich_lr_set_state(gich_lr_set_virtualid(0, 42), 1);

    traps_on();
    paging_on();
    csr_write(0x9c0, 2); /* line 1 is the guest's */
    csr_write(mideleg, 1u << INTERRUPT_SEI);
    GICH(GICH_VMCR) = gich_vmcr_set_vmprimask(GICH_VMCR_VMGRP0EN_MASK, 31);
    GICH(GICH_LR_AT(0)) = lr;
    GICH(GICH_HCR) = GICH_HCR_EN_MASK;
    run_supervisor(supervisor);
    print_hex("scause", cause);
    print_hex("IAR", iar);
    print_hex("interrupts", interrupts);
    print_hex("traps to the host", traps);
    print_hex("ELRSR", GICH(GICH_ELRSR));
    end();
}
