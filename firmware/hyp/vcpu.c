#include "vcpu.h"

#include "arch/riscv/csr.h"
#include "panic.h"
#include "platform.h"

#include <stddef.h>

/* Each guest's counter starts elsewhere, so that a mix-up of offsets cannot go unnoticed. */
#define COUNTER_OFFSET(id) (0x123456789ull * (id) + 1000ull)

static struct sv32_table tables[GUESTS][SV32_TABLES];

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
    return -1;
}

static void map(struct vcpu *vcpu, uint32_t va, uint32_t pa, uint32_t flags)
{
    if (!sv32_map(&vcpu->space, va, pa, flags))
        panic("page not mapped", 1, va);
}

static void map_guest(struct vcpu *vcpu)
{
    const uint32_t device = SV32_READ | SV32_WRITE;

    vcpu->space.table = tables[vcpu->id];
    for (uint32_t at = 0; at < vcpu->image.ram_size; at += SV32_PAGE_SIZE)
        map(vcpu, GUEST_RAM_BASE + at, GUEST_RAM(vcpu->id) + at, device | SV32_EXECUTE);
    map(vcpu, GUEST_GICC, GICV_BASE, device);
    map(vcpu, GUEST_GICC + SV32_PAGE_SIZE, GICV_BASE + SV32_PAGE_SIZE, device);
    map(vcpu, GUEST_TIMER, CNTEL0_BASE(GUEST_FRAME), device);
}

void vcpu_init(struct vcpu *vcpu, unsigned id)
{
    int wrong;

    vcpu->id = id;
    vcpu->image = *(const struct guest_header *)(uintptr_t)GUEST_RAM(id);
    vgic_init(&vcpu->vgic, &vcpu->context.fast);
    wrong = check_image(&vcpu->image);
    if (wrong >= 0) {
        vcpu_fail(vcpu, FAULT_IMAGE, 0, (uint32_t)wrong);
        return;
    }
    map_guest(vcpu);
    context_reset(&vcpu->context, vcpu->image.entry, sv32_satp(&vcpu->space));
    vtimer_init(&vcpu->vtimer, &vcpu->vgic, COUNTER_OFFSET(id));
}

void vcpu_stop(struct vcpu *vcpu, enum vcpu_state state)
{
    vcpu->state = state;
}

void vcpu_fail(struct vcpu *vcpu, enum vcpu_fault fault, uint32_t cause, uint32_t value)
{
    vcpu->fault = fault;
    vcpu->fault_cause = cause;
    vcpu->fault_value = value;
    vcpu->fault_pc = vcpu->context.pc;
    vcpu_stop(vcpu, VCPU_FAULTED);
}

void vcpu_trap_dir(struct vcpu *vcpu, bool trapped)
{
    vcpu->vgic.dir_trapped = trapped;
    if (trapped)
        sv32_unmap(&vcpu->space, GUEST_GICC + SV32_PAGE_SIZE);
    else
        map(vcpu, GUEST_GICC + SV32_PAGE_SIZE, GICV_BASE + SV32_PAGE_SIZE, SV32_READ | SV32_WRITE);
    sfence_vma();
}

void *vcpu_memory(const struct vcpu *vcpu, uint32_t va, uint32_t size)
{
    uint32_t at = va - GUEST_RAM_BASE;

    if (at >= vcpu->image.ram_size || size > vcpu->image.ram_size - at)
        return NULL;
    return (void *)(uintptr_t)(GUEST_RAM(vcpu->id) + at);
}
