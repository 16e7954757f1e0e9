/* Between a VM that is out and the part of its image that lies before the memory. */
#ifndef AMAGIC_HYP_MIGRATE_STATE_H
#define AMAGIC_HYP_MIGRATE_STATE_H

#include "image.h"
#include "vm.h"

void write_state(const struct vm *vm, uint32_t length, struct image_head *to);

/* Of an image that was checked, into a VM that was made with its header and virtual CPUs. */
void read_state(const struct image_head *from, struct vm *vm);

/* Its virtual counter goes on from COUNT now. */
void start_counter(struct vm *vm, uint64_t count);

#endif
