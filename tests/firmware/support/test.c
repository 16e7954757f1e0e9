#include "test.h"

void print(const char *text)
{
    for (; *text; text++) {
        while (REG(UART_BASE + UART_STATUS) & UART_STATUS_TXFULL_MASK)
            ;
        REG(UART_BASE + UART_DATA) = (uint8_t)*text;
    }
}

void print_hex(const char *label, uint32_t value)
{
    char text[] = " 0x00000000\n";

    for (int digit = 0; digit < 8; digit++)
        text[10 - digit] = "0123456789abcdef"[(value >> (4 * digit)) & 15];
    print(label);
    print(text);
}

_Noreturn void end(void)
{
    while (!(REG(UART_BASE + UART_STATUS) & UART_STATUS_TXIDLE_MASK))
        ;
#ifdef PROBE_MARK
    REG(PROBE_BASE + PROBE_MARK) = 0x30000000;
#endif
    for (;;)
        __asm__ volatile("wfi");
}

__attribute__((weak)) void trap(struct trap_frame *frame)
{
    print_hex("unexpected trap, cause", frame->cause);
    print_hex("at", frame->pc);
    print_hex("value", frame->value);
    end();
}
