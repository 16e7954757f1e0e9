/*
 * The ways to bring the virtual timer's interrupt to a guest. One build has them all:
 *
 *     forwarded    list registers with HW: the physical interrupt stays active until the guest's
 *                  own end of interrupt deactivates it. The timer is not touched.
 *     masked       list registers without HW: the host ends the physical interrupt itself, and
 *                  keeps the timer masked while the guest has the tick pending or active.
 *     masked-eoi   the same, with a maintenance interrupt at the guest's end of interrupt.
 *     emulated     no list registers: each access of the guest to its CPU interface is an exit,
 *                  and its interrupt line is a bit that the host sets. The timer is masked as above.
 *
 * Which one a run uses is said by hyp_mode, a word of the image that whoever loads it may change;
 * or, on a board, by who asks for the run.
 */
#ifndef AMAGIC_HYP_MODE_H
#define AMAGIC_HYP_MODE_H

#include "vcpu.h"

#include <stdbool.h>
#include <stdint.h>

/* Also in sim/amagic_sim/mode.py. */
enum mode_id {
    MODE_FORWARDED,
    MODE_MASKED,
    MODE_MASKED_EOI,
    MODE_EMULATED,
    MODES,
};

struct mode {
    const char *name;
    bool forwarded;       /* the timer's interrupt is mapped to the physical one */
    bool gicv;            /* the guest's CPU interface is the hardware's */
    bool end_maintenance; /* an exit at the end of an interrupt that no hardware stands behind */

    /* With the world of VCPU in: first thing at each exit, and last thing at each entry. */
    void (*exit)(struct vcpu *vcpu);
    void (*entry)(struct vcpu *vcpu);

    /* Its timer and its interrupts, out of and into the hardware. The latter is an entry, too. */
    void (*out)(struct vcpu *vcpu);
    void (*in)(struct vcpu *vcpu);
};

extern const volatile uint32_t hyp_mode; /* an enum mode_id */

/* The mode of this run. */
extern const struct mode *mode;

void mode_select(uint32_t id);

/* The mode of that name, MODES when there is none. */
uint32_t mode_named(const char *name);

#endif
