/*
 * While hart 1 stores without a pause, or misses its data cache without a pause, hart 0's loads from
 * a device take a bounded time.
 *
 * Expected output:
 *   alone, at most 40 cycles 0x00000001
 *   while hart 1 stores, at most 60 cycles 0x00000001
 *   while hart 1 loads lines, at most 60 cycles 0x00000001
 *   hart 1 got on as well 0x00000001
 */
#include "two_harts.h"

#define LINES 256 /* twice the data cache */

static uint32_t stop, done, sink;
static uint32_t data[LINES][8];

/* The most that one of a thousand loads from a device takes, with that of the time. */
static uint32_t longest(void)
{
    uint32_t most = 0;

    for (uint32_t i = 0; i < 1000; i++) {
        uint32_t begun = now(), took;

        (void)GICC(GICC_RPR);
        took = now() - begun;
        most = took > most ? took : most;
    }
    return most;
}

static void store(void)
{
    while (!UNCACHED(stop)) {
        for (uint32_t n = 0; n < 16; n++)
            __asm__ volatile("sw zero, 0(%0)\n"
                             "sw zero, 4(%0)\n"
                             "sw zero, 8(%0)\n"
                             "sw zero, 12(%0)\n"
                             "sw zero, 16(%0)\n"
                             "sw zero, 20(%0)\n"
                             "sw zero, 24(%0)\n"
                             "sw zero, 28(%0)"
                             :
                             : "r"(data[0])
                             : "memory");
        UNCACHED(done)++;
    }
}

static void load(void)
{
    while (!UNCACHED(stop)) {
        uint32_t sum = 0;

        for (uint32_t n = 0; n < LINES; n++)
            sum += *(volatile uint32_t *)data[n];
        UNCACHED(sink) = sum;
        UNCACHED(done)++;
    }
}

static uint32_t longest_while(void (*code)(void))
{
    uint32_t most;

    UNCACHED(stop) = 0;
    hart_start(1, code);
    most = longest();
    UNCACHED(stop) = 1;
    join();
    return most;
}

int main(void)
{
    uint32_t stored, alone, stores, loads;

    counter_on();
    (void)longest();
    alone = longest();
    stores = longest_while(store);
    stored = UNCACHED(done);
    UNCACHED(done) = 0;
    loads = longest_while(load);
    print_hex("alone, at most 40 cycles", alone <= 40 ? 1 : alone);
    print_hex("while hart 1 stores, at most 60 cycles", stores <= 60 ? 1 : stores);
    print_hex("while hart 1 loads lines, at most 60 cycles", loads <= 60 ? 1 : loads);
    print_hex("hart 1 got on as well", stored > 5 && UNCACHED(done) > 2);
    end();
}
