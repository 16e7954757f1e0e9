#include "guest.h"

#define GICC_SIGNALS_ALL 0xFF

void guest_gic_init(void)
{
    guest_write(GUEST_GICD + GICD_CTLR, GICD_CTLR_ENABLEGRP0_MASK);
    guest_write(GUEST_GICC + GICV_PMR, GICC_SIGNALS_ALL);
    guest_write(GUEST_GICC + GICV_CTLR, GICV_CTLR_ENABLEGRP0_MASK);
}

void guest_gic_enable(uint32_t intid, uint8_t priority)
{
    guest_write_byte(GUEST_GICD + GICD_IPRIORITYR + intid, priority);
    guest_write(GUEST_GICD + GICD_ISENABLER_AT(intid / 32), 1u << intid % 32);
}

void guest_gic_disable(uint32_t intid)
{
    guest_write(GUEST_GICD + GICD_ICENABLER_AT(intid / 32), 1u << intid % 32);
}

uint32_t guest_gic_acknowledge(void)
{
    return guest_read(GUEST_GICC + GICV_IAR);
}

void guest_gic_end(uint32_t acknowledged)
{
    guest_write(GUEST_GICC + GICV_EOIR, acknowledged);
    /* Without the read the handler could return before the store has ended the interrupt, and
     * would be entered again for nothing. */
    (void)guest_read(GUEST_GICC + GICV_RPR);
}

uint64_t guest_timer_count(void)
{
    uint32_t high, low, again;

    do {
        high = guest_read(GUEST_TIMER + CNTEL0BASE_CNTVCT_AT(1));
        low = guest_read(GUEST_TIMER + CNTEL0BASE_CNTVCT_AT(0));
        again = guest_read(GUEST_TIMER + CNTEL0BASE_CNTVCT_AT(1));
    } while (high != again);
    return (uint64_t)high << 32 | low;
}

uint64_t guest_timer_compare(void)
{
    uint32_t low = guest_read(GUEST_TIMER + CNTEL0BASE_CNTV_CVAL_AT(0));

    return (uint64_t)guest_read(GUEST_TIMER + CNTEL0BASE_CNTV_CVAL_AT(1)) << 32 | low;
}

void guest_timer_set_compare(uint64_t compare)
{
    /* The two halves are two accesses: none of the values in between may lie in the past. */
    guest_write(GUEST_TIMER + CNTEL0BASE_CNTV_CVAL_AT(0), 0xFFFFFFFF);
    guest_write(GUEST_TIMER + CNTEL0BASE_CNTV_CVAL_AT(1), (uint32_t)(compare >> 32));
    guest_write(GUEST_TIMER + CNTEL0BASE_CNTV_CVAL_AT(0), (uint32_t)compare);
}

bool guest_timer_expired(void)
{
    return guest_read(GUEST_TIMER + CNTEL0BASE_CNTV_CTL) & CNTEL0BASE_CNTV_CTL_ISTATUS_MASK;
}

void guest_timer_on(void)
{
    guest_write(GUEST_TIMER + CNTEL0BASE_CNTV_CTL, CNTEL0BASE_CNTV_CTL_ENABLE_MASK);
}

void guest_timer_off(void)
{
    guest_write(GUEST_TIMER + CNTEL0BASE_CNTV_CTL, 0);
}

uint32_t guest_cpu_on(uint32_t number, const struct guest_cpu *cpu)
{
    extern char guest_cpu_start[];

    return guest_ask(HVC_CPU_ON, number, (uint32_t)(uintptr_t)guest_cpu_start,
                     (uint32_t)(uintptr_t)cpu);
}

uint32_t guest_cpu_off(void)
{
    return guest_ask(HVC_CPU_OFF, 0, 0, 0);
}

void guest_print(const char *line)
{
    uint32_t length = 0;

    while (line[length])
        length++;
    guest_hypercall(HVC_PUTS, (uint32_t)(uintptr_t)line, length);
}

void guest_yield(void)
{
    guest_hypercall(HVC_YIELD, 0, 0);
}

void guest_note(uint32_t value)
{
    guest_hypercall(HVC_NOTE, value, 0);
}

void guest_done(const struct guest_result *result)
{
    guest_hypercall(HVC_DONE, (uint32_t)(uintptr_t)result, 0);
    for (;;)
        ;
}

__attribute__((weak)) void guest_exception(uint32_t cause, uint32_t value, uint32_t pc)
{
    static struct guest_result result = {.status = 0xE};

    (void)cause;
    (void)value;
    (void)pc;
    guest_done(&result);
}
