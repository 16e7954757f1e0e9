#include "emulate.h"

#include "arch/riscv/sv32.h"
#include "devices.h"
#include "drivers/irqchip.h"
#include "mode.h"
#include "platform.h"
#include "vgic_lock.h"
#include "vgicc.h"
#include "vgicd.h"

#include <stddef.h>

#define OPCODE(word) ((word) & 0x7F)
#define OPCODE_LOAD 0x03
#define OPCODE_STORE 0x23
#define FUNCT3(word) ((word) >> 12 & 7)
#define RD(word) ((word) >> 7 & 31)
#define RS2(word) ((word) >> 20 & 31)
#define FUNCT3_UNSIGNED 4

#define DIR_PAGE (GUEST_GICC + SV32_PAGE_SIZE)

/* The faulting instruction. The guest may have changed it since: what is not a plain load or store
 * is refused, and all else can only harm the guest itself. */
static bool fetch(const struct vcpu *vcpu, bool store, uint32_t *word)
{
    const uint32_t *at = vm_memory(vcpu->vm, vcpu->context.pc, 4);
    uint32_t size;

    if (!at || vcpu->context.pc % 4)
        return false;
    *word = *at;
    size = FUNCT3(*word) & 3;
    if (size == 3)
        return false;
    if (store)
        return OPCODE(*word) == OPCODE_STORE && FUNCT3(*word) < 3;
    return OPCODE(*word) == OPCODE_LOAD && FUNCT3(*word) != (FUNCT3_UNSIGNED | 2);
}

static uint32_t extend(uint32_t value, uint32_t funct3)
{
    if (funct3 == 0)
        return (uint32_t)(int32_t)(int8_t)value;
    if (funct3 == 1)
        return (uint32_t)(int32_t)(int16_t)value;
    return value;
}

/*
 * A guest's DIR where it is trapped. As in the hardware it does nothing unless the guest has split
 * EOI at this moment. It may be for an SPI that another of its CPUs has acknowledged.
 */
static void deactivate(struct vgic_cpu *cpu, uint32_t value)
{
    uint32_t intid = gicv_dir_get_intid(value);

    if (!irqchip->split_eoi(irqchip->read_vmcr()))
        return;
    vgic_lock_all(cpu->dist);
    if (intid < VGIC_IRQS && vgic_irq(cpu, intid)->active)
        vgic_set_active(cpu, vgic_irq(cpu, intid), false);
    vgic_unlock(cpu->dist);
}

static uint32_t read_frame(struct vcpu *vcpu, uint32_t va, unsigned size)
{
    uint32_t offset = va % SV32_PAGE_SIZE;

    switch (va - offset) {
    case GUEST_GICD:
        return vgicd_read(&vcpu->vgic, offset, size);
    case GUEST_UART:
        return devices_read_receiver(offset, size);
    default:
        return mode->gicv ? 0 : vgicc_read(&vcpu->vgic, va - GUEST_GICC, size);
    }
}

static void write_frame(struct vcpu *vcpu, uint32_t va, unsigned size, uint32_t value)
{
    uint32_t offset = va % SV32_PAGE_SIZE;

    switch (va - offset) {
    case GUEST_GICD:
        vgicd_write(&vcpu->vgic, offset, size, value);
        break;
    case GUEST_UART:
        devices_write_receiver(offset, size, value);
        break;
    default:
        if (!mode->gicv)
            vgicc_write(&vcpu->vgic, va - GUEST_GICC, size, value);
        else if (offset == 0 && size == 4)
            deactivate(&vcpu->vgic, value);
    }
}

/* What to count for an access to PAGE, or NULL when nothing is emulated there. The pages of the
 * hardware's GICV come here only while they are not mapped. */
static uint32_t *counter(struct vcpu *vcpu, uint32_t page)
{
    if (page == GUEST_GICD)
        return &vcpu->stats.gicd;
    if (page == DIR_PAGE || (page == GUEST_GICC && !mode->gicv))
        return &vcpu->stats.gicc;
    return page == GUEST_UART && devices_have_receiver(vcpu) ? &vcpu->stats.emulated : NULL;
}

bool emulate_access(struct vcpu *vcpu, uint32_t va, bool store)
{
    uint32_t *count = counter(vcpu, va - va % SV32_PAGE_SIZE);
    uint32_t word, value;
    unsigned size;

    if (!count || !fetch(vcpu, store, &word))
        return false;
    size = 1u << (FUNCT3(word) & 3);
    if (va % size)
        return false;
    if (store) {
        write_frame(vcpu, va, size, RS2(word) ? vcpu->context.x[RS2(word)] : 0);
    } else {
        value = read_frame(vcpu, va, size);
        if (RD(word))
            vcpu->context.x[RD(word)] = extend(value, FUNCT3(word));
    }
    vcpu->context.pc += 4;
    ++*count;
    return true;
}
