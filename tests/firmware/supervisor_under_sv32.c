/*
 * Supervisor code runs under the host's Sv32 table; what the table does not map, or maps without
 * the right, traps to the host with the address.
 *
 * Expected output:
 *   read through the map 0x12345678
 *   cause 0x0000000d
 *   value 0x80001000
 *   cause 0x0000000f
 *   value 0x80401ffc
 *   cause 0x0000000c
 *   value 0x80400000
 *   ecall 0x00000009
 */
#include "test.h"

#define ALIAS 0x80400000u

static volatile uint32_t word = 0x12345678;
static volatile uint32_t seen, back;

void trap(struct trap_frame *frame)
{
    if (frame->cause == CAUSE_SUPERVISOR_ECALL) {
        print_hex("ecall", frame->cause);
        frame->pc += 4;
        return;
    }
    print_hex("cause", frame->cause);
    print_hex("value", frame->value);
    frame->pc = frame->cause == 12 ? back : frame->pc + 4;
}

static void supervisor(void)
{
    seen = REG(ALIAS + ((uintptr_t)&word - RAM_BASE));
    print_hex("read through the map", seen);
    (void)REG(0x80001000);
    REG(ALIAS + 0x1ffc) = 1;
    __asm__ volatile("la t0, 1f\n"
                     "sw t0, %0\n"
                     "jr %1\n"
                     "1:"
                     : "=m"(back)
                     : "r"(ALIAS)
                     : "t0", "memory");
    __asm__ volatile("ecall" : : : "memory");
}

int main(void)
{
    traps_on();
    paging_on();
    map_megapage(ALIAS, RAM_BASE, PTE_READ);
    run_supervisor(supervisor);
    end();
}
