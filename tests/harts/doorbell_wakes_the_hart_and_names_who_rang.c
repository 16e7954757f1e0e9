/*
 * A doorbell interrupts its hart, which has set up nothing in the GIC, until it has answered, and
 * says which harts rang; rings that come before the answer are one.
 *
 * Expected output:
 *   hart 1: cause 0x80000003
 *   rung by 0x00000001
 *   interrupts 0x00000001
 *   hart 0: cause 0x80000003
 *   rung by 0x00000002
 *   its own ring 0x00000001
 *   nothing more 0x00000000
 */
#include "two_harts.h"

static uint32_t cause[2], rung[2], interrupts[2];

void trap(struct trap_frame *frame)
{
    uint32_t hart = this_hart();

    UNCACHED(cause[hart]) = frame->cause;
    UNCACHED(rung[hart]) = doorbell_answer();
    UNCACHED(interrupts[hart])++;
}

static void listen(void)
{
    traps_on();
    csr_write(mie, 1u << INTERRUPT_MSI);
    csr_set(mstatus, MSTATUS_MIE);
}

static void wait_for_one(void)
{
    uint32_t hart = this_hart();

    while (!UNCACHED(interrupts[hart]))
        ;
    for (volatile int i = 0; i < 100; i++)
        ;
}

static void answer(void)
{
    traps_on();
    csr_write(mie, 1u << INTERRUPT_MSI);
    meet(); /* hart 0 rings, twice, before this hart's interrupts are on */
    meet();
    csr_set(mstatus, MSTATUS_MIE);
    wait_for_one();
    doorbell_ring(0);
}

int main(void)
{
    hart_start(1, answer);
    meet();
    doorbell_ring(1);
    doorbell_ring(1);
    meet();
    listen();
    wait_for_one();
    join();
    print_hex("hart 1: cause", UNCACHED(cause[1]));
    print_hex("rung by", UNCACHED(rung[1]));
    print_hex("interrupts", UNCACHED(interrupts[1]));
    print_hex("hart 0: cause", UNCACHED(cause[0]));
    print_hex("rung by", UNCACHED(rung[0]));
    UNCACHED(interrupts[0]) = 0;
    doorbell_ring(0);
    wait_for_one();
    print_hex("its own ring", UNCACHED(rung[0]));
    print_hex("nothing more", doorbell_answer());
    end();
}
