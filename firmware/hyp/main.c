#include "arch/riscv/context.h"
#include "arch/riscv/csr.h"
#include "console.h"
#include "drivers/irqchip.h"
#include "harts.h"
#include "link/session.h"
#include "mode.h"
#include "platform.h"
#include "stage2.h"
#include "drivers/timer.h"
#include "vgic.h"
#include "world.h"

/* Use fewer list registers than there are; 0: all of them. */
#ifndef HYP_MAX_LRS
#define HYP_MAX_LRS 0
#endif

#define HOST_PRIORITY 0x40
#define FORWARDED_PRIORITY 0x80

extern char trap_vector[];
_Noreturn void main(void);

static void init_core(void)
{
    csr_write(mscratch, 0);
    csr_write(mtvec, (uint32_t)(uintptr_t)trap_vector);
    /* nIRQ is the host's, nVIRQ the guest's; a guest's ecalls from user mode are its own affair. */
    __asm__ volatile("csrw %0, %1" : : "i"(CSR_MACHINE_LINES), "r"(1));
    __asm__ volatile("csrw %0, %1" : : "i"(CSR_SUPERVISOR_LINES), "r"(2));
    csr_write(mideleg, 1u << INTERRUPT_SEI);
    csr_write(medeleg, 1u << CAUSE_USER_ECALL);
    csr_write(mie, 1u << INTERRUPT_MEI | (HARTS > 1 ? 1u << INTERRUPT_MSI : 0));
    fence_i();
}

static COLD void init_interrupts(void)
{
    irqchip->enable(PPI_SLICE, HOST_PRIORITY);
    irqchip->enable(PPI_MAINTENANCE, HOST_PRIORITY);
    irqchip->enable(PPI_VTIMER, FORWARDED_PRIORITY);
}

static COLD struct cpu_context *first_context(void)
{
    struct vcpu *vcpu = world_first();

    stage2_trap_dir(vgic_traps_dir(&vcpu->vgic));
    harts_leave();
    return &vcpu->context;
}

/* Where a hart begins that is not the first. */
static void other_main(void)
{
    init_core();
    timer_init();
    irqchip->init_cpu();
    init_interrupts();
    harts_enter();
    context_enter(first_context());
}

void main(void)
{
    uint32_t id;

    init_core();
    id = HYP_LINK ? session_begin() : hyp_mode;
    timer_init();
    irqchip->init();
    init_interrupts();
    vgic_setup(HYP_MAX_LRS);
    mode_select(id);
    world_start();
    harts_enter();
    for (unsigned hart = 1; hart < HARTS; hart++)
        hart_start(hart, other_main);
    context_enter(first_context());
}
