/*
 * The image of a guest that moves: all that it is, for another slot or another machine.
 *
 * It is made of words, the least significant byte first: a struct image_head, a struct image_cpu
 * for each virtual CPU, the word of each SPI, the guest's memory, and the CRC-32 of all that. The
 * guest's time stands still in it: `count` is its virtual counter when it was stopped.
 *
 * What depends on the host is not in it: list registers, addresses, the counter's offset, or the
 * mode. A mapped interrupt is as pending and as active as any other, and its physical side follows;
 * a CPU interface is what the guest has written to GICC, wherever that is kept. So a guest can go on
 * in another mode. sim/amagic_sim/migration/image.py reads it as well.
 */
#ifndef AMAGIC_HYP_IMAGE_H
#define AMAGIC_HYP_IMAGE_H

#include "guests/guest_abi.h"
#include "vgic.h"

#include <stdint.h>

#define IMAGE_MAGIC 0x47494D41u /* "AMIG" */
#define IMAGE_VERSION 1

struct image_head {
    uint32_t magic;
    uint32_t version;
    uint32_t length; /* of the image, in bytes */
    uint32_t clock_hz;   /* by which its timer counts */
    uint32_t interrupts; /* of its distributor */
    uint32_t count[2];   /* low, high */
    uint32_t ctlr;       /* GICD_CTLR */
    uint32_t reserved[8];
    struct guest_header guest; /* as the host knows it; the guest's own copy is in its memory */
};

struct image_cpu {
    uint32_t state; /* 0: off, 1: runnable */
    uint32_t x[31]; /* x1 to x31 */
    uint32_t pc;
    uint32_t mstatus;
    uint32_t stvec;
    uint32_t sscratch;
    uint32_t sepc;
    uint32_t scause;
    uint32_t stval;
    uint32_t sie;
    uint32_t sip;
    uint32_t ctl; /* CNTV_CTL */
    uint32_t cval[2];
    uint32_t gicc_ctlr; /* as the guest has them, with five bits of priority */
    uint32_t gicc_pmr;
    uint32_t gicc_bpr;
    uint32_t gicc_abpr;
    uint32_t gicc_apr;
    uint32_t reserved;
    uint32_t irq[VGIC_PRIVATE];
};

#define IMAGE_GICC_CTLR                                                                            \
    (GICV_CTLR_ENABLEGRP0_MASK | GICV_CTLR_ENABLEGRP1_MASK | GICV_CTLR_ACKCTL_MASK |               \
     GICV_CTLR_FIQEN_MASK | GICV_CTLR_CBPR_MASK | GICV_CTLR_EOIMODE_MASK)

/* What is in two words, low and high. */
static inline uint64_t image_64(const uint32_t words[2])
{
    return (uint64_t)words[1] << 32 | words[0];
}

/* The word of an interrupt. */
#define IMAGE_IRQ_ENABLED (1u << 0)
#define IMAGE_IRQ_GROUP1 (1u << 1)
#define IMAGE_IRQ_EDGE (1u << 2)
#define IMAGE_IRQ_PENDING (1u << 3)
#define IMAGE_IRQ_ACTIVE (1u << 4)
#define IMAGE_IRQ_LATCH (1u << 5) /* pending because software said so */
#define IMAGE_IRQ_RESERVED (3u << 6)
#define IMAGE_IRQ_CPU_SHIFT 8     /* SGI: source. SPI: owner; IMAGE_NOBODY while not active */
#define IMAGE_IRQ_CPUS_SHIFT 16   /* SGI: sources. SPI: targets. */
#define IMAGE_IRQ_PRIORITY_SHIFT 24
#define IMAGE_NOBODY 0xFFu

/* What is wrong with an image. Each has its name: image_error_name(). */
enum image_error {
    IMAGE_OK,
    IMAGE_TRUNCATED, /* it is longer than what came */
    IMAGE_FOREIGN,   /* no image at all: the magic number */
    IMAGE_OTHER_VERSION,
    IMAGE_BAD_LENGTH, /* not that of what is in it */
    IMAGE_DAMAGED,    /* the checksum */
    IMAGE_OTHER_MACHINE, /* its clock, or the number of interrupts */
    IMAGE_BAD_GUEST,     /* the guest's header */
    IMAGE_TOO_LARGE,     /* more memory, or virtual CPUs, than there are */
    IMAGE_BAD_RESERVED,  /* a bit that must be 0 */
    IMAGE_BAD_STATE,     /* of a virtual CPU; or none is runnable */
    IMAGE_BAD_CONTEXT,   /* a register of the core's */
    IMAGE_BAD_TIMER,
    IMAGE_BAD_GIC, /* GICD_CTLR, or GICC */
    IMAGE_BAD_IRQ, /* an interrupt's state contradicts itself */

    /* Not of an image, but of where it goes or comes from. */
    IMAGE_NO_SUCH_SLOT,
    IMAGE_SLOT_IN_USE,
    IMAGE_NOT_RUNNING, /* the guest that is to go */
    IMAGE_HAS_DEVICE,  /* a device is its alone, and cannot move with it */
    IMAGE_NO_ROOM,     /* with all that belongs to it, it is larger than the slot */
    IMAGE_ERRORS,
};

const char *image_error_name(enum image_error error);

/* What the host that is to go on with a guest has. */
struct image_host {
    uint32_t clock_hz;
    uint32_t ram_max;
};

/* Bytes in front of the memory, and of an image. */
uint32_t image_state_size(uint32_t vcpus);
uint32_t image_size(uint32_t vcpus, uint32_t ram_size);

/* Whether HOST can go on with the image in these BYTES, aligned to 4, of which SIZE are there. */
enum image_error image_check(const void *bytes, uint32_t size, const struct image_host *host);

#endif
