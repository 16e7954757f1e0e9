#include "migrate_state.h"

#include "drivers/timer.h"
#include "lib/attributes.h"
#include "mode.h"
#include "platform.h"
#include "vcpu.h"

static COLD void put_64(uint32_t words[2], uint64_t value)
{
    words[0] = (uint32_t)value;
    words[1] = (uint32_t)(value >> 32);
}

/* Interrupts. */

static COLD uint32_t pack_irq(const struct vgic_irq *irq)
{
    uint32_t word = (uint32_t)irq->priority << IMAGE_IRQ_PRIORITY_SHIFT;

    word |= irq->enabled ? IMAGE_IRQ_ENABLED : 0;
    word |= irq->group1 ? IMAGE_IRQ_GROUP1 : 0;
    word |= irq->edge ? IMAGE_IRQ_EDGE : 0;
    word |= irq->pending ? IMAGE_IRQ_PENDING : 0;
    word |= irq->active ? IMAGE_IRQ_ACTIVE : 0;
    word |= irq->latch ? IMAGE_IRQ_LATCH : 0;
    if (irq->vintid < VGIC_SGIS)
        word |= (uint32_t)irq->sources << IMAGE_IRQ_CPUS_SHIFT |
                (uint32_t)irq->source << IMAGE_IRQ_CPU_SHIFT;
    else if (vgic_is_spi(irq))
        word |= (uint32_t)irq->targets << IMAGE_IRQ_CPUS_SHIFT |
                (uint32_t)irq->owner << IMAGE_IRQ_CPU_SHIFT;
    return word;
}

/* A mapping that it has here is there already. As for any that is open, its physical interrupt is
 * active as soon as its world is in. */
static COLD void unpack_irq(struct vgic_cpu *cpu, struct vgic_irq *irq, uint32_t word)
{
    irq->priority = (uint8_t)(word >> IMAGE_IRQ_PRIORITY_SHIFT);
    irq->enabled = word & IMAGE_IRQ_ENABLED;
    irq->group1 = word & IMAGE_IRQ_GROUP1;
    irq->edge = word & IMAGE_IRQ_EDGE;
    irq->pending = word & IMAGE_IRQ_PENDING;
    irq->active = word & IMAGE_IRQ_ACTIVE;
    irq->latch = word & IMAGE_IRQ_LATCH;
    irq->phys_active = irq->hw && (irq->pending || irq->active);
    if (irq->vintid < VGIC_SGIS) {
        irq->sources = (uint8_t)(word >> IMAGE_IRQ_CPUS_SHIFT);
        irq->source = (uint8_t)(word >> IMAGE_IRQ_CPU_SHIFT);
    } else if (vgic_is_spi(irq)) {
        irq->targets = (uint8_t)(word >> IMAGE_IRQ_CPUS_SHIFT);
        irq->owner = (uint8_t)(word >> IMAGE_IRQ_CPU_SHIFT);
    }
    irq->stale = true;
    vgic_update_busy(cpu, irq);
}

/* The CPU interface: GICH_VMCR and GICH_APR where it is the hardware's. */

#define VMCR_CTLR                                                                                  \
    (GICH_VMCR_VMGRP0EN_MASK | GICH_VMCR_VMGRP1EN_MASK | GICH_VMCR_VMACKCTL_MASK |                 \
     GICH_VMCR_VMFIQEN_MASK | GICH_VMCR_VMCBPR_MASK | GICH_VMCR_VEM_MASK)
#define PRIMASK_SHIFT 3 /* GICH_VMCR.VMPriMask is GICC_PMR[7:3] */

_Static_assert(VMCR_CTLR == IMAGE_GICC_CTLR, "GICC_CTLR's bits are at the same places");

static COLD struct vgicc take_gicc(const struct vgic_cpu *cpu)
{
    uint32_t vmcr = cpu->interface.vmcr, bpr = gich_vmcr_get_vmbp(vmcr),
             abpr = gich_vmcr_get_vmabp(vmcr);

    if (!mode->gicv)
        return cpu->gicc;
    return (struct vgicc){
        .ctlr = vmcr & VMCR_CTLR,
        .pmr = gich_vmcr_get_vmprimask(vmcr) << PRIMASK_SHIFT,
        /* Less than the least, as of one that never ran, is the least. */
        .bpr = bpr > VGICC_MIN_BPR ? bpr : VGICC_MIN_BPR,
        .abpr = abpr > VGICC_MIN_BPR ? abpr : VGICC_MIN_BPR + 1,
        .apr = cpu->interface.apr,
    };
}

