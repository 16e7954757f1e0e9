/* Tests of the host's parts, alone on the SoC: each CHECK that fails is printed, and counted. */
#ifndef AMAGIC_HOST_TEST_H
#define AMAGIC_HOST_TEST_H

#include "test.h"

#include "drivers/irqchip.h"

static uint32_t wrong;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            print_hex("wrong in line", __LINE__);                                                  \
            wrong++;                                                                               \
        }                                                                                          \
    } while (0)

static inline _Noreturn void report(const char *what)
{
    print(what);
    print(wrong ? ": see above\n" : ": 0 wrong\n");
    end();
}

#endif
