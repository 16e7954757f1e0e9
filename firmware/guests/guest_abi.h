/*
 * What a guest and the host agree upon: the guest's memory map, the header of its image, and the
 * hypercalls. Also read by assembler sources.
 */
#ifndef AMAGIC_GUEST_ABI_H
#define AMAGIC_GUEST_ABI_H

/* The guest's addresses. Everything else is a fault. */
#define GUEST_RAM_BASE 0x40000000 /* the image's header; ram_size bytes, up to its share */
#define GUEST_RAM_UNCACHED 0x40100000 /* the same memory again, past the data cache */
#define GUEST_GICD 0x80001000     /* the guest's own distributor (emulated) */
#define GUEST_GICC 0x80002000     /* its CPU interface, 8 KiB: the hardware's GICV */
#define GUEST_TIMER 0x80031000    /* its virtual timer: a CNTEL0Base frame */
#define GUEST_VTIMER_INTID 27

/*
 * What only the guest has that owns the device. The serial port's registers are where the hardware
 * has them, as far as they are the receiver's: DATA to be read, STATUS, and INTENABLE (emulated);
 * the rest reads 0 and ignores writes. Its interrupt is level-sensitive, the button's is edge.
 */
#define GUEST_UART 0x80040000
#define GUEST_UART_INTID 32
#define GUEST_BUTTON_INTID 33

/* The header, at GUEST_RAM_BASE. */
#define GUEST_MAGIC 0x54534741 /* "AGST" */
#define GUEST_VERSION 2

/*
 * Each virtual CPU begins at its entry with its number in a0, and all else as after a reset. CPU 0
 * begins at the header's entry, with 0 in a1; the others when HVC_CPU_ON says so. All of them share
 * the guest's memory and its distributor; each has a CPU interface and a virtual timer of its own.
 */

/*
 * Virtual CPUs of one guest may run at the same time, on harts whose data caches know nothing of
 * each other's stores. What they share is reached through GUEST_RAM_UNCACHED (not with lr.w, sc.w
 * and amo*.w, which exclude no other hart), or read after the instruction 0x500f, by which a hart
 * forgets what its data cache holds. A virtual CPU alone has nothing to do: it finds what it has
 * written, on whichever hart it goes on, and fence.i is for its own changes of code only.
 */

/*
 * Hypercalls: ecall with the number in a7, arguments in a0, a1 and a2. An unknown number, or a
 * buffer outside of the guest's memory, stops the guest. A line that outlasts the time slice is
 * broken off, and goes on as another in the next one.
 */
#define HVC_PUTC 1  /* a0: a byte for the console */
#define HVC_PUTS 2  /* a0: address, a1: length of a line for the console; they are not kept */
#define HVC_DONE 3  /* a0: address of a struct guest_result; does not return */
#define HVC_YIELD 4 /* give the rest of the time slice to the world that comes next */
#define HVC_NOTE 5  /* a0: 28 bits for the probe's trace */

/*
 * Start another virtual CPU. a0: its number, a1: its entry, a multiple of 4 in the guest's memory,
 * a2: what it finds in a1. Its interrupts' state is what it was. The answer, in a0, is HVC_OK or
 * one of the errors below.
 */
#define HVC_CPU_ON 6

/* End the virtual CPU that calls; it can be started again. Returns only with HVC_LAST_CPU in a0. */
#define HVC_CPU_OFF 7

#define HVC_OK 0
#define HVC_NO_SUCH_CPU 1
#define HVC_ALREADY_ON 2
#define HVC_BAD_ENTRY 3
#define HVC_LAST_CPU 4 /* no other is on: HVC_DONE ends the guest */

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
    uint32_t vcpus;        /* virtual CPUs, 1 or 2 */
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
