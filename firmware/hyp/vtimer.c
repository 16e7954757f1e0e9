#include "vtimer.h"

#include "lib/attributes.h"
#include "lines.h"
#include "panic.h"
#include "platform.h"
#include "vtimer_move.h"

#define ENABLE VTIMER_ENABLE
#define IMASK VTIMER_IMASK
#define ISTATUS CNTBASE_CNTV_CTL_ISTATUS_MASK

void vtimer_init(struct vtimer *timer, struct vgic_cpu *vgic, uint64_t offset, bool forwarded)
{
    *timer = (struct vtimer){.offset = offset, .irq = vgic_irq(vgic, PPI_VTIMER)};
    if (forwarded && vgic_map_phys_irq(vgic, PPI_VTIMER, PPI_VTIMER, true) != VGIC_OK)
        panic("virtual timer not mapped", 1, PPI_VTIMER);
}

/* The guest's own CTL, of what the hardware HAS. Without a mask the guest has written it since. */
static void take_ctl(struct vtimer *timer, uint32_t has)
{
    if (!(has & IMASK))
        timer->held = false;
    timer->ctl = has & (timer->held ? ENABLE | (timer->ctl & IMASK) : ENABLE | IMASK);
}

static uint32_t hardware_ctl(const struct vtimer *timer)
{
    return timer->ctl | (timer->held ? IMASK : 0);
}

static void put_ctl(const struct vtimer *timer)
{
    timer_virtual_write_ctl(hardware_ctl(timer));
}

void vtimer_sample(struct vtimer *timer, struct vgic_cpu *vgic)
{
    uint32_t has = timer_virtual_read_ctl();

    take_ctl(timer, has);
    vgic_set_line(vgic, timer->irq, timer->ctl == ENABLE && has & ISTATUS);
}

void vtimer_interrupt(struct vtimer *timer, struct vgic_cpu *vgic)
{
    timer->held = true;
    timer->holds++;
    put_ctl(timer);
    vgic_set_line(vgic, timer->irq, true);
    vgic->stats.queued_on_irq++;
}

void vtimer_hold(struct vtimer *timer)
{
    bool open = timer->irq->pending || timer->irq->active;

    if (open == timer->held)
        return;
    timer->held = open;
    timer->holds += open;
    put_ctl(timer);
}

HOT void vtimer_save(struct vtimer *timer)
{
    take_ctl(timer, vtimer_stop(timer));
    lines_wait_low(1u << PPI_VTIMER);
}

HOT void vtimer_flush(const struct vtimer *timer, struct vgic_cpu *vgic)
{
    bool due = vtimer_due(timer), queued;

    if (timer->irq->hw)
        queued = due && vgic_queue_phys(vgic, timer->irq);
    else
        queued = vgic_set_line(vgic, timer->irq, due);
    vgic->stats.queued_on_entry += queued;
}

HOT void vtimer_restore(struct vtimer *timer)
{
    timer->held = !timer->irq->hw && (timer->irq->pending || timer->irq->active);
    timer->holds += timer->held;
    vtimer_run(timer, hardware_ctl(timer));
}
