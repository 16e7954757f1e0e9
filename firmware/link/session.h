/*
 * The course of a run on a board: wait to be asked, run, tell the end; and from the beginning. After
 * a reset the board tests itself first.
 */
#ifndef AMAGIC_LINK_SESSION_H
#define AMAGIC_LINK_SESSION_H

#include "lib/attributes.h"

#include <stdint.h>

/* Returns when the run may begin: with the counter at 0 and the probe empty, recording. In which
 * mode (an enum mode_id) is up to who asked. */
COLD uint32_t session_begin(void);

/* The run is over; RESULT is 0 for PASS. All starts anew from the reset vector, for another one. */
COLD _Noreturn void session_end(unsigned result);

#endif
