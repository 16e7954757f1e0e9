/*
 * Memory keeps bytes, halfwords and words through the data cache, takes atomic operations and
 * LR/SC, and new instructions are fetched after fence.i.
 *
 * Expected output:
 *   bytes 0x44332211
 *   halfwords 0x7788aabb
 *   amoadd 0x0000002a
 *   sc fails 0x00000000
 *   after sc 0x0000002b
 *   patched 0x00000007
 */
#include "test.h"

static volatile union {
    uint32_t word;
    uint16_t half[2];
    uint8_t byte[4];
} m[2048]; /* twice the data cache, so that lines are read again */

static uint32_t code[2] = {0x00500513, 0x00008067}; /* li a0, 5; ret */

int main(void)
{
    uint32_t failed, value;
    uint32_t (*function)(void) = (uint32_t(*)(void))(uintptr_t)code;

    for (int i = 0; i < 4; i++)
        m[7].byte[i] = (uint8_t)(0x11 * (i + 1));
    m[9].half[1] = 0x7788;
    m[9].half[0] = 0xaabb;
    for (int i = 16; i < 2048; i++)
        m[i].word = 42;
    for (int i = 16; i < 2048; i++)
        if (m[i].word != 42)
            print_hex("wrong", (uint32_t)i);
    print_hex("bytes", m[7].word);
    print_hex("halfwords", m[9].word);
    m[3].word = 40;
    __asm__ volatile("amoadd.w zero, %1, (%0)" : : "r"(&m[3]), "r"(2) : "memory");
    print_hex("amoadd", m[3].word);
    __asm__ volatile("lr.w %1, (%2)\n"
                     "addi %1, %1, 1\n"
                     "sc.w %0, %1, (%2)"
                     : "=&r"(failed), "=&r"(value)
                     : "r"(&m[3])
                     : "memory");
    print_hex("sc fails", failed);
    print_hex("after sc", m[3].word);
    (void)function();
    *(volatile uint32_t *)code = 0x00700513; /* li a0, 7 */
    __asm__ volatile("fence.i" : : : "memory");
    print_hex("patched", function());
    end();
}
