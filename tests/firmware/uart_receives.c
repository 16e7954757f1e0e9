/*
 * Received bytes wait in their order, raise the serial port's interrupt (INTID 32), and those
 * that find the buffer of 16 full are lost, which is reported.
 *
 * Input: 0123456789abcdefghi
 *
 * Expected output:
 *   interrupt 0x00000020
 *   lost 0x00000001
 *   0123456789abcdef
 *   empty 0x00000000
 */
#include "test.h"

static volatile uint32_t interrupts;

void trap(struct trap_frame *frame)
{
    uint32_t iar = GICC(GICC_IAR);

    (void)frame;
    print_hex("interrupt", iar);
    REG(UART_BASE + UART_INTENABLE) = 0;
    (void)REG(UART_BASE + UART_INTENABLE);
    GICC(GICC_EOIR) = iar;
    (void)GICC(GICC_RPR);
    interrupts++;
}

int main(void)
{
    uint32_t byte;
    char text[2] = "";

    traps_on();
    host_interrupts_on();
    GICD(GICD_ISENABLER_AT(1)) = 1;
    REG(UART_BASE + UART_INTENABLE) = UART_INTENABLE_RXVALID_MASK;
    while (!interrupts)
        ;
    while (!(REG(UART_BASE + UART_STATUS) & UART_STATUS_RXLOST_MASK))
        ;
    print_hex("lost", 1);
    REG(UART_BASE + UART_STATUS) = UART_STATUS_RXLOST_MASK;
    while ((byte = REG(UART_BASE + UART_DATA)) & UART_DATA_VALID_MASK) {
        text[0] = (char)byte;
        print(text);
    }
    print("\n");
    print_hex("empty", byte);
    end();
}
