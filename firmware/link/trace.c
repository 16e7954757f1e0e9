#include "trace.h"

#include "drivers/probe.h"
#include "drivers/timer.h"
#include "link.h"

/* kind and CPU, and three numbers in bytes of seven bits: 64, 16 and 32 bits */
#define RECORD_SIZE (1 + 10 + 3 + 5)
#define KINDS 32

static uint64_t last_time;
static uint32_t last_aux[KINDS], last_value[KINDS];
static uint32_t sent;

/* Seven bits a byte, the lowest first; the top bit says that more follow. */
static COLD void put_number(uint64_t number)
{
    for (; number >> 7; number >>= 7)
        link_byte((uint8_t)(number | 0x80));
    link_byte((uint8_t)number);
}

/* What differs from the record before it, and from the last of its kind. */
static COLD void put_record(const struct probe_record *record)
{
    uint32_t kind = record->info >> 27, aux = record->info & 0xFFFF;

    link_byte((uint8_t)(record->info >> 24));
    put_number(record->time - last_time);
    put_number(aux ^ last_aux[kind]);
    put_number(record->value ^ last_value[kind]);
    last_time = record->time;
    last_aux[kind] = aux;
    last_value[kind] = record->value;
    sent++;
}

void trace_drain(uint32_t at_least)
{
    struct probe_record record;

    if (probe_count() < at_least)
        return;
    timer_stop();
    while (probe_take(&record)) {
        link_open(LINK_TRACE);
        do
            put_record(&record);
        while (link_room() >= RECORD_SIZE && probe_take(&record));
        link_close();
    }
    timer_start();
}

uint32_t trace_sent(void)
{
    return sent;
}
