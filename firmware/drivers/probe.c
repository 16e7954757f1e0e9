#include "probe.h"

#include "mmio.h"
#include "platform.h"

#define SUPERVISOR 1

void probe_mark(enum probe_mark what, uint32_t n)
{
    mmio_write(PROBE_BASE + PROBE_MARK, (uint32_t)what << 28 | (n & 0x0FFFFFFF));
}

void probe_watch(enum probe_watch which, uint32_t pc)
{
    mmio_write(PROBE_BASE + PROBE_WATCH_PC_AT(which), pc);
    mmio_write(PROBE_BASE + PROBE_WATCH_CTRL_AT(which),
               pc ? PROBE_WATCH_CTRL_ENABLE_MASK |
                        probe_watch_ctrl_set_privilege(0, SUPERVISOR)
                  : 0);
}

void probe_enable(bool on)
{
    mmio_write(PROBE_BASE + PROBE_CTRL,
               PROBE_CTRL_CLEAR_MASK | (on ? PROBE_CTRL_ENABLE_MASK : 0));
}

bool probe_take(struct probe_record *record)
{
    if (!probe_count())
        return false;
    record->time = (uint64_t)mmio_read(PROBE_BASE + PROBE_RECORD_AT(1)) << 32 |
                   mmio_read(PROBE_BASE + PROBE_RECORD_AT(0));
    record->info = mmio_read(PROBE_BASE + PROBE_RECORD_AT(2));
    record->value = mmio_read(PROBE_BASE + PROBE_RECORD_AT(3));
    mmio_write(PROBE_BASE + PROBE_POP, 0);
    return true;
}

uint32_t probe_count(void)
{
    return mmio_read(PROBE_BASE + PROBE_COUNT);
}

uint32_t probe_unread(void)
{
    return mmio_read(PROBE_BASE + PROBE_UNREAD);
}

uint32_t probe_dropped(void)
{
    return mmio_read(PROBE_BASE + PROBE_DROPPED);
}
