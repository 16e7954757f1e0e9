/*
 * What guests may touch. Each hart has one map, with its own GICV and its guest's timer page in it;
 * to it belongs the memory of the VM whose world is in.
 */
#ifndef AMAGIC_HYP_STAGE2_H
#define AMAGIC_HYP_STAGE2_H

#include <stdbool.h>
#include <stdint.h>

/* This hart's map, with its devices. It is this hart's for good. */
void stage2_init_hart(void);

/* Memory of SIZE bytes for a VM, from its own share. */
void stage2_give_memory(unsigned vm, uint32_t size);

/* Nothing of it any more. */
void stage2_take_memory(unsigned vm);

/* The memory of a VM, as an entry of a hart's map. */
uint32_t stage2_map(unsigned vm);

/* This hart's map has that memory from now on: ordered before the guest's next access. */
void stage2_enter(uint32_t map);

/* The guest's GICV_DIR page: there, or trapped. Ordered before the guest's next access. */
void stage2_trap_dir(bool trapped);

#endif
