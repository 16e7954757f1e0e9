/* The steps in which a guest's virtual timer is moved. They touch its state and the hardware. */
#ifndef AMAGIC_HYP_VTIMER_MOVE_H
#define AMAGIC_HYP_VTIMER_MOVE_H

#include "drivers/timer.h"
#include "lib/attributes.h"
#include "platform.h"
#include "vtimer.h"

#define VTIMER_ENABLE CNTBASE_CNTV_CTL_ENABLE_MASK
#define VTIMER_IMASK CNTBASE_CNTV_CTL_IMASK_MASK

/* Out: CTL as it was. The line falls, which the caller awaits: lines_wait_low(). */
ALWAYS_INLINE uint32_t vtimer_stop(struct vtimer *timer)
{
    uint32_t had = timer_virtual_read_ctl();

    timer->cval = timer_virtual_read_cval();
    timer_virtual_write_ctl(0);
    return had;
}

/* While it is out: whether its interrupt is due. (In halves, and without a jump.) */
ALWAYS_INLINE bool vtimer_due(const struct vtimer *timer)
{
    uint64_t count = timer_count() - timer->offset, cval = timer->cval;
    uint32_t high = (uint32_t)(count >> 32), cval_high = (uint32_t)(cval >> 32);
    bool borrow = (uint32_t)count < (uint32_t)cval;
    bool early = (high < cval_high) | (high - cval_high < borrow);

    return (timer->ctl == VTIMER_ENABLE) & !early;
}

/* In, behind the active state of its interrupt. CTL comes last: from there on the line may rise. */
ALWAYS_INLINE void vtimer_run(const struct vtimer *timer, uint32_t ctl)
{
    timer_virtual_write_offset(timer->offset);
    timer_virtual_write_cval(timer->cval);
    timer_virtual_write_ctl(ctl);
}

#endif
