/*
 * The supervisor's mask of the external lines (0x9C0) and their pending bits (0xDC0) belong to the
 * host: a supervisor's access is an illegal instruction.
 *
 * Expected output:
 *   cause 0x00000002
 *   value 0x9c051073
 *   cause 0x00000002
 *   value 0x9c002573
 *   cause 0x00000002
 *   value 0xdc002573
 *   mask 0x00000002
 * Output of the stock core:
 *   mask 0x00000001
 */
#include "test.h"

void trap(struct trap_frame *frame)
{
    print_hex("cause", frame->cause);
    print_hex("value", frame->value);
    frame->pc += 4;
}

static void supervisor(void)
{
    register uint32_t a0 __asm__("a0") = 1;

    __asm__ volatile("csrw 0x9c0, %0" : : "r"(a0) : "memory");
    __asm__ volatile("csrr %0, 0x9c0" : "=r"(a0) : : "memory");
    __asm__ volatile("csrr %0, 0xdc0" : "=r"(a0) : : "memory");
}

int main(void)
{
    traps_on();
    paging_on();
    csr_write(0x9c0, 2);
    run_supervisor(supervisor);
    print_hex("mask", csr_read(0x9c0));
    end();
}
