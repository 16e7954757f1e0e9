/*
 * One access: the test puts an instruction and an address in the place of the two words behind
 * MARK. The address is in t1, and what is loaded goes to t0.
 */
#include "guest_test.h"

void guest_interrupt(void)
{
}

void guest_main(void)
{
    __asm__ volatile("    la t1, 2f\n"
                     "    lw t1, 12(t1)\n"
                     "    li t0, -1\n"
                     "    j 1f\n"
                     "    .balign 4\n"
                     "2:  .word 0x4B52414D\n" /* MARK */
                     "1:  .word 0x00000013\n" /* nop */
                     "    j 3f\n"
                     "    .word 0\n"
                     "3:\n" ::
                         : "t0", "t1", "memory");
    finish(__LINE__);
}
