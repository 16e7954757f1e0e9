/*
 * The world switch, and who runs next.
 *
 * Host interrupts are off from the exit to the entry: what a flush prepares is what is entered.
 * Out: the timer is stopped and its line low before the list registers and the active states are
 * saved. In: the timer's flush, the list registers, the active states, and the timer itself last.
 */
#ifndef AMAGIC_HYP_WORLD_H
#define AMAGIC_HYP_WORLD_H

#include "vcpu.h"

/* Make the virtual CPUs from the images in memory. Then each hart gets its first world, which is
 * in afterwards. */
void world_start(void);
struct vcpu *world_first(void);

/*
 * CURRENT's time is up, or it was stopped. The world to enter: already in, with a new time slice.
 * The virtual CPUs of all VMs take turns on all harts, one hart at a time for each; those of one VM
 * may run at the same time. When no world can run any more, this ends the run.
 */
struct vcpu *world_next(struct vcpu *current);

/* A virtual CPU can run that could not before: harts that wait for one look again. */
void world_wake(void);

struct vm *world_vm(unsigned id);
struct vcpu *world_vcpu(unsigned id);

/* Whose turn is next after CURRENT's (NULL: who is first). NULL when nobody can run. */
struct vcpu *world_turn(const struct vcpu *current);

/* The length of the next time slice, in cycles. */
uint32_t world_slice(void);

/* Let the probe watch the points that a guest's image names. */
void world_watch(const struct guest_header *image);

/* Records with which the probe's buffer of 256 is emptied at the end of a time slice, where they go
 * over the link: what the next slice brings must fit the rest. */
#define TRACE_DRAIN_AT 96

/* The virtual CPUs of a VM that is made: those of its image, all off. */
void world_make_vcpus(struct vm *vm);

#endif
