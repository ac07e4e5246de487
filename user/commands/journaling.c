/* SPDX-License-Identifier: GPL-2.0-only */
#include "commands/journaling.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "util/log.h"
#include "util/units.h"
#include "views/journal.h"

int journaling_open(void)
{
	if (journal_present())
		return journal_open();
	log_error("--journal: systemd-journald does not run here; leave "
		  "--journal out");
	return -ENOENT;
}

static int tell(const struct episode_event *event, void *context)
{
	struct journaling *journaling = context;
	int err = journal_tell(event);

	if (err && !journaling->failed)
		log_warn("cannot write to the journal: %s; trying again with "
			 "the next finding",
			 strerror(-err));
	journaling->failed = err;
	journaling->lost += err != 0;
	return 0;
}

int journaling_follow(struct journaling *journaling,
		      const struct snapshot *sample)
{
	return episodes_follow(&journaling->episodes, sample, tell, journaling);
}

void journaling_release(struct journaling *journaling)
{
	if (journaling->lost)
		log_warn("%" PRIu64 " entr%s of the journal lost",
			 journaling->lost,
			 journaling->lost == 1 ? "y was" : "ies were");
	episodes_release(&journaling->episodes);
}
