/* The course of a run on a board: wait to be asked, test oneself, run, tell the end. */
#ifndef AMAGIC_LINK_SESSION_H
#define AMAGIC_LINK_SESSION_H

#include "lib/attributes.h"

/* Returns when the run may begin: with the counter at 0 and the probe empty, recording. */
COLD void session_begin(void);

/* The run is over; RESULT is 0 for PASS. */
COLD _Noreturn void session_end(unsigned result);

#endif
