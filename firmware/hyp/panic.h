/* The host cannot go on: say why, with COUNT values of 32 bits, and end the run. */
#ifndef AMAGIC_HYP_PANIC_H
#define AMAGIC_HYP_PANIC_H

__attribute__((cold)) _Noreturn void panic(const char *what, unsigned count, ...);

#endif
