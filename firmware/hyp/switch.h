/*
 * The end of a time slice, as it usually is: one straight piece of code for a switch between two
 * worlds that have at most their tick in list registers, and nothing queued, with the same rules as
 * world.c. Whatever else there is to do falls to world.c, before anything has been done.
 */
#ifndef AMAGIC_HYP_SWITCH_H
#define AMAGIC_HYP_SWITCH_H

#include "vcpu.h"

/*
 * The time slice of OUT is over, the host has acknowledged that interrupt and no other, and all of
 * OUT's registers are saved. IN, its `next`, is entered; when it is not that simple this returns,
 * with nothing done. SYNCED: the vgic of OUT knows what is in list registers.
 *
 * The trap vector tries it first thing, and hyp_exit() once more.
 */
void switch_slice(struct cpu_context *out, struct cpu_context *in, bool synced);

/* Whether hyp_exit() may, after its sync. */
bool switch_is_plain(const struct vcpu *vcpu);

/*
 * At the end of every other exit: make sure that `next` is right in all contexts. LEFT is the vCPU
 * that ran, ENTERED the one that will.
 */
void switch_prepare(struct vcpu *left, struct vcpu *entered);

/* Add to the statistics what the trap vector and this did by themselves. */
void switch_count(struct vcpu *vcpu);

#endif
