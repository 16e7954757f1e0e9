/* Which hart this is. */
#ifndef AMAGIC_ARCH_HART_H
#define AMAGIC_ARCH_HART_H

#define HARTS 1

static inline unsigned this_hart(void)
{
    return 0;
}

#endif
