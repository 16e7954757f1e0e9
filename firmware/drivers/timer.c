#include "timer.h"

#include "lib/attributes.h"
#include "mmio.h"
#include "platform.h"

#define HOST CNT_BASE(HOST_FRAME)
#define GUEST CNT_BASE(GUEST_FRAME)
#define CTL_MASK (CNTBASE_CNTV_CTL_ENABLE_MASK | CNTBASE_CNTV_CTL_IMASK_MASK)

void timer_init(void)
{
    mmio_write(HOST + CNTBASE_CNTP_CTL, 0);
    mmio_write(HOST + CNTBASE_CNTV_CTL, 0);
    mmio_write(GUEST + CNTBASE_CNTP_CTL, 0);
    mmio_write(GUEST + CNTBASE_CNTV_CTL, 0);
    mmio_write(HOST + CNTBASE_CNTEL0ACR, 0);
    mmio_write(GUEST + CNTBASE_CNTEL0ACR,
               CNTBASE_CNTEL0ACR_EL0VCTEN_MASK | CNTBASE_CNTEL0ACR_EL0VTEN_MASK);
    timer_start();
}

void timer_stop(void)
{
    mmio_write(CNTCONTROL_BASE + CNTCONTROLBASE_CNTCR, 0);
    (void)mmio_read(CNTCONTROL_BASE + CNTCONTROLBASE_CNTCR);
}

void timer_start(void)
{
    mmio_write(CNTCONTROL_BASE + CNTCONTROLBASE_CNTCR, CNTCONTROLBASE_CNTCR_EN_MASK);
}

void timer_set_count(uint64_t count)
{
    mmio_write(CNTCONTROL_BASE + CNTCONTROLBASE_CNTCV_AT(0), (uint32_t)count);
    mmio_write(CNTCONTROL_BASE + CNTCONTROLBASE_CNTCV_AT(1), (uint32_t)(count >> 32));
}

uint32_t timer_count_high(void)
{
    return mmio_read(HOST + CNTBASE_CNTPCT_AT(1));
}

uint32_t timer_count_low(void)
{
    return mmio_read(HOST + CNTBASE_CNTPCT_AT(0));
}

uint64_t timer_count(void)
{
    uint32_t high = timer_count_high(), low = timer_count_low();

    if (RARE(timer_count_wrapped(low)))
        high = timer_count_high();
    return (uint64_t)high << 32 | low;
}

void timer_slice_start(uint32_t cycles)
{
    mmio_write(HOST + CNTBASE_CNTP_TVAL, cycles);
    mmio_write(HOST + CNTBASE_CNTP_CTL, CNTBASE_CNTP_CTL_ENABLE_MASK);
}

HOT void timer_slice_again(uint32_t cycles)
{
    mmio_write(HOST + CNTBASE_CNTP_TVAL, cycles);
}

void timer_slice_stop(void)
{
    mmio_write(HOST + CNTBASE_CNTP_CTL, 0);
}

uint32_t timer_virtual_read_ctl(void)
{
    return mmio_read(GUEST + CNTBASE_CNTV_CTL);
}

void timer_virtual_write_ctl(uint32_t ctl)
{
    mmio_write(GUEST + CNTBASE_CNTV_CTL, ctl & CTL_MASK);
}

uint64_t timer_virtual_read_cval(void)
{
    uint32_t low = mmio_read(GUEST + CNTBASE_CNTV_CVAL_AT(0));

    return (uint64_t)mmio_read(GUEST + CNTBASE_CNTV_CVAL_AT(1)) << 32 | low;
}

void timer_virtual_write_cval(uint64_t cval)
{
    mmio_write(GUEST + CNTBASE_CNTV_CVAL_AT(0), (uint32_t)cval);
    mmio_write(GUEST + CNTBASE_CNTV_CVAL_AT(1), (uint32_t)(cval >> 32));
}

void timer_virtual_write_offset(uint64_t offset)
{
    mmio_write(CNTCTL_BASE + CNTCTLBASE_CNTVOFF_AT(2 * GUEST_FRAME), (uint32_t)offset);
    mmio_write(CNTCTL_BASE + CNTCTLBASE_CNTVOFF_AT(2 * GUEST_FRAME + 1), (uint32_t)(offset >> 32));
}
