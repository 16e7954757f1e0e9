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

/* While it is out: whether its interrupt is due. (In halves, without jumps, in few registers.) */
ALWAYS_INLINE bool vtimer_due(const struct vtimer *timer)
{
    uint32_t high = timer_count_high(), low = timer_count_low();
    uint32_t half = (uint32_t)timer->offset, early = timer->ctl ^ VTIMER_ENABLE, borrow;

    LOADED(half);
    LOADED(early);
    if (RARE(timer_count_wrapped(low)))
        high = timer_count_high();
    borrow = low < half;
    low -= half;
    high -= (uint32_t)(timer->offset >> 32);
    high -= borrow;
    half = (uint32_t)timer->cval;
    LOADED(half);
    borrow = low < half;
    half = (uint32_t)(timer->cval >> 32);
    LOADED(half);
    early |= high < half;
    high -= half;
    early |= high < borrow;
    LOADED(early);
    return !early;
}

/* In, behind the active state of its interrupt. CTL comes last: from there on the line may rise. */
ALWAYS_INLINE void vtimer_run(const struct vtimer *timer, uint32_t ctl)
{
    timer_virtual_write_offset(timer->offset);
    timer_virtual_write_cval(timer->cval);
    timer_virtual_write_ctl(ctl);
}

#endif
