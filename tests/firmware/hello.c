/*
 * The serial port prints what main() sends.
 *
 * Expected output:
 *   hello, world
 *   RAM 0x40000000
 */
#include "test.h"

static uint32_t zeroed[4];
static uint32_t initialized = RAM_BASE;

int main(void)
{
    print("hello, world\n");
    print_hex("RAM", initialized + zeroed[3]);
    end();
}
