/* The probe's records on the link. */
#ifndef AMAGIC_LINK_TRACE_H
#define AMAGIC_LINK_TRACE_H

#include <stdint.h>

/*
 * Send what the probe has recorded when that is AT_LEAST so many records. The system counter, by
 * which every timer runs, stands meanwhile: to the guests, no time passes.
 */
void trace_drain(uint32_t at_least);

/* Records that were sent. */
uint32_t trace_sent(void);

#endif
