/*
 * The same calls of the timer's driver on either hart are for that hart's frames: its guest's
 * virtual timer with its offset, and its host's own timer.
 *
 * Expected output:
 *   guests' compare values 0x00000100
 *    0x00000101
 *   as their harts read them 0x00000100
 *    0x00000101
 *   guests' counts behind by 0x00001000
 *    0x00002000
 *   lines of hart 0 0x40000000
 *   lines of hart 1 0x48000000
 */
#include "drivers/timer.h"
#include "two_harts.h"

static uint32_t compare[2], lines[2];

static void set_up(void)
{
    unsigned hart = this_hart();

    timer_init();
    timer_virtual_write_offset(0x1000 * (hart + 1));
    timer_virtual_write_cval(0x100 + hart);
    UNCACHED(compare[hart]) = (uint32_t)timer_virtual_read_cval();
    if (hart == 1) {
        timer_virtual_write_offset(0);
        timer_virtual_write_ctl(CNTBASE_CNTV_CTL_ENABLE_MASK);
        while (timer_count() < 0x200)
            ;
        UNCACHED(lines[1]) = GICD(GICD_PPISR) << 16;
        timer_virtual_write_offset(0x2000);
    }
    timer_slice_start(1);
    (void)timer_count();
    (void)timer_count();
    UNCACHED(lines[hart]) |= GICD(GICD_PPISR) << 16;
}

/* How far frame N's virtual count is behind the physical one, to the next 256. */
static uint32_t behind(uint32_t n)
{
    uint32_t physical = CNT(n, CNTBASE_CNTPCT_AT(0)), virtual = CNT(n, CNTBASE_CNTVCT_AT(0));

    return (physical - virtual + 255) & ~255u;
}

int main(void)
{
    set_up();
    on_hart_1(set_up);
    print_hex("guests' compare values", CNT(0, CNTBASE_CNTV_CVAL_AT(0)));
    print_hex("", CNT(2, CNTBASE_CNTV_CVAL_AT(0)));
    print_hex("as their harts read them", UNCACHED(compare[0]));
    print_hex("", UNCACHED(compare[1]));
    print_hex("guests' counts behind by", behind(0));
    print_hex("", behind(2));
    print_hex("lines of hart 0", UNCACHED(lines[0]));
    print_hex("lines of hart 1", UNCACHED(lines[1]));
    end();
}
