/*
 * A trap in machine mode enters mtvec with its cause and address, and mret goes on behind it.
 *
 * Expected output:
 *   cause 0x0000000b
 *   at the ecall 0x00000001
 *   cause 0x00000002
 *   value 0x0000ffff
 *   went on 0x00000002
 */
#include "test.h"

static volatile uint32_t traps;
extern char the_ecall[];

void trap(struct trap_frame *frame)
{
    traps++;
    print_hex("cause", frame->cause);
    if (frame->cause == CAUSE_MACHINE_ECALL)
        print_hex("at the ecall", frame->pc == (uintptr_t)the_ecall);
    else
        print_hex("value", frame->value);
    frame->pc += 4;
}

int main(void)
{
    traps_on();
    __asm__ volatile(".global the_ecall\nthe_ecall: ecall" : : : "memory");
    __asm__ volatile(".word 0x0000ffff" : : : "memory");
    print_hex("went on", traps);
    end();
}
