#include "vtimer.h"

#include "drivers/irqchip.h"
#include "panic.h"
#include "platform.h"
#include "drivers/timer.h"

/* The line needs a few cycles to the distributor; far more than that is broken hardware. */
#define LINE_POLLS 1000

void vtimer_init(struct vtimer *timer, struct vgic_cpu *vgic, uint64_t offset)
{
    *timer = (struct vtimer){.offset = offset};
    if (vgic_map_phys_irq(vgic, PPI_VTIMER, PPI_VTIMER, true) != VGIC_OK)
        panic("virtual timer not mapped", 1, PPI_VTIMER);
}

void vtimer_save(struct vtimer *timer)
{
    unsigned polls = 0;

    timer->ctl = timer_virtual_read_ctl();
    timer->cval = timer_virtual_read_cval();
    timer_virtual_write_ctl(0);
    while (irqchip_get_state(PPI_VTIMER, IRQCHIP_LINE))
        if (++polls == LINE_POLLS)
            panic("virtual timer's line stays high", 1, PPI_VTIMER);
}

static bool expired(const struct vtimer *timer)
{
    if (!(timer->ctl & CNTBASE_CNTV_CTL_ENABLE_MASK) || timer->ctl & CNTBASE_CNTV_CTL_IMASK_MASK)
        return false;
    return timer_count() - timer->offset >= timer->cval;
}

void vtimer_flush(const struct vtimer *timer, struct vgic_cpu *vgic)
{
    if (expired(timer) && vgic_queue_phys(vgic, vgic_find_phys(vgic, PPI_VTIMER)))
        vgic->stats.queued_on_entry++;
}

void vtimer_restore(const struct vtimer *timer)
{
    timer_virtual_write_offset(timer->offset);
    timer_virtual_write_cval(timer->cval);
    timer_virtual_write_ctl(timer->ctl);
}
