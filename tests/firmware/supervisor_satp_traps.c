/*
 * satp belongs to the host: a supervisor's write and read are illegal instructions, and the host's
 * table stays in force.
 *
 * Expected output:
 *   cause 0x00000002
 *   value 0x18051073
 *   cause 0x00000002
 *   value 0x18002573
 *   satp unchanged 0x00000001
 * Output of the stock core:
 *   satp unchanged 0x00000000
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
    register uint32_t a0 __asm__("a0") = 0;

    __asm__ volatile("csrw satp, %0" : : "r"(a0) : "memory");
    __asm__ volatile("csrr %0, satp" : "=r"(a0) : : "memory");
}

int main(void)
{
    uint32_t before;

    traps_on();
    paging_on();
    before = csr_read(satp);
    run_supervisor(supervisor);
    print_hex("satp unchanged", csr_read(satp) == before && before >> 31 == 1);
    end();
}
