/*
 * The instruction cache is direct-mapped and has 4 KiB. What every exit runs through is HOT: the
 * linker script puts it together, away from the lines that a small guest uses. COLD is what no
 * usual exit needs: the smaller it is the better, since the host's memory is small, too.
 */
#ifndef AMAGIC_LIB_ATTRIBUTES_H
#define AMAGIC_LIB_ATTRIBUTES_H

#define HOT __attribute__((hot))
#ifdef __clang__
#define COLD __attribute__((cold, noinline, minsize))
#else
#define COLD __attribute__((cold, noinline)) /* to GCC that means small as well */
#endif
#define NOINLINE __attribute__((noinline))
#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* VALUE is to be in a register here: the core waits for what is loaded where it is needed. */
#define LOADED(value) __asm__ volatile("" : "+r"(value))

/* What follows is laid down out of the way. */
#define RARE(condition) __builtin_expect(!!(condition), 0)

#endif
