/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A session without a kernel: the commands run on a fixture, which the
 * environment variable SWIOTLB_TEST_FIXTURE names, or fail as it says.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model_fixture.h"
#include "probes/session.h"
#include "util/log.h"

struct session {
	const char *fixture;
	unsigned int levels;
	unsigned int samples;
};

int session_open(struct session **out, const struct session_options *options)
{
	const char *fixture = getenv("SWIOTLB_TEST_FIXTURE");
	struct session *session;

	if (!fixture)
		fixture = "busy";
	if (!strcmp(fixture, "eperm")) {
		log_error("cannot load BPF programs: not permitted; run as "
			  "root");
		return -EPERM;
	}
	if (!strcmp(fixture, "nopool") && !options->tolerant) {
		log_error("this kernel has no swiotlb pool; boot without "
			  "swiotlb=noforce");
		return -ENODEV;
	}
	session = calloc(1, sizeof(*session));
	if (!session)
		return -ENOMEM;
	session->fixture = !strcmp(fixture, "nopool") ? "empty" : fixture;
	session->levels = options->levels;
	*out = session;
	return 0;
}

void session_close(struct session *session)
{
	free(session);
}

int session_sample(struct session *session)
{
	session->samples++;
	return 0;
}

void session_end_window(struct session *session)
{
	(void)session;
}

int session_snapshot(struct session *session, struct snapshot *snap)
{
	if (!fixture_by_name(session->fixture, snap))
		return -EINVAL;
	snap->levels = session->levels;
	for (char **word = snap->window.command; word && *word; word++)
		free(*word);
	free(snap->window.command);
	memset(&snap->window, 0, sizeof(snap->window));
	return 0;
}

int session_set_levels(struct session *session, unsigned int levels)
{
	session->levels = levels;
	return 0;
}
