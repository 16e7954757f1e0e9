/* The probe, by which the run is judged: it keeps what it should, in order, and counts the rest. */
#include "selftest.h"

#include "drivers/probe.h"
#include "drivers/timer.h"

#define MARKS 20u
#define MANY 5000u /* more than any buffer of it holds */

void selftest_probe(void)
{
    struct probe_record record;
    uint64_t last = 0;
    uint32_t count;

    probe_enable(true);
    expect("records after clearing", probe_count(), 0);
    for (uint32_t i = 0; i < MARKS; i++)
        probe_mark(PROBE_NOTE, i);
    expect("records of marks", probe_count(), MARKS);
    for (uint32_t i = 0; i < MARKS && probe_take(&record); i++) {
        expect("a mark's kind", record.info, 0);
        expect("a mark's value", record.value, (uint32_t)PROBE_NOTE << 28 | i);
        expect("times that go up", record.time > last, 1);
        last = record.time;
    }
    expect("a record's time, not in the future", record.time <= timer_count(), 1);
    for (uint32_t i = 0; i < MANY; i++)
        probe_mark(PROBE_NOTE, i);
    (void)probe_count();
    count = probe_count();
    expect("records kept and not kept", count + probe_unread(), MANY);
    expect("events dropped", probe_dropped(), 0);
    probe_enable(false);
    expect("records after clearing again", probe_count() + probe_unread(), 0);
}
