/* What the guests of the tests share. A guest ends with status 0, or with the line that failed. */
#ifndef AMAGIC_GUEST_TEST_H
#define AMAGIC_GUEST_TEST_H

#include "guests/guest.h"

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            finish(__LINE__);                                                                      \
    } while (0)

static inline _Noreturn void finish_with(uint32_t status, uint32_t ticks, uint32_t spurious)
{
    static struct guest_result result;

    guest_mask();
    guest_timer_off();
    result = (struct guest_result){.status = status, .ticks = ticks, .spurious = spurious};
    guest_done(&result);
}

static inline _Noreturn void finish(uint32_t status)
{
    finish_with(status, 0, 0);
}

/* The timer's first deadline, CYCLES from now. */
static inline uint64_t start_timer(uint32_t cycles)
{
    uint64_t deadline = guest_timer_count() + cycles;

    guest_timer_set_compare(deadline);
    guest_timer_on();
    return deadline;
}

/* In the handler: the deadline after this one, or none, if this tick was the LAST. */
static inline void next_deadline(uint64_t *deadline, uint32_t period, bool last)
{
    *deadline += period;
    if (last)
        guest_timer_off();
    else
        guest_timer_set_compare(*deadline);
}

/* The timer's interrupt with the lowest priority, and SGIs 1 to DEPTH, each above the one before. */
static inline void enable_nest(uint32_t depth)
{
    guest_gic_enable(GUEST_VTIMER_INTID, 0xC0);
    for (uint32_t sgi = 1; sgi <= depth; sgi++)
        guest_gic_enable(sgi, (uint8_t)(0xC0 - 0x10 * sgi));
}

/* Interrupts from now on; ends when the handler has counted COUNT ticks, one each PERIOD. */
static inline _Noreturn void take_ticks(uint64_t *deadline, uint32_t period,
                                        const volatile uint32_t *ticks, uint32_t count)
{
    *deadline = start_timer(period);
    guest_unmask();
    while (*ticks < count)
        ;
    finish_with(0, *ticks, 0);
}

static inline void wait_until(uint64_t deadline)
{
    while (guest_timer_count() < deadline)
        ;
}

static inline void set_pending(uint32_t intid)
{
    guest_write(GUEST_GICD + GICD_ISPENDR_AT(intid / 32), 1u << intid % 32);
    (void)guest_read(GUEST_GICD + GICD_CTLR);
}

/* The bit of INTID in a register with one bit for each; FIRST is register 0 of them. */
static inline bool gicd_bit(uint32_t first, uint32_t intid)
{
    return guest_read(GUEST_GICD + first + 4 * (intid / 32)) >> intid % 32 & 1;
}

#endif
