/*
 * What a guest and the host agree upon: the guest's memory map, the header of its image, and the
 * hypercalls. Also read by assembler sources.
 */
#ifndef AMAGIC_GUEST_ABI_H
#define AMAGIC_GUEST_ABI_H

/* The guest's addresses. Everything else is a fault. */
#define GUEST_RAM_BASE 0x40000000 /* the image's header; ram_size bytes, up to its share */
#define GUEST_GICD 0x80001000     /* the guest's own distributor (emulated) */
#define GUEST_GICC 0x80002000     /* its CPU interface, 8 KiB: the hardware's GICV */
#define GUEST_TIMER 0x80031000    /* its virtual timer: a CNTEL0Base frame */
#define GUEST_VTIMER_INTID 27

/* The header, at GUEST_RAM_BASE. */
#define GUEST_MAGIC 0x54534741 /* "AGST" */
#define GUEST_VERSION 1

/*
 * Hypercalls: ecall with the number in a7, arguments in a0 and a1. An unknown number, or a buffer
 * outside of the guest's memory, stops the guest.
 */
#define HVC_PUTC 1  /* a0: a byte for the console */
#define HVC_PUTS 2  /* a0: address, a1: length of a line for the console */
#define HVC_DONE 3  /* a0: address of a struct guest_result; does not return */
#define HVC_YIELD 4 /* give the rest of the time slice to the other guest */
#define HVC_NOTE 5  /* a0: 28 bits for the probe's trace */

#ifndef __ASSEMBLER__
#include <stdint.h>

struct guest_header {
    uint32_t magic;
    uint32_t version;
    uint32_t image_end; /* first address behind what is loaded */
    uint32_t ram_size;  /* a multiple of 4 KiB */
    uint32_t entry;
    uint32_t handler;      /* first instruction of the trap handler */
    uint32_t mask_point;   /* interrupts are off from this instruction on */
    uint32_t unmask_point; /* the instruction that turns them on */
    char name[16];         /* padded with 0 */
};

struct guest_result {
    uint32_t status; /* 0: all is well */
    uint32_t ticks;
    uint32_t spurious; /* handler runs with the timer's ISTATUS 0 */
    uint32_t early;    /* handler runs before CVAL */
};
#endif

#endif
