#include "vgicc.h"

#include "arch/riscv/csr.h"
#include "drivers/probe.h"
#include "platform.h"
#include "vgic_choice.h"
#include "vgic_lock.h"

#include <stddef.h>

#define SPURIOUS 1023u
#define WRONG_GROUP 1022u
#define SPECIAL 1020u /* INTIDs from here on name no interrupt */
#define IDLE 0xFFu

#define CTLR_MASK                                                                                  \
    (GICV_CTLR_ENABLEGRP0_MASK | GICV_CTLR_ENABLEGRP1_MASK | GICV_CTLR_ACKCTL_MASK |               \
     GICV_CTLR_FIQEN_MASK | GICV_CTLR_CBPR_MASK | GICV_CTLR_EOIMODE_MASK)
#define PRIORITY_SHIFT 3 /* five priority bits */
#define PRIORITY_MASK 0xF8u
#define BPR_MASK 7u

/* The pending interrupt of the highest priority; of equal ones, of the lowest INTID. */
static struct vgic_irq *candidate(struct vgic_cpu *cpu)
{
    struct vgic_irq *best = NULL;
    struct vgic_choice choice;

    vgic_collect(cpu, &choice);
    for (unsigned row = 0; row < VGIC_ROWS; row++)
        for (uint32_t keep = choice.keep[row]; keep; keep &= keep - 1) {
            struct vgic_irq *irq = vgic_irq(cpu, 32 * row + (unsigned)__builtin_ctz(keep));

            if (!irq->active && (!best || irq->priority < best->priority))
                best = irq;
        }
    return best;
}

static uint32_t running(const struct vgicc *gicc)
{
    return gicc->apr ? (uint32_t)__builtin_ctz(gicc->apr) << PRIORITY_SHIFT : IDLE;
}

/* The part of a priority that preempts: [7:BPR+1] of Group 0, [7:ABPR] of Group 1. */
static uint32_t group_priority(const struct vgicc *gicc, uint32_t priority, bool group1)
{
    bool own = group1 && !(gicc->ctlr & GICV_CTLR_CBPR_MASK);
    uint32_t lowest = own ? gicc->abpr : gicc->bpr + 1;

    return priority >> lowest << lowest;
}

/* One of a group that is disabled here is no interrupt, and hides what is behind it. */
static bool present(const struct vgicc *gicc, const struct vgic_irq *irq)
{
    return irq && gicc->ctlr >> irq->group1 & 1;
}

static bool signalled(const struct vgicc *gicc, const struct vgic_irq *irq)
{
    if (!present(gicc, irq) || irq->priority >= gicc->pmr)
        return false;
    return !gicc->apr || group_priority(gicc, irq->priority, irq->group1) <
                             group_priority(gicc, running(gicc), irq->group1);
}

/* As IRQ is reported, an SGI with its source, the lowest first. The aliased registers are for Group
 * 1 alone, and know no AckCtl. */
static uint32_t reported(const struct vgicc *gicc, const struct vgic_irq *irq, bool aliased)
{
    if (aliased && !irq->group1)
        return SPURIOUS;
    if (!aliased && irq->group1 && !(gicc->ctlr & GICV_CTLR_ACKCTL_MASK))
        return WRONG_GROUP;
    if (irq->vintid < VGIC_SGIS)
        return gicv_iar_set_cpuid(irq->vintid, (uint32_t)__builtin_ctz(irq->sources));
    return irq->vintid;
}

static void activate(struct vgic_cpu *cpu, struct vgic_irq *irq)
{
    irq->pending = irq->latch = false;
    irq->active = true;
    if (irq->vintid < VGIC_SGIS) {
        irq->source = (uint8_t)__builtin_ctz(irq->sources);
        irq->sources &= ~(1u << irq->source);
        irq->pending = irq->sources;
    } else if (vgic_is_spi(irq)) {
        irq->owner = cpu->id;
    }
    vgic_update_busy(cpu, irq);
}

static uint32_t acknowledge(struct vgic_cpu *cpu, bool aliased)
{
    struct vgic_irq *irq = candidate(cpu);
    struct vgicc *gicc = &cpu->gicc;
    uint32_t value;

    if (!signalled(gicc, irq))
        return SPURIOUS;
    value = reported(gicc, irq, aliased);
    if (gicv_iar_get_intid(value) < SPECIAL) {
        gicc->apr |= 1u << (group_priority(gicc, irq->priority, irq->group1) >> PRIORITY_SHIFT);
        activate(cpu, irq);
    }
    return value;
}

static uint32_t highest_pending(struct vgic_cpu *cpu, bool aliased)
{
    const struct vgic_irq *best = candidate(cpu);

    return present(&cpu->gicc, best) ? reported(&cpu->gicc, best, aliased) : SPURIOUS;
}

