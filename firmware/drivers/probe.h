/* The probe: marks that the bench reads, and program counters it watches for. */
#ifndef AMAGIC_DRIVERS_PROBE_H
#define AMAGIC_DRIVERS_PROBE_H

#include <stdbool.h>
#include <stdint.h>

enum probe_mark {
    PROBE_SWITCH_OUT = 1, /* world n is being switched out */
    PROBE_SWITCH_IN = 2,  /* world n runs from here on */
    PROBE_END = 3,        /* the run is over; n is 0 for PASS */
    PROBE_NOTE = 4,       /* for tests */
    PROBE_GICC_READ = 5,  /* of an emulated GICC; n is the register's number << 16 | data[15:0] */
    PROBE_GICC_WRITE = 6,
    PROBE_LEAVE = 7,      /* virtual CPU n, which is out, moves: its time stands still from here on */
    PROBE_ARRIVE = 8,     /* it has come as virtual CPU n, in the order in which they left */
};

enum probe_watch {
    PROBE_HANDLER = 0, /* first instruction of the guest's trap handler */
    PROBE_MASK = 1,    /* the guest's interrupts are off from this instruction on */
    PROBE_UNMASK = 2,  /* this instruction turns them on again */
    PROBE_WATCHES = 3,
};

void probe_mark(enum probe_mark what, uint32_t n);

/* Record each time that the instruction at PC retires in supervisor mode. PC 0: never. */
void probe_watch(enum probe_watch which, uint32_t pc);

/* Record, from an empty buffer on, or do not. */
void probe_enable(bool on);

struct probe_record {
    uint64_t time;
    uint32_t info; /* kind in [31:27], cpu in [26:24], aux in [15:0] */
    uint32_t value;
};

/* Take the oldest record out of the buffer. False when there is none. */
bool probe_take(struct probe_record *record);

/* Records in the buffer, and those that found it full. */
uint32_t probe_count(void);
uint32_t probe_unread(void);

/* Events that the probe lost. */
uint32_t probe_dropped(void);

#endif
