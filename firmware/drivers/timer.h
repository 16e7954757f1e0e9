/* The memory-mapped generic timer. Each function touches hardware and decides nothing. */
#ifndef AMAGIC_DRIVERS_TIMER_H
#define AMAGIC_DRIVERS_TIMER_H

#include <stdbool.h>
#include <stdint.h>

/* Start the counter, give the host its frames, and the guest its virtual timer and no more. */
void timer_init(void);

/* The system counter, and with it every timer, stands or goes. */
void timer_stop(void);
void timer_start(void);

/* Only while it stands: the two halves are two accesses. */
void timer_set_count(uint64_t count);

/* The physical count. Of who reads its halves, the high one comes first, and again if the low one
 * may have wrapped in between: it has not come far since then. */
uint64_t timer_count(void);
uint32_t timer_count_high(void);
uint32_t timer_count_low(void);

static inline bool timer_count_wrapped(uint32_t low)
{
    return low < 0x10000;
}

/* The host's own timer: its line rises CYCLES from now; stopped, the line is low. One that runs, or
 * has expired, may be set again. */
void timer_slice_start(uint32_t cycles);
void timer_slice_again(uint32_t cycles);
void timer_slice_stop(void);

/* The guest's virtual timer, from the host's side. */
uint32_t timer_virtual_read_ctl(void);
void timer_virtual_write_ctl(uint32_t ctl);
uint64_t timer_virtual_read_cval(void);
void timer_virtual_write_cval(uint64_t cval);

/* Only while CTL.ENABLE is 0: the two halves are two accesses. */
void timer_virtual_write_offset(uint64_t offset);

#endif
