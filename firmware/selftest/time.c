/* The system counter, and the timers that follow it. */
#include "selftest.h"

#include "drivers/gicd.h"
#include "drivers/mmio.h"
#include "drivers/timer.h"
#include "drivers/uart.h"
#include "platform.h"

#define GUEST CNT_BASE(GUEST_FRAME)
#define GUEST_VOFF (CNTCTL_BASE + CNTCTLBASE_CNTVOFF_AT(2 * GUEST_FRAME))
#define OFFSET 1000u

void selftest_timer(void)
{
    uint64_t count;

    expect("CNTCR after reset", mmio_read(CNTCONTROL_BASE + CNTCONTROLBASE_CNTCR), 0);
    expect("CNTFID0, the clock in Hz",
           mmio_read(CNTCONTROL_BASE + CNTCONTROLBASE_CNTFID_AT(0)), CLOCK_HZ);
    timer_init();
    timer_stop();
    count = timer_count();
    expect("the counter, standing", (uint32_t)timer_count(), (uint32_t)count);
    timer_virtual_write_cval(0x123456789ABCDEF0);
    expect("CNTV_CVAL, lower", mmio_read(GUEST + CNTBASE_CNTV_CVAL_AT(0)), 0x9ABCDEF0);
    expect("CNTV_CVAL, upper", mmio_read(GUEST + CNTBASE_CNTV_CVAL_AT(1)), 0x12345678);
    timer_virtual_write_offset(OFFSET);
    expect("CNTVCT, CNTPCT less CNTVOFF", mmio_read(GUEST + CNTBASE_CNTVCT_AT(0)),
           (uint32_t)count - OFFSET);
    timer_virtual_write_offset(0);

    /* CVAL of the next count, while the counter stands: not due yet. */
    timer_virtual_write_cval(count + 1);
    timer_virtual_write_ctl(CNTBASE_CNTV_CTL_ENABLE_MASK);
    expect("CNTV_CTL before it is due", mmio_read(GUEST + CNTBASE_CNTV_CTL),
           CNTBASE_CNTV_CTL_ENABLE_MASK);
    expect("the line before it is due", gicd_line(PPI_VTIMER), 0);
    timer_start();
    (void)timer_count(); /* takes longer than the two cycles until then */
    expect("CNTV_CTL when it is due", mmio_read(GUEST + CNTBASE_CNTV_CTL),
           CNTBASE_CNTV_CTL_ENABLE_MASK | CNTBASE_CNTV_CTL_ISTATUS_MASK);
    expect("the line when it is due", gicd_line(PPI_VTIMER), 1);
    timer_virtual_write_ctl(CNTBASE_CNTV_CTL_ENABLE_MASK | CNTBASE_CNTV_CTL_IMASK_MASK);
    (void)mmio_read(GUEST + CNTBASE_CNTV_CTL);
    expect("the line, masked", gicd_line(PPI_VTIMER), 0);
    timer_virtual_write_ctl(0);
}

/*
 * Against the serial port, whose rate the other side knows in seconds: bytes of 0, which mean
 * nothing on the link, of ten bits each.
 */
void selftest_counter(void)
{
    const uint32_t bytes = 8, margin = 200;
    uint32_t wanted = bytes * 10 * mmio_read(UART_BASE + UART_DIVISOR), took;
    uint64_t begun;

    uart_flush();
    timer_start();
    begun = timer_count();
    for (uint32_t i = 0; i < bytes; i++)
        uart_putc(0);
    uart_flush();
    took = (uint32_t)(timer_count() - begun);
    if (took - wanted + margin > 2 * margin)
        expect("cycles of 8 bytes on the serial line", took, wanted);
}
