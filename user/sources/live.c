/* SPDX-License-Identifier: GPL-2.0-only */
#include "sources/live.h"

#include <errno.h>

#include "probes/session.h"

static int next(void *self, struct snapshot *sample)
{
	return session_snapshot(self, sample);
}

static void end(void *self)
{
	session_close(self);
}

static int poll_session(void *self)
{
	return session_sample(self);
}

static int reset_peaks(void *self)
{
	session_reset_peaks(self);
	return 0;
}

static int set_levels(void *self, unsigned int levels)
{
	return session_set_levels(self, levels);
}

static int time_programs(void *self, bool on)
{
	return session_time_programs(self, on);
}

static const struct source_type live_source = {
	.next = next,
	.close = end,
	.poll = poll_session,
	.reset_peaks = reset_peaks,
	.set_levels = set_levels,
	.time_programs = time_programs,
};

int live_open(struct source **out, const struct live_options *options)
{
	const struct session_options wanted = {
		.levels = options->levels,
		.stacks = options->stacks,
		.tolerant = options->tolerant,
		.fold_gone = options->fold_gone,
		.counts_only = options->counts_only,
	};
	struct session *session;
	int err = session_open(&session, &wanted);

	if (err)
		return err;
	*out = source_new(&live_source, session);
	return *out ? 0 : -ENOMEM;
}
