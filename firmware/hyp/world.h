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

/* The virtual CPUs of a VM that is made: those of its image, all off. */
void world_make_vcpus(struct vm *vm);

#endif
