/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMMANDS_PACE_H
#define COMMANDS_PACE_H

/* When top and record poll, and when their intervals end. */

#include <stdbool.h>
#include <stdint.h>

#include "util/units.h"

#define MIN_INTERVAL_NS (100 * NS_PER_MS)

/* Peaks between two samples come from polls. */
#define POLL_EVERY_NS (250 * NS_PER_MS)

/**
 * pace_next() - the end of the next interval
 * @end_ns: that of the one that is over
 * @now_ns: the same clock
 * @interval_ns: how long one is
 *
 * Late intervals are left out, not made up for by short ones.
 */
uint64_t pace_next(uint64_t end_ns, uint64_t now_ns, uint64_t interval_ns);

/** pace_poll() - time between two polls, a part of an interval */
uint64_t pace_poll(uint64_t interval_ns);

/** pace_due() - a poll that is a little early still ends its interval */
static inline bool pace_due(uint64_t end_ns, uint64_t now_ns)
{
	return now_ns + MIN_INTERVAL_NS / 2 >= end_ns;
}

#endif
