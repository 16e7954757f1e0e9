#include "session.h"

#include "drivers/probe.h"
#include "drivers/timer.h"
#include "drivers/uart.h"
#include "link.h"
#include "platform.h"
#include "selftest/selftest.h"
#include "trace.h"

#include <stdbool.h>

/* The ticks that each guest is to get; 0 when that is not known. */
#ifndef LINK_TICKS
#define LINK_TICKS 0, 0
#endif

/* Looks at the serial line between two hellos: some 10 ms. */
#define PATIENCE 20000

enum state {
    READY,    /* for the request to run */
    FINISHED, /* memory is as the run left it: only a reset makes it ready again */
};

extern char amagic_soc_id[]; /* an absolute symbol: its address is the number */

static const uint32_t ticks[GUESTS] = {LINK_TICKS};
static const char request[] = "amagic run\n";

static COLD void hello(enum state state)
{
    link_open(LINK_HELLO);
    link_byte(LINK_VERSION);
    link_byte((uint8_t)state);
    link_word((uint32_t)(uintptr_t)amagic_soc_id);
    link_word(CLOCK_HZ);
    link_byte(GUESTS);
    for (unsigned id = 0; id < GUESTS; id++)
        link_word(ticks[id]);
    link_close();
}

static COLD bool requested(void)
{
    static unsigned matched;

    for (unsigned look = 0; look < PATIENCE; look++) {
        int byte = uart_getc();

        if (byte < 0)
            continue;
        matched = byte == request[matched] ? matched + 1 : byte == request[0];
        if (request[matched])
            continue;
        matched = 0;
        return true;
    }
    return false;
}

void session_begin(void)
{
    probe_enable(false);
    do
        hello(READY);
    while (!requested());
    if (selftest_run())
        session_end(1);
    timer_stop();
    timer_set_count(0);
    probe_enable(true);
}

void session_end(unsigned result)
{
    trace_drain(0);
    link_open(LINK_END);
    link_byte((uint8_t)result);
    link_word(probe_dropped());
    link_word(probe_unread());
    link_word(trace_sent());
    link_close();
    for (;;) {
        hello(FINISHED);
        (void)requested();
    }
}
