/* What a guest program is written against. See template.c. */
#ifndef AMAGIC_GUEST_H
#define AMAGIC_GUEST_H

#include "amagic_regs.h"
#include "guest_abi.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the guest's source provides. guest_main() runs with interrupts off at first. */
void guest_main(void);

/* An interrupt: acknowledge, handle and end it (guest_gic_* below). */
void guest_interrupt(void);

/* Any exception of the guest's own that reached it. The default ends the guest with status 0xE. */
void guest_exception(uint32_t cause, uint32_t value, uint32_t pc);

/*
 * Interrupts of the core, off and on. The image's header names two instructions in them, so that
 * the bench can see that no interrupt is taken in between: use nothing else for longer spans.
 */
void guest_mask(void);
void guest_unmask(void);

/* Registers of devices. A store is posted; a load waits until every store before it has arrived. */
static inline uint32_t guest_read(uint32_t address)
{
    return *(volatile uint32_t *)(uintptr_t)address;
}

static inline void guest_write(uint32_t address, uint32_t value)
{
    *(volatile uint32_t *)(uintptr_t)address = value;
}

static inline uint8_t guest_read_byte(uint32_t address)
{
    return *(volatile uint8_t *)(uintptr_t)address;
}

static inline void guest_write_byte(uint32_t address, uint8_t value)
{
    *(volatile uint8_t *)(uintptr_t)address = value;
}

/* A variable as the guest's virtual CPUs share it: guest_abi.h. */
#define GUEST_SHARED(variable)                                                                     \
    (*(volatile __typeof__(variable) *)((uintptr_t) & (variable) + GUEST_RAM_UNCACHED -            \
                                        GUEST_RAM_BASE))

/* Turn on the distributor, the CPU interface, and one interrupt. */
void guest_gic_init(void);
void guest_gic_enable(uint32_t intid, uint8_t priority);
void guest_gic_disable(uint32_t intid);

/* Acknowledge; 1020 and above is no interrupt. End it with the value that this returned. */
uint32_t guest_gic_acknowledge(void);
void guest_gic_end(uint32_t acknowledged);

/* The virtual timer. */
uint64_t guest_timer_count(void);
uint64_t guest_timer_compare(void);
void guest_timer_set_compare(uint64_t compare);
bool guest_timer_expired(void); /* ISTATUS */
void guest_timer_on(void);
void guest_timer_off(void);

/* Hypercalls. */
static inline void guest_hypercall(uint32_t number, uint32_t first, uint32_t second)
{
    register uint32_t a0 __asm__("a0") = first;
    register uint32_t a1 __asm__("a1") = second;
    register uint32_t a7 __asm__("a7") = number;

    __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a7) : "memory");
}

/* The same for a hypercall that answers. */
static inline uint32_t guest_ask(uint32_t number, uint32_t first, uint32_t second, uint32_t third)
{
    register uint32_t a0 __asm__("a0") = first;
    register uint32_t a1 __asm__("a1") = second;
    register uint32_t a2 __asm__("a2") = third;
    register uint32_t a7 __asm__("a7") = number;

    __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
    return a0;
}

/*
 * Another virtual CPU of a guest that has several (GUEST_VCPUS when it is built). It runs MAIN,
 * which does not return, on the stack that ends at STACK_TOP. CPU must stay as it is.
 */
struct guest_cpu {
    void *stack_top;
    void (*main)(uint32_t number);
};

uint32_t guest_cpu_on(uint32_t number, const struct guest_cpu *cpu);

/* Returns only when no other one is on. */
uint32_t guest_cpu_off(void);

void guest_print(const char *line);
void guest_yield(void);
void guest_note(uint32_t value);
_Noreturn void guest_done(const struct guest_result *result);

#endif
