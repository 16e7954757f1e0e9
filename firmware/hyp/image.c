/* What is right in an image. Nothing here touches anything but the image, which it only reads. */
#include "image.h"

#include "amagic_regs.h"
#include "arch/riscv/csr.h"
#include "guest_header.h"
#include "lib/attributes.h"
#include "lib/crc32.h"
#include "platform.h"

#include <stdbool.h>
#include <stddef.h>

#define CRC_SIZE 4u

#define MSTATUS_BITS (MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP | MSTATUS_SUM | MSTATUS_MXR)
#define MSTATUS_MPP_SUPERVISOR (1u << MSTATUS_MPP_SHIFT)
#define SIE_BITS (1u << 1 | 1u << 5 | 1u << 9)
#define SIP_BITS (1u << 1 | 1u << 5)
#define CTLR_BITS (GICD_CTLR_ENABLEGRP0_MASK | GICD_CTLR_ENABLEGRP1_MASK)
#define CTL_BITS (CNTBASE_CNTV_CTL_ENABLE_MASK | CNTBASE_CNTV_CTL_IMASK_MASK)
#define PRIORITY_BITS 0xF8u
#define MAX_BPR 7

_Static_assert(sizeof(struct image_head) == 4 * (16 + 13), "words only");
_Static_assert(sizeof(struct image_cpu) == 4 * (50 + VGIC_PRIVATE), "words only");

COLD const char *image_error_name(enum image_error error)
{
    static const char *const names[IMAGE_ERRORS] = {
        [IMAGE_OK] = "ok",
        [IMAGE_TRUNCATED] = "truncated",
        [IMAGE_FOREIGN] = "foreign",
        [IMAGE_OTHER_VERSION] = "other-version",
        [IMAGE_BAD_LENGTH] = "bad-length",
        [IMAGE_DAMAGED] = "damaged",
        [IMAGE_OTHER_MACHINE] = "other-machine",
        [IMAGE_BAD_GUEST] = "bad-guest",
        [IMAGE_TOO_LARGE] = "too-large",
        [IMAGE_BAD_RESERVED] = "bad-reserved",
        [IMAGE_BAD_STATE] = "bad-state",
        [IMAGE_BAD_CONTEXT] = "bad-context",
        [IMAGE_BAD_TIMER] = "bad-timer",
        [IMAGE_BAD_GIC] = "bad-gic",
        [IMAGE_BAD_IRQ] = "bad-irq",
        [IMAGE_NO_SUCH_SLOT] = "no-such-slot",
        [IMAGE_SLOT_IN_USE] = "slot-in-use",
        [IMAGE_NOT_RUNNING] = "not-running",
        [IMAGE_HAS_DEVICE] = "has-device",
        [IMAGE_NO_ROOM] = "no-room",
    };

    return error < IMAGE_ERRORS ? names[error] : "unknown";
}

COLD uint32_t image_state_size(uint32_t vcpus)
{
    return (uint32_t)(sizeof(struct image_head) + vcpus * sizeof(struct image_cpu) +
                      VGIC_SPIS * sizeof(uint32_t));
}

COLD uint32_t image_size(uint32_t vcpus, uint32_t ram_size)
{
    return image_state_size(vcpus) + ram_size + CRC_SIZE;
}

static bool any(const uint32_t *words, unsigned count)
{
    while (count--)
        if (*words++)
            return true;
    return false;
}

/* Whether it is one image, whole and of this version. */
static COLD enum image_error check_frame(const struct image_head *head, uint32_t size)
{
    const uint32_t *words = (const uint32_t *)head;

    if (size >= 4 && head->magic != IMAGE_MAGIC)
        return IMAGE_FOREIGN;
    if (size >= 8 && head->version != IMAGE_VERSION)
        return IMAGE_OTHER_VERSION;
    if (size < sizeof(*head) + CRC_SIZE)
        return IMAGE_TRUNCATED;
    if (head->length < sizeof(*head) + CRC_SIZE || head->length % 4)
        return IMAGE_BAD_LENGTH;
    if (head->length > size)
        return IMAGE_TRUNCATED;
    if (crc32(0, head, head->length - CRC_SIZE) != words[head->length / 4 - 1])
        return IMAGE_DAMAGED;
    return IMAGE_OK;
}

/* Whether it is for this host, and is as long as it must be. */
static COLD enum image_error check_head(const struct image_head *head,
                                        const struct image_host *host)
{
    const struct guest_header *guest = &head->guest;

    if (head->clock_hz != host->clock_hz || head->interrupts != VGIC_IRQS)
        return IMAGE_OTHER_MACHINE;
    if (guest->vcpus > VGIC_CPUS || guest->ram_size > host->ram_max)
        return IMAGE_TOO_LARGE;
    if (guest_header_wrong(guest, host->ram_max) >= 0)
        return IMAGE_BAD_GUEST;
    if (head->length != image_size(guest->vcpus, guest->ram_size))
        return IMAGE_BAD_LENGTH;
    if (any(head->reserved, sizeof(head->reserved) / 4))
        return IMAGE_BAD_RESERVED;
    return head->ctlr & ~CTLR_BITS ? IMAGE_BAD_GIC : IMAGE_OK;
}

