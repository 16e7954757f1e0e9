/*
 * One virtual CPU takes the receiver's interrupt, and holds it active without coming to the host.
 * Meanwhile the other one, on the other hart, takes the byte, so that the line falls, and comes to
 * the host again and again: to that hart the interrupt looks as if it was pending still.
 *
 * Expected: status 0 ticks 8
 */
#include "guest_test.h"

#define BYTES 8
#define EXITS 4

static volatile uint32_t held[8] __attribute__((aligned(32)));
static volatile uint32_t go[8] __attribute__((aligned(32)));
static uint8_t stack[1024] __attribute__((aligned(16)));

void guest_interrupt(void)
{
    finish(__LINE__); /* they poll */
}

static void second_main(uint32_t number)
{
    guest_write(GUEST_GICC + GICV_PMR, 0xFF);
    guest_write(GUEST_GICC + GICV_CTLR, GICV_CTLR_ENABLEGRP0_MASK);
    guest_write_byte(GUEST_GICD + GICD_ITARGETSR + GUEST_UART_INTID, (uint8_t)(1u << number));
    guest_gic_enable(GUEST_UART_INTID, 0x80);
    guest_write(GUEST_UART + UART_INTENABLE, UART_INTENABLE_RXVALID_MASK);
    for (uint32_t n = 1; n <= BYTES; n++) {
        while (guest_gic_acknowledge() != GUEST_UART_INTID)
            ;
        GUEST_SHARED(held[0]) = n;
        while (GUEST_SHARED(go[0]) != n)
            ;
        guest_gic_end(GUEST_UART_INTID);
    }
    for (;;)
        ;
}

void guest_main(void)
{
    static const struct guest_cpu second = {stack + sizeof(stack), second_main};

    guest_gic_init();
    CHECK(guest_cpu_on(1, &second) == HVC_OK);
    for (uint32_t n = 1; n <= BYTES; n++) {
        while (GUEST_SHARED(held[0]) != n)
            ;
        CHECK(guest_read(GUEST_UART + UART_DATA) == (UART_DATA_VALID_MASK | (n - 1)));
        for (uint32_t exit = 0; exit < EXITS; exit++)
            CHECK(guest_cpu_on(1, &second) == HVC_ALREADY_ON);
        GUEST_SHARED(go[0]) = n;
    }
    finish_with(0, BYTES, 0);
}
