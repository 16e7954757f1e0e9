#include "migrate.h"

#include "arch/riscv/csr.h"
#include "drivers/probe.h"
#include "lib/attributes.h"
#include "lib/crc32.h"
#include "lib/string.h"
#include "migrate_state.h"
#include "platform.h"
#include "stage2.h"
#include "world.h"

#include <stddef.h>

static uint32_t *slot_memory(unsigned slot)
{
    return (uint32_t *)(uintptr_t)GUEST_RAM(slot);
}

COLD enum image_error migrate_check_free(unsigned slot)
{
    if (slot >= GUESTS)
        return IMAGE_NO_SUCH_SLOT;
    switch (world_vm(slot)->state) {
    case VM_EMPTY:
    case VM_MOVED:
        return IMAGE_OK;
    default:
        return IMAGE_SLOT_IN_USE;
    }
}

/* Out. */

static COLD bool has_device(const struct vm *vm)
{
    for (unsigned i = 0; i < vm->vcpus; i++) {
        const struct vgic_cpu *cpu = &vm->vcpu[i]->vgic;

        for (unsigned n = 0; n < cpu->mappings; n++)
            if (!cpu->mapping[n]->shared)
                return true;
    }
    return false;
}

static COLD void write_image(const struct vm *vm, uint32_t *to)
{
    uint32_t length = image_size(vm->vcpus, vm->image.ram_size);
    uint32_t state = image_state_size(vm->vcpus);

    write_state(vm, length, (struct image_head *)to);
    memcpy(to + state / 4, slot_memory(vm->id), vm->image.ram_size);
    to[length / 4 - 1] = crc32(0, to, length - 4);
}

COLD enum image_error migrate_out(struct vm *vm, unsigned to)
{
    enum image_error error = migrate_check_free(to);

    if (error)
        return error;
    if (vm->state != VM_RUNNING)
        return IMAGE_NOT_RUNNING;
    if (has_device(vm))
        return IMAGE_HAS_DEVICE;
    if (image_size(vm->vcpus, vm->image.ram_size) > GUEST_RAM_MAX)
        return IMAGE_NO_ROOM;
    for (unsigned i = 0; i < vm->vcpus; i++)
        probe_mark(PROBE_LEAVE, vm->vcpu[i]->id);
    write_image(vm, slot_memory(to));
    vm_stop(vm, VM_MOVED);
    vm_teardown(vm);
    stage2_take_memory(vm->id);
    return IMAGE_OK;
}

/* In. */

COLD enum image_error migrate_check(unsigned slot)
{
    const struct image_host host = {
        .clock_hz = CLOCK_HZ,
        .ram_max = GUEST_RAM_MAX,
    };
    enum image_error error = migrate_check_free(slot);

    return error ? error : image_check(slot_memory(slot), GUEST_RAM_MAX, &host);
}

COLD enum image_error migrate_in(unsigned slot)
{
    enum image_error error = migrate_check(slot);
    const struct image_head *image;
    struct vm *vm;
    uint32_t size;
    uint64_t count;

    if (error)
        return error;
    image = (const struct image_head *)slot_memory(slot);
    vm = world_vm(slot);
    vm_adopt(vm, slot, &image->guest);
    stage2_give_memory(slot, vm->image.ram_size);
    world_make_vcpus(vm);
    read_state(image, vm);
    count = image_64(image->count);
    /* Its memory moves down over the state, which has been read. */
    size = image_state_size(vm->vcpus);
    memmove(slot_memory(slot), slot_memory(slot) + size / 4, vm->image.ram_size);
    fence_i();
    start_counter(vm, count);
    for (unsigned i = 0; i < vm->vcpus; i++)
        probe_mark(PROBE_ARRIVE, vm->vcpu[i]->id);
    world_wake();
    return IMAGE_OK;
}
