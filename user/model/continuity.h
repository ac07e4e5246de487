/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_CONTINUITY_H
#define MODEL_CONTINUITY_H

/* What lies between two consecutive samples of a recording. */

#include "model/snapshot.h"

/** enum gap - why two samples do not follow each other as others do */
enum gap {
	GAP_NONE,
	GAP_BOOT,    /* the machine was booted: nothing can be compared */
	GAP_SESSION, /* the recorder was started anew: likewise */
	GAP_MISSING, /* samples are missing */
	GAP_SLEEP,   /* the machine slept */
	GAP_CLOCK,   /* CLOCK_REALTIME was set */
};

/**
 * struct gap_info - what came between
 * @gap: the worst of it
 * @ns: how long; how far the clock was set, which may be negative
 */
struct gap_info {
	enum gap gap;
	int64_t ns;
};

/**
 * gap_between() - compare two samples
 * @from: the earlier one
 * @to: the next one
 * @usual_ns: time from one sample to the next; 0 = unknown
 */
struct gap_info gap_between(const struct snapshot *from,
			    const struct snapshot *to, uint64_t usual_ns);

/** gap_ends_session() - counters start from 0 after it */
bool gap_ends_session(enum gap gap);

#endif
