#include "vm.h"

#include "guest_header.h"
#include "lib/attributes.h"
#include "migrate.h"
#include "platform.h"
#include "stage2.h"
#include "vcpu.h"
#include "vgic_lock.h"

#include <stddef.h>

/* Nothing was loaded, or a guest that is to go on when it is asked for. */
static bool is_empty(const struct guest_header *header)
{
    const uint32_t *words = (const uint32_t *)header;
    uint32_t any = 0;

    for (unsigned i = 0; i < sizeof(*header) / sizeof(*words); i++)
        any |= words[i];
    return !any || header->magic == IMAGE_MAGIC;
}

COLD void vm_adopt(struct vm *vm, unsigned id, const struct guest_header *header)
{
    vgic_dist_init(&vm->dist); /* made anew it keeps its place among those of all VMs */
    *vm = (struct vm){.id = id, .image = *header, .dist = vm->dist};
}

COLD bool vm_init(struct vm *vm, unsigned id)
{
    int wrong;

    vm_adopt(vm, id, (const struct guest_header *)(uintptr_t)GUEST_RAM(id));
    wrong = guest_header_wrong(&vm->image, GUEST_RAM_MAX);
    if (wrong < 0) {
        stage2_give_memory(id, vm->image.ram_size);
        return true;
    }
    if (HYP_MIGRATE && is_empty(&vm->image)) {
        vm->image = (struct guest_header){0};
        vm->state = VM_EMPTY;
    } else {
        vm->fault = FAULT_IMAGE;
        vm->fault_value = (uint32_t)wrong;
        vm->state = VM_FAULTED;
    }
    return false;
}

COLD void vm_stop(struct vm *vm, enum vm_state state)
{
    vm->state = state;
    for (unsigned i = 0; i < vm->vcpus; i++) {
        vcpu_set_state(vm->vcpu[i], VCPU_OFF);
        vgic_kick(&vm->vcpu[i]->vgic);
    }
}

void vm_teardown(struct vm *vm)
{
    for (unsigned i = 0; i < vm->vcpus; i++)
        if (vgic_is_elsewhere(&vm->vcpu[i]->vgic))
            return;
    for (unsigned i = 0; i < vm->vcpus; i++)
        vgic_teardown(&vm->vcpu[i]->vgic);
}

void *vm_memory(const struct vm *vm, uint32_t va, uint32_t size)
{
    uint32_t at = va - GUEST_RAM_BASE;

    if (at >= vm->image.ram_size || size > vm->image.ram_size - at)
        return NULL;
    return (void *)(uintptr_t)(GUEST_RAM(vm->id) + at);
}
