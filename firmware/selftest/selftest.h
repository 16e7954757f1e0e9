/*
 * What the board checks of itself before it runs guests. Each test leaves the hardware so that the
 * host's own start finds what it expects.
 */
#ifndef AMAGIC_SELFTEST_SELFTEST_H
#define AMAGIC_SELFTEST_SELFTEST_H

#include "lib/attributes.h"

#include <stdint.h>

/* Runs every test and tells each result on the link. Returns how many failed. */
COLD unsigned selftest_run(void);

/* In a test: GOT is to be WANTED. Of each test, the first that is not is told. */
COLD void expect(const char *what, uint32_t got, uint32_t wanted);

/* The tests. */
COLD void selftest_memory(void);
COLD void selftest_gicd(void);
COLD void selftest_gicc(void);
COLD void selftest_gich(void);
COLD void selftest_timer(void);
COLD void selftest_counter(void);
COLD void selftest_sgi(void);
COLD void selftest_forwarded(void);
COLD void selftest_maintenance(void);
COLD void selftest_probe(void);

#endif