/* An SGI is ended with its source. */
static void deactivate(struct vgic_cpu *cpu, uint32_t value)
{
    uint32_t intid = gicv_dir_get_intid(value);
    struct vgic_irq *irq;

    if (intid >= VGIC_IRQS)
        return;
    irq = vgic_irq(cpu, intid);
    if (irq->active && (intid >= VGIC_SGIS || gicv_dir_get_cpuid(value) == irq->source))
        vgic_set_active(cpu, irq, false);
}

static void end(struct vgic_cpu *cpu, uint32_t value)
{
    struct vgicc *gicc = &cpu->gicc;

    if (gicv_eoir_get_intid(value) >= SPECIAL)
        return;
    gicc->apr &= gicc->apr - 1;
    if (!(gicc->ctlr & GICV_CTLR_EOIMODE_MASK))
        deactivate(cpu, value);
}

/* The register at OFFSET that keeps what is written to it, or NULL. */
static uint32_t *plain(struct vgicc *gicc, uint32_t offset)
{
    switch (offset) {
    case GICV_CTLR:
        return &gicc->ctlr;
    case GICV_PMR:
        return &gicc->pmr;
    case GICV_BPR:
        return &gicc->bpr;
    case GICV_ABPR:
        return &gicc->abpr;
    case GICV_APR:
        return &gicc->apr;
    default:
        return NULL;
    }
}

static void legalize(struct vgicc *gicc)
{
    gicc->ctlr &= CTLR_MASK;
    gicc->pmr &= PRIORITY_MASK;
    gicc->bpr &= BPR_MASK;
    gicc->abpr &= BPR_MASK;
    if (gicc->bpr < VGICC_MIN_BPR)
        gicc->bpr = VGICC_MIN_BPR;
    if (gicc->abpr < VGICC_MIN_BPR + 1)
        gicc->abpr = VGICC_MIN_BPR + 1;
}

/* WHOLE: the access is of a word. Half an acknowledge would lose an interrupt. */
static uint32_t read_word(struct vgic_cpu *cpu, uint32_t offset, bool whole)
{
    const uint32_t *kept = plain(&cpu->gicc, offset);

    if (kept)
        return *kept;
    switch (offset) {
    case GICV_IAR:
        return whole ? acknowledge(cpu, false) : 0;
    case GICV_AIAR:
        return whole ? acknowledge(cpu, true) : 0;
    case GICV_RPR:
        return running(&cpu->gicc);
    case GICV_HPPIR:
        return highest_pending(cpu, false);
    case GICV_AHPPIR:
        return highest_pending(cpu, true);
    case GICV_IIDR:
        return gicv_iidr_set_architecture_version(0, 2);
    default:
        return 0;
    }
}

/* The bits of a word that an access reaches, moved down to bit 0. */
static uint32_t narrow(unsigned size)
{
    return size == 4 ? ~0u : (1u << 8 * size) - 1;
}

/* The probe sees no access to GICV: the host tells it of what it does instead. */
static void mark(enum probe_mark what, uint32_t offset, uint32_t value)
{
    probe_mark(what, offset / 4 << 16 | (value & 0xFFFF));
}

uint32_t vgicc_read(struct vgic_cpu *cpu, uint32_t offset, unsigned size)
{
    uint32_t value;

    vgic_lock(cpu->dist);
    value = read_word(cpu, offset & ~3u, size == 4);
    vgic_unlock(cpu->dist);
    mark(PROBE_GICC_READ, offset, value);
    return value >> 8 * (offset & 3) & narrow(size);
}

void vgicc_write(struct vgic_cpu *cpu, uint32_t offset, unsigned size, uint32_t value)
{
    uint32_t *kept = plain(&cpu->gicc, offset & ~3u);
    uint32_t shift = 8 * (offset & 3), lanes = narrow(size) << shift;

    mark(PROBE_GICC_WRITE, offset, value);
    vgic_lock(cpu->dist);
    if (kept) {
        *kept = (*kept & ~lanes) | (value << shift & lanes);
        legalize(&cpu->gicc);
    } else if (size == 4) {
        if (offset == GICV_EOIR || offset == GICV_AEOIR)
            end(cpu, value);
        else if (offset == GICV_DIR && cpu->gicc.ctlr & GICV_CTLR_EOIMODE_MASK)
            deactivate(cpu, value);
    }
    vgic_unlock(cpu->dist);
}

void vgicc_sync(struct vgic_cpu *cpu)
{
    vgic_lock(cpu->dist);
    vgic_withdraw_retired(cpu);
    vgic_unlock(cpu->dist);
}

void vgicc_flush(struct vgic_cpu *cpu)
{
    vgic_lock(cpu->dist);
    vgic_flush_active_states(cpu);
    supervisor_interrupt(signalled(&cpu->gicc, candidate(cpu)));
    vgic_unlock(cpu->dist);
}
