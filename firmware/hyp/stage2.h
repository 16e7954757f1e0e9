/*
 * What guests may touch. Each hart has one map, with its own GICV and its guest's timer page in it;
 * to it belongs the memory of the VM whose world is in.
 */
#ifndef AMAGIC_HYP_STAGE2_H
#define AMAGIC_HYP_STAGE2_H

#include <stdbool.h>
#include <stdint.h>

/* This hart's devices. */
void stage2_init_hart(void);

/* Memory of SIZE bytes for a VM, from its own share. */
void stage2_give_memory(unsigned vm, uint32_t size);

/* Nothing of it any more. */
void stage2_take_memory(unsigned vm);

/* This hart's map is for VM from now on. Its satp, whose write is to be followed by a fence. */
uint32_t stage2_enter(unsigned vm);

/* The guest's GICV_DIR page: there, or trapped. Ordered before the guest's next access. */
void stage2_trap_dir(bool trapped);

#endif
