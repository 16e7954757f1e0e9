#ifndef AMAGIC_ARCH_FAST_PATH_H
#define AMAGIC_ARCH_FAST_PATH_H

#include <stdint.h>

/*
 * The interrupt of hardware that the trap vector hands to the guest by itself: it drops the
 * priority, writes a list register, and returns. See trap.S.
 */
struct fast_path {
    uint32_t acknowledge; /* what acknowledging it reads, or FAST_PATH_OFF */
    uint32_t lr;          /* where the list register is that is free whenever it is signalled */
    uint32_t lr_value;
    uint32_t taken;  /* how often, since the host last looked */
    uint32_t placed; /* how often an entry has, for a timer that was found expired: hyp/switch.c */
    uint32_t kept;   /* while the world is out: what that list register is to have again, or 0 */
};

#define FAST_PATH_OFF 0xFFFFFFFFu

#endif
