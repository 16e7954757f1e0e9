/*
 * A guest's virtual timer. The hardware has one, and the worlds share it: each world's compare
 * value, control and offset are moved in and out.
 *
 * When its interrupt is mapped, its mask bit is the guest's alone. When it is not, the host ends
 * the physical interrupt itself, and has to keep the line, which stays high until the guest
 * programs the timer anew, from interrupting it again: it holds the timer masked while the guest
 * has the tick pending or active. That asks something of the guest. It sees a mask that it has not
 * set; and a mask that it sets itself meanwhile is taken for the host's.
 */
#ifndef AMAGIC_HYP_VTIMER_H
#define AMAGIC_HYP_VTIMER_H

#include "vgic.h"

#include <stdbool.h>
#include <stdint.h>

struct vtimer {
    uint64_t cval;
    uint64_t offset;
    uint32_t ctl; /* the guest's ENABLE and IMASK */
    struct vgic_irq *irq;

    /* Without a mapping: */
    bool held;      /* the hardware's timer is masked by the host */
    uint32_t holds; /* how often it has been */
};

/* FORWARDED: map the virtual timer's interrupt for VGIC. */
void vtimer_init(struct vtimer *timer, struct vgic_cpu *vgic, uint64_t offset, bool forwarded);

/* Out of the hardware. On return the line is low, so the other world does not see it. */
void vtimer_save(struct vtimer *timer);

/*
 * Without a mapping: at each exit, after the vgic's sync, bring its line to the vgic; when its
 * physical interrupt is taken, make the line low; and before the vgic's flush at each entry, mask
 * the timer while the guest has a tick open, and not otherwise.
 */
void vtimer_sample(struct vtimer *timer, struct vgic_cpu *vgic);
void vtimer_interrupt(struct vtimer *timer, struct vgic_cpu *vgic);
void vtimer_hold(struct vtimer *timer);

/*
 * Before the vgic's flush: a timer that expired while its world was out is queued here, together
 * with its active state, so that no physical interrupt is taken for it.
 */
void vtimer_flush(const struct vtimer *timer, struct vgic_cpu *vgic);

/* Into the hardware, after the active state of its interrupt is there. */
void vtimer_restore(struct vtimer *timer);

#endif