static COLD void give_gicc(struct vgic_cpu *cpu, const struct vgicc *gicc)
{
    if (!mode->gicv) {
        cpu->gicc = *gicc;
        return;
    }
    cpu->interface.vmcr = gicc->ctlr;
    cpu->interface.vmcr = gich_vmcr_set_vmprimask(cpu->interface.vmcr, gicc->pmr >> PRIMASK_SHIFT);
    cpu->interface.vmcr = gich_vmcr_set_vmbp(cpu->interface.vmcr, gicc->bpr);
    cpu->interface.vmcr = gich_vmcr_set_vmabp(cpu->interface.vmcr, gicc->abpr);
    cpu->interface.apr = gicc->apr;
}

/* Virtual CPUs. */

static COLD void write_cpu(const struct vcpu *vcpu, struct image_cpu *to)
{
    const struct cpu_context *context = &vcpu->context;
    struct vgicc gicc = take_gicc(&vcpu->vgic);

    *to = (struct image_cpu){
        .state = vcpu->state == VCPU_RUNNABLE,
        .pc = context->pc,
        .mstatus = context->mstatus,
        .stvec = context->stvec,
        .sscratch = context->sscratch,
        .sepc = context->sepc,
        .scause = context->scause,
        .stval = context->stval,
        .sie = context->sie,
        .sip = context->sip,
        .ctl = vcpu->vtimer.ctl,
        .gicc_ctlr = gicc.ctlr,
        .gicc_pmr = gicc.pmr,
        .gicc_bpr = gicc.bpr,
        .gicc_abpr = gicc.abpr,
        .gicc_apr = gicc.apr,
    };
    put_64(to->cval, vcpu->vtimer.cval);
    for (unsigned i = 1; i < 32; i++)
        to->x[i - 1] = context->x[i];
    for (unsigned i = 0; i < VGIC_PRIVATE; i++)
        to->irq[i] = pack_irq(&vcpu->vgic.private[i]);
}

static COLD void read_cpu(const struct image_cpu *from, struct vcpu *vcpu)
{
    struct cpu_context *context = &vcpu->context;
    const struct vgicc gicc = {
        .ctlr = from->gicc_ctlr,
        .pmr = from->gicc_pmr,
        .bpr = from->gicc_bpr,
        .abpr = from->gicc_abpr,
        .apr = from->gicc_apr,
    };

    context_reset(context, from->pc);
    context->mstatus = from->mstatus;
    context->stvec = from->stvec;
    context->sscratch = from->sscratch;
    context->sepc = from->sepc;
    context->scause = from->scause;
    context->stval = from->stval;
    context->sie = from->sie;
    context->sip = from->sip;
    for (unsigned i = 1; i < 32; i++)
        context->x[i] = from->x[i - 1];
    vcpu->vtimer.ctl = from->ctl;
    vcpu->vtimer.cval = image_64(from->cval);
    give_gicc(&vcpu->vgic, &gicc);
    for (unsigned i = 0; i < VGIC_PRIVATE; i++)
        unpack_irq(&vcpu->vgic, &vcpu->vgic.private[i], from->irq[i]);
    vcpu->vgic.changed = true;
    vcpu_set_state(vcpu, from->state ? VCPU_RUNNABLE : VCPU_OFF);
}

COLD void write_state(const struct vm *vm, uint32_t length, struct image_head *to)
{
    struct image_cpu *cpu = (struct image_cpu *)(to + 1);
    uint32_t *spi = (uint32_t *)(cpu + vm->vcpus);
    uint64_t now = timer_count();

    *to = (struct image_head){
        .magic = IMAGE_MAGIC,
        .version = IMAGE_VERSION,
        .length = length,
        .clock_hz = CLOCK_HZ,
        .interrupts = VGIC_IRQS,
        .ctlr = vm->dist.ctlr,
        .guest = vm->image,
    };
    /* The counters of all its CPUs are one. */
    put_64(to->count, now - vm->vcpu[0]->vtimer.offset);
    for (unsigned i = 0; i < vm->vcpus; i++)
        write_cpu(vm->vcpu[i], &cpu[i]);
    for (unsigned i = 0; i < VGIC_SPIS; i++)
        spi[i] = pack_irq(&vm->dist.spi[i]);
}

COLD void read_state(const struct image_head *from, struct vm *vm)
{
    const struct image_cpu *cpu = (const struct image_cpu *)(from + 1);
    const uint32_t *spi = (const uint32_t *)(cpu + vm->vcpus);

    vm->dist.ctlr = from->ctlr;
    for (unsigned i = 0; i < vm->vcpus; i++)
        read_cpu(&cpu[i], vm->vcpu[i]);
    for (unsigned i = 0; i < VGIC_SPIS; i++)
        unpack_irq(&vm->vcpu[0]->vgic, &vm->dist.spi[i], spi[i]);
}

COLD void start_counter(struct vm *vm, uint64_t count)
{
    uint64_t offset = timer_count() - count;

    for (unsigned i = 0; i < vm->vcpus; i++)
        vm->vcpu[i]->vtimer.offset = offset;
}
