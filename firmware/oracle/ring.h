/*
 * What the host and the agents share: a ring of slots, each an operation on the GIC by one CPU.
 *
 * The host fills slots and then counts them in `posted`. The agents take one slot after another.
 * `turn` counts the steps taken: step 0 of a slot is the operation, by the CPU that it names; in
 * step 1 + n CPU n notes its outputs. So an operation, and what every CPU sees of it, is over
 * before the next one begins.
 *
 * While there is no `work` the CPUs sleep. To wake those that say so the host raises their FIQ
 * inputs, behind the GIC's back, before it posts anything. The GIC sets the inputs right when the
 * first operation is done, which waits until none is asleep.
 */
#ifndef ORACLE_RING_H
#define ORACLE_RING_H

#include <stdint.h>

enum {
    RING_CPUS = 8,
    RING_SLOTS = 1 << 14,
};

enum slot_kind {
    SLOT_READ,
    SLOT_WRITE,
    SLOT_NOTHING, /* the outputs only */
};

/* The outputs of a CPU, as bits of a byte. */
enum output {
    OUTPUT_IRQ = 1 << 0,
    OUTPUT_FIQ = 1 << 1,
    OUTPUT_VIRQ = 1 << 2,
    OUTPUT_VFIQ = 1 << 3,
    OUTPUT_MAINTENANCE = 1 << 4,
};

struct slot {
    uint8_t cpu;
    uint8_t kind;
    uint8_t size; /* in bytes: 1, 2 or 4 */
    uint8_t reserved;
    uint32_t address;
    uint32_t value;    /* to write, or that was read */
    uint32_t syndrome; /* ESR of an access that was aborted, else 0 */
    uint8_t outputs[RING_CPUS];
};

struct ring {
    uint32_t cpus;   /* by the host: the agents begin when it is not 0 */
    uint32_t posted; /* slots filled since the start, modulo 2^32 */
    uint32_t taken;  /* slots done since the start, modulo 2^32 */
    uint32_t step;   /* of the slot under way */
    uint8_t ready[RING_CPUS]; /* 1 for each CPU that has started */
    uint32_t crashed;         /* 1 when an agent took an exception that it does not expect */
    uint32_t crash_cpu;
    uint64_t crash_syndrome; /* ESR, of its level */
    uint64_t crash_pc;       /* ELR */
    uint64_t crash_address;  /* FAR */
    uint8_t asleep[RING_CPUS]; /* 1 for each CPU that may have to be woken */
    uint32_t work;             /* by the host: 0 when the CPUs may sleep */
    uint32_t reserved[15];
    struct slot slots[RING_SLOTS];
};

#endif
