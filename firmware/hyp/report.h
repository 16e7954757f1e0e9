/*
 * The report of a run, over the serial port, for machines to read:
 *
 *     AMAGIC-REPORT 1
 *     mode NAME irqchip gicv2 lrs N
 *     guest N name NAME state done|faulted|empty|moved status N ticks N ... fault none
 *     guest N ... fault store-page value 0x... pc 0x...
 *     offender N exits N slices N
 *     hart N moves N kicks N waits N others N
 *     host cycles N dropped N
 *     checksum 0x...
 *     PASS
 *
 * An offender is a guest that was not stopped but kept the host busy, in each of its time slices;
 * a run without any has no such line. It is no reason to fail.
 *
 * With several harts each has a line (struct hart).
 *
 * A line is a word, then names and values; numbers are decimal, or hexadecimal with 0x. The
 * checksum is the 32-bit FNV-1a of every byte from the A of AMAGIC up to the end of the line before
 * it, line ends (one byte, 0x0A) included.
 */
#ifndef AMAGIC_HYP_REPORT_H
#define AMAGIC_HYP_REPORT_H

#include "lib/attributes.h"

#include <stdint.h>

COLD _Noreturn void report_and_end(void);

/* Parts of lines of their own, before the report. */
void report_text(const char *text);
void report_number(const char *name, uint32_t value);

#endif
