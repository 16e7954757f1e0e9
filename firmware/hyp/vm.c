#include "vm.h"

#include "arch/riscv/sv32.h"
#include "lib/attributes.h"
#include "platform.h"
#include "stage2.h"
#include "vcpu.h"

#include <stddef.h>

/* The word of the header that is wrong, as an offset into it, or -1. */
static int check_image(const struct guest_header *image)
{
    uint32_t end = GUEST_RAM_BASE + image->ram_size;

    if (image->magic != GUEST_MAGIC)
        return offsetof(struct guest_header, magic);
    if (image->version != GUEST_VERSION)
        return offsetof(struct guest_header, version);
    if (!image->ram_size || image->ram_size > GUEST_RAM_MAX || image->ram_size % SV32_PAGE_SIZE)
        return offsetof(struct guest_header, ram_size);
    if (image->image_end < GUEST_RAM_BASE + sizeof(*image) || image->image_end > end)
        return offsetof(struct guest_header, image_end);
    if (image->entry < GUEST_RAM_BASE || image->entry >= end || image->entry % 4)
        return offsetof(struct guest_header, entry);
    if (!image->vcpus || image->vcpus > VGIC_CPUS)
        return offsetof(struct guest_header, vcpus);
    return -1;
}

COLD bool vm_init(struct vm *vm, unsigned id)
{
    int wrong;

    *vm = (struct vm){.id = id};
    vm->image = *(const struct guest_header *)(uintptr_t)GUEST_RAM(id);
    vgic_dist_init(&vm->dist);
    wrong = check_image(&vm->image);
    if (wrong < 0) {
        stage2_give_memory(id, vm->image.ram_size);
        return true;
    }
    vm->fault = FAULT_IMAGE;
    vm->fault_value = (uint32_t)wrong;
    vm->state = VM_FAULTED;
    return false;
}

COLD void vm_stop(struct vm *vm, enum vm_state state)
{
    vm->state = state;
    for (unsigned i = 0; i < vm->vcpus; i++)
        vm->vcpu[i]->state = VCPU_OFF;
}

void *vm_memory(const struct vm *vm, uint32_t va, uint32_t size)
{
    uint32_t at = va - GUEST_RAM_BASE;

    if (at >= vm->image.ram_size || size > vm->image.ram_size - at)
        return NULL;
    return (void *)(uintptr_t)(GUEST_RAM(vm->id) + at);
}
