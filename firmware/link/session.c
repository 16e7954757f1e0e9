#include "session.h"

#include "drivers/mmio.h"
#include "drivers/probe.h"
#include "drivers/timer.h"
#include "drivers/uart.h"
#include "hyp/console.h"
#include "hyp/mode.h"
#include "link.h"
#include "platform.h"
#include "selftest/selftest.h"
#include "trace.h"

#include <stdbool.h>
#include <stddef.h>

/* The ticks that each guest is to get; 0 when that is not known. */
#ifndef LINK_TICKS
#define LINK_TICKS 0, 0
#endif

/* Looks at the serial line between two hellos: some 10 ms. */
#define PATIENCE 20000

/* The longest request: what is longer is none. */
#define REQUEST_SIZE 32

enum state {
    READY,    /* for the request to run, and to test itself before that */
    FINISHED, /* a run, and ready for another one; only a reset brings the self-tests back */
    REFUSED,  /* the request: there is no such mode */
};

/* Another hart would go on with the old run. */
_Static_assert(HARTS == 1 || !HYP_LINK, "with a link, the host runs on one hart");

_Noreturn void _start(void);
extern char amagic_soc_id[]; /* an absolute symbol: its address is the number */

static const uint32_t ticks[GUESTS] = {LINK_TICKS};
static const char request[] = "amagic run"; /* and the end of the line, or a space and a mode */

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

/* The next line that comes in, within some time; NULL when none does. */
static COLD const char *next_line(void)
{
    static char line[REQUEST_SIZE];
    static unsigned length;

    for (unsigned look = 0; look < PATIENCE; look++) {
        int byte = uart_getc();

        if (byte < 0)
            continue;
        if (byte == '\n') {
            line[length] = 0;
            length = 0;
            return line;
        }
        line[length] = (char)byte;
        if (length < sizeof(line) - 1)
            length++;
    }
    return NULL;
}

/* What stands in LINE behind the request, or NULL. */
static COLD const char *behind_request(const char *line)
{
    for (const char *expected = request; *expected; line++, expected++)
        if (*line != *expected)
            return NULL;
    return line;
}

/* Say hello until a run is asked for; the mode to run in. */
static COLD uint32_t wait_for_request(enum state state)
{
    while (uart_getc() >= 0)
        ; /* asked for again, of a run that is over */
    for (;;) {
        const char *line, *behind;
        uint32_t id;

        hello(state);
        line = next_line();
        behind = line ? behind_request(line) : NULL;
        if (!behind || (*behind && *behind != ' '))
            continue;
        id = *behind ? mode_named(behind + 1) : hyp_mode;
        if (id < MODES)
            return id;
        hello(REFUSED);
    }
}

uint32_t session_begin(void)
{
    /* The distributor is off after a reset, and then never again. Some self-tests want hardware that
     * is fresh from its reset. */
    bool fresh = !mmio_read(GICD_BASE + GICD_CTLR);
    uint32_t id;

    probe_enable(false);
    id = wait_for_request(fresh ? READY : FINISHED);
    if (fresh && selftest_run())
        session_end(1);
    timer_stop();
    timer_set_count(0);
    probe_enable(true);
    return id;
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
    _start();
}