/* Of its CPUs: which one, and how many there are. */
static COLD bool sgi_is_right(uint32_t word, uint32_t source, uint32_t sources, uint32_t vcpus)
{
    uint32_t always = IMAGE_IRQ_ENABLED | IMAGE_IRQ_EDGE;

    /* With its source it tells who sent it: one is pending for each of them. */
    return (word & always) == always && !(word & IMAGE_IRQ_LATCH) && source < vcpus &&
           !(sources >> vcpus) && !sources == !(word & IMAGE_IRQ_PENDING);
}

static COLD bool spi_is_right(uint32_t word, uint32_t owner, uint32_t targets, uint32_t vcpus)
{
    if (targets >> vcpus || (vcpus == 1 && targets != 1))
        return false;
    return word & IMAGE_IRQ_ACTIVE ? owner < vcpus : owner == IMAGE_NOBODY;
}

static COLD bool irq_is_right(uint32_t word, uint32_t vintid, uint32_t vcpus)
{
    uint32_t cpu = word >> IMAGE_IRQ_CPU_SHIFT & 0xFF, cpus = word >> IMAGE_IRQ_CPUS_SHIFT & 0xFF;

    if (word & IMAGE_IRQ_RESERVED || word >> IMAGE_IRQ_PRIORITY_SHIFT & ~PRIORITY_BITS)
        return false;
    if (word & IMAGE_IRQ_LATCH && !(word & IMAGE_IRQ_PENDING))
        return false;
    if (vintid < VGIC_SGIS)
        return sgi_is_right(word, cpu, cpus, vcpus);
    if (vintid >= VGIC_PRIVATE)
        return spi_is_right(word, cpu, cpus, vcpus);
    return !cpu && !cpus && !(word & IMAGE_IRQ_EDGE);
}

static COLD enum image_error check_irqs(const uint32_t *irq, uint32_t first, uint32_t count,
                                        uint32_t vcpus)
{
    for (uint32_t i = 0; i < count; i++)
        if (!irq_is_right(irq[i], first + i, vcpus))
            return IMAGE_BAD_IRQ;
    return IMAGE_OK;
}

static COLD bool gicc_is_right(const struct image_cpu *cpu)
{
    return !(cpu->gicc_ctlr & ~IMAGE_GICC_CTLR) && !(cpu->gicc_pmr & ~PRIORITY_BITS) &&
           cpu->gicc_bpr >= VGICC_MIN_BPR && cpu->gicc_bpr <= MAX_BPR &&
           cpu->gicc_abpr > VGICC_MIN_BPR && cpu->gicc_abpr <= MAX_BPR;
}

static COLD enum image_error check_cpu(const struct image_cpu *cpu, uint32_t vcpus)
{
    if (cpu->state > 1)
        return IMAGE_BAD_STATE;
    /* In machine mode the guest would be the host. */
    if (cpu->mstatus & ~(MSTATUS_BITS | MSTATUS_MPP_SUPERVISOR))
        return IMAGE_BAD_CONTEXT;
    if (cpu->pc % 4 || cpu->sie & ~SIE_BITS || cpu->sip & ~SIP_BITS)
        return IMAGE_BAD_CONTEXT;
    if (cpu->ctl & ~CTL_BITS)
        return IMAGE_BAD_TIMER;
    if (!gicc_is_right(cpu))
        return IMAGE_BAD_GIC;
    if (cpu->reserved)
        return IMAGE_BAD_RESERVED;
    return check_irqs(cpu->irq, 0, VGIC_PRIVATE, vcpus);
}

COLD enum image_error image_check(const void *bytes, uint32_t size, const struct image_host *host)
{
    const struct image_head *head = bytes;
    const struct image_cpu *cpu = (const struct image_cpu *)(head + 1);
    enum image_error error = check_frame(head, size);
    uint32_t vcpus, runnable = 0;

    if (!error)
        error = check_head(head, host);
    if (error)
        return error;
    vcpus = head->guest.vcpus;
    for (uint32_t i = 0; i < vcpus; i++, cpu++) {
        error = check_cpu(cpu, vcpus);
        if (error)
            return error;
        runnable += cpu->state;
    }
    if (!runnable)
        return IMAGE_BAD_STATE;
    return check_irqs((const uint32_t *)cpu, VGIC_PRIVATE, VGIC_SPIS, vcpus);
}
