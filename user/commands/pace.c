/* SPDX-License-Identifier: GPL-2.0-only */
#include "commands/pace.h"

uint64_t pace_next(uint64_t end_ns, uint64_t now_ns, uint64_t interval_ns)
{
	end_ns += interval_ns;
	return end_ns < now_ns + interval_ns - interval_ns / 8
		       ? now_ns + interval_ns
		       : end_ns;
}

uint64_t pace_poll(uint64_t interval_ns)
{
	uint64_t parts = (interval_ns + POLL_EVERY_NS - 1) / POLL_EVERY_NS;

	return interval_ns / parts;
}
