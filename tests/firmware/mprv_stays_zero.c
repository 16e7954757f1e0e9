/*
 * A supervisor that sets bit 17 of sstatus (mstatus.MPRV) and traps does not make the host's loads
 * go through its map; machine mode cannot set the bit either.
 *
 * Expected output:
 *   host reads 0x00000000
 *   sstatus bit 0x00000000
 *   mstatus bit 0x00000000
 * Output of the stock core:
 *   host reads 0x11111111
 *   sstatus bit 0x00020000
 *   mstatus bit 0x00020000
 */
#include "test.h"

/* No memory for the host; an alias of the memory for the supervisor. */
#define ALIAS 0x41000000u

static volatile uint32_t word = 0x11111111;

void trap(struct trap_frame *frame)
{
    print_hex("host reads", REG(ALIAS + ((uintptr_t)&word - RAM_BASE)));
    frame->pc += 4;
}

static void supervisor(void)
{
    uint32_t bit = MSTATUS_MPRV, after;

    __asm__ volatile("csrs sstatus, %0" : : "r"(bit) : "memory");
    __asm__ volatile("csrr %0, sstatus" : "=r"(after) : : "memory");
    __asm__ volatile("ecall" : : : "memory");
    print_hex("sstatus bit", after & MSTATUS_MPRV);
}

int main(void)
{
    traps_on();
    paging_on();
    map_megapage(ALIAS, RAM_BASE, PTE_READ);
    run_supervisor(supervisor);
    csr_set(mstatus, MSTATUS_MPRV);
    print_hex("mstatus bit", csr_read(mstatus) & MSTATUS_MPRV);
    end();
}
