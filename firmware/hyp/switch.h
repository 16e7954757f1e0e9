/*
 * The end of a time slice, as it usually is: one straight piece of code for a switch between two
 * worlds that have at most their tick in list registers, and nothing queued, with the same rules as
 * world.c. Whatever else there is to do falls to world.c, before anything has been done.
 */
#ifndef AMAGIC_HYP_SWITCH_H
#define AMAGIC_HYP_SWITCH_H

#include "vcpu.h"

/*
 * The time slice of OUT is over, the trap vector has acknowledged that interrupt and no other, and
 * all of OUT's registers are saved. IN, its `next`, is entered; when it is not that simple
 * hyp_exit() is, with nothing done.
 *
 * The vgic of OUT is not told: what its tick's list register has is kept as it is, and has its
 * meaning again when the world comes in this way. Another way in settles it first.
 */
void switch_slice(struct cpu_context *out, struct cpu_context *in);

/*
 * At the end of every other exit: make sure that `next` is right in all contexts. LEFT is the vCPU
 * that ran, ENTERED the one that will. It is NULL, as it was at first, in other modes, with several
 * harts, and as long as guests are to be moved.
 */
void switch_prepare(struct vcpu *left, struct vcpu *entered);

/* Add to the statistics what the trap vector and this did by themselves. */
void switch_count(struct vcpu *vcpu);

/* VCPU is out, and comes in another way. */
void switch_settle(struct vcpu *vcpu);

#endif
