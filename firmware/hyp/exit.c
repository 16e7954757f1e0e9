/* What brought the guest to the host, and what becomes of it. */
#include "arch/riscv/csr.h"
#include "arch/riscv/offsets.h"
#include "emulate.h"
#include "harts.h"
#include "hypercall.h"
#include "lib/attributes.h"
#include "drivers/irqchip.h"
#include "lines.h"
#include "mode.h"
#include "panic.h"
#include "platform.h"
#include "drivers/timer.h"
#include "stage2.h"
#include "switch.h"
#include "vcpu.h"
#include "world.h"

#include <stddef.h>

struct cpu_context *hyp_exit(struct cpu_context *context, uint32_t acknowledged);
_Noreturn void host_trap(uint32_t cause, uint32_t pc, uint32_t value);

/* The mcause of another hart's doorbell: harts_enter() answers it. */
#define KICK (MCAUSE_INTERRUPT | INTERRUPT_MSI)

/* End one of the host's own level interrupts, whose cause is gone. */
static HOT void finish_own(uint32_t acknowledged, uint32_t intid)
{
    lines_wait_low(1u << intid);
    irqchip->deactivate(acknowledged);
}

/* The virtual timer's interrupt, when it is not mapped to the guest's. */
static COLD void take_tick(struct vcpu *vcpu, uint32_t acknowledged, uint32_t intid)
{
    if (intid != PPI_VTIMER)
        panic("interrupt for nobody", 1, intid);
    vtimer_interrupt(&vcpu->vtimer, &vcpu->vgic);
    finish_own(acknowledged, intid);
}

/*
 * Queue it for its guest, whose own end of interrupt will deactivate it: the host does not. Of a
 * shared device that is the guest that runs, of any other its owner. False when it is mapped to no
 * guest's.
 */
static NOINLINE bool forward(struct vcpu *running, uint32_t intid)
{
    struct vgic_cpu *cpu = &running->vgic;
    struct vgic_irq *irq = vgic_find_phys(cpu, intid);

    if (!irq)
        irq = vgic_find_device(intid, &cpu);
    if (!irq)
        return false;
    if (vgic_queue_phys(cpu, irq))
        cpu->stats.queued_on_irq++;
    else /* it was active, and should not have been signalled */
        cpu->stats.orphans++;
    return true;
}

/* ACKNOWLEDGED: by the trap vector; KICKED: by another hart. True when the time slice is over. */
static HOT bool handle_interrupts(struct vcpu *vcpu, uint32_t acknowledged, bool kicked)
{
    bool slice_over = false;
    unsigned taken = 0;

    if (acknowledged == (uint32_t)NOT_ACKNOWLEDGED)
        acknowledged = irqchip->acknowledge();
    for (;; taken++, acknowledged = irqchip->acknowledge()) {
        uint32_t intid = irqchip_intid(acknowledged);

        if (intid >= IRQCHIP_SPURIOUS)
            break;
        irqchip->drop(acknowledged);
        switch (intid) {
        case PPI_SLICE:
            timer_slice_stop();
            finish_own(acknowledged, intid);
            vcpu->stats.slices++;
            slice_over = true;
            break;
        case PPI_MAINTENANCE:
            vgic_silence_maintenance(&vcpu->vgic);
            finish_own(acknowledged, intid);
            vcpu->stats.maintenance++;
            break;
        default:
            if (!forward(vcpu, intid))
                take_tick(vcpu, acknowledged, intid);
        }
    }
    vcpu->stats.irqs += taken;
    if (!taken && !kicked)
        vcpu->stats.spurious++;
    return slice_over;
}

/* True when the guest gives its time slice away. */
static COLD bool handle_exception(struct vcpu *vcpu, uint32_t cause)
{
    uint32_t value = csr_read(mtval);

    switch (cause) {
    case CAUSE_SUPERVISOR_ECALL:
        return hypercall(vcpu);
    case CAUSE_LOAD_PAGE_FAULT:
    case CAUSE_STORE_PAGE_FAULT:
        if (emulate_access(vcpu, value, cause == CAUSE_STORE_PAGE_FAULT))
            return false;
        break;
    }
    vcpu_fail(vcpu, FAULT_TRAP, cause, value);
    return false;
}

HOT struct cpu_context *hyp_exit(struct cpu_context *context, uint32_t acknowledged)
{
    struct vcpu *left = (struct vcpu *)context, *vcpu = left;
    uint32_t cause = csr_read(mcause);
    bool leave;

    harts_enter();
    vcpu->stats.exits++;
    mode->exit(vcpu);
    switch_count(vcpu);
    leave = cause & MCAUSE_INTERRUPT
                ? handle_interrupts(vcpu, acknowledged, HARTS > 1 && cause == KICK)
                : handle_exception(vcpu, cause);
    if (leave || vcpu->state != VCPU_RUNNABLE)
        vcpu = world_next(vcpu);
    else
        mode->entry(vcpu);
    stage2_trap_dir(vgic_traps_dir(&vcpu->vgic));
    switch_prepare(left, vcpu);
    harts_leave();
    return &vcpu->context;
}

void host_trap(uint32_t cause, uint32_t pc, uint32_t value)
{
    panic("trap in the host: mcause, mepc, mtval", 3, cause, pc, value);
}
