/*
 * A guest's virtual timer. The hardware has one, and the worlds share it: each world's compare
 * value, control and offset are moved in and out. Its mask bit is the guest's alone.
 */
#ifndef AMAGIC_HYP_VTIMER_H
#define AMAGIC_HYP_VTIMER_H

#include "vgic.h"

#include <stdbool.h>
#include <stdint.h>

struct vtimer {
    uint32_t ctl; /* ENABLE and IMASK */
    uint64_t cval;
    uint64_t offset;
};

/* Map the virtual timer's interrupt for VGIC. */
void vtimer_init(struct vtimer *timer, struct vgic_cpu *vgic, uint64_t offset);

/* Out of the hardware. On return the line is low, so the other world does not see it. */
void vtimer_save(struct vtimer *timer);

/*
 * Before the vgic's flush: a timer that expired while its world was out is queued here, together
 * with its active state, so that no physical interrupt is taken for it.
 */
void vtimer_flush(const struct vtimer *timer, struct vgic_cpu *vgic);

/* Into the hardware, after the active state of its interrupt is there. */
void vtimer_restore(const struct vtimer *timer);

#endif
