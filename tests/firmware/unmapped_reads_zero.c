/*
 * An address that nothing claims is acknowledged: it reads 0 and swallows writes. Instructions
 * come from memory only: one fetched from elsewhere, a device included, is illegal.
 *
 * Expected output:
 *   behind the memory 0x00000000
 *   between the devices 0x00000000
 *   at 0 0x00000000
 *   cause 0x00000002
 *   value 0x00000000
 *   at 0xf0001004
 *   cause 0x00000002
 *   value 0x00000000
 *   at 0x40028000
 *   memory is unharmed 0x00000001
 */
#include "test.h"

static volatile uint32_t back;

void trap(struct trap_frame *frame)
{
    print_hex("cause", frame->cause);
    print_hex("value", frame->value);
    print_hex("at", frame->pc);
    frame->pc = back;
}

static void jump(uint32_t to)
{
    __asm__ volatile("la t0, 1f\n"
                     "sw t0, %0\n"
                     "jr %1\n"
                     "1:"
                     : "=m"(back)
                     : "r"(to)
                     : "t0", "memory");
}

int main(void)
{
    uint32_t first = REG(RAM_BASE);

    traps_on();
    REG(RAM_BASE + RAM_SIZE) = 0x11111111;
    REG(UART_BASE + UART_WINDOW) = 0x22222222;
    REG(0) = 0x33333333;
    print_hex("behind the memory", REG(RAM_BASE + RAM_SIZE));
    print_hex("between the devices", REG(UART_BASE + UART_WINDOW));
    print_hex("at 0", REG(0));
    jump(GIC_BASE + 0x1000 + GICD_TYPER);
    jump(RAM_BASE + RAM_SIZE);
    print_hex("memory is unharmed", REG(RAM_BASE) == first);
    end();
}
