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

/* Make the virtual CPUs from the images in memory; the first world is in afterwards. */
struct vcpu *world_start(void);

/*
 * CURRENT's time is up, or it was stopped. The world to enter: already in, with a new time slice.
 * The virtual CPUs of all VMs take turns. When no world can run any more, this ends the run.
 */
struct vcpu *world_next(struct vcpu *current);

struct vm *world_vm(unsigned id);

/* The virtual CPUs of a VM that is made: those of its image, all off. */
void world_make_vcpus(struct vm *vm);

#endif
