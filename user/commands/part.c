/* SPDX-License-Identifier: GPL-2.0-only */
#include "commands/part.h"

#include <errno.h>

#include "util/log.h"

/* The time of the next sample; 0 or negative errno. */
static int next_time(struct source *source, uint64_t *ns)
{
	struct snapshot sample;
	int err = source_next(source, &sample);

	if (err)
		return err;
	*ns = sample.realtime_ns;
	snapshot_release(&sample);
	return 0;
}

static int find_all(struct source *source, struct time_span *all)
{
	int err = next_time(source, &all->begin_ns);

	if (!err)
		err = source_seek(source, UINT64_MAX);
	if (!err)
		err = source_back(source);
	if (!err)
		err = next_time(source, &all->end_ns);
	return err;
}

int part_go(struct source *source, const char *path, const char *part,
	    struct time_span *all, struct time_span *span)
{
	int err = find_all(source, all);

	if (err)
		return err;
	if (parse_span(part, all, span)) {
		log_error("%s: '%s' is no part of time: give two times, as in "
			  "14:05..14:10, 10m.. or "
			  "2026-01-31T14:05..2026-01-31T14:10; the recording "
			  "is from %s to %s",
			  path, part, FORMAT_TIME(all->begin_ns),
			  FORMAT_TIME(all->end_ns));
		return -EINVAL;
	}
	return source_seek(source, span->begin_ns);
}
