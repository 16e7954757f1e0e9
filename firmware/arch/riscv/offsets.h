/*
 * Where the trap vector finds things in a struct cpu_context, for C and assembler sources.
 * context.c compares them with the structure.
 */
#ifndef AMAGIC_ARCH_OFFSETS_H
#define AMAGIC_ARCH_OFFSETS_H

#define CONTEXT_X 0
#define CONTEXT_PC 128
#define FAST_ACKNOWLEDGE 132
#define FAST_LR 136
#define FAST_LR_VALUE 140
#define FAST_TAKEN 144
#define CONTEXT_NEXT 156

/* What the trap vector tells hyp_exit() when it has acknowledged nothing: no value of IAR. */
#define NOT_ACKNOWLEDGED -1

#endif
