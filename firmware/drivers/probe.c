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

uint32_t probe_dropped(void)
{
    return mmio_read(PROBE_BASE + PROBE_DROPPED);
}
