// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the tool makes of a kernel's types: print_hooks BTF
 *
 * Loads and attaches all levels to a kernel that has these types and nothing
 * else, and writes the report. Its exit status is 1 if a program accesses what
 * the types do not have.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel_stub.h"
#include "model/interval.h"
#include "model/level.h"
#include "probes/session.h"
#include "util/log.h"
#include "views/json.h"

static int print(const struct snapshot *snap)
{
	struct interval interval = { 0 };
	int error = interval_make(NULL, snap, NULL, &interval);

	if (!error)
		error = json_report(&interval, JSON_INDENTED, stdout);
	interval_release(&interval);
	return error;
}

static int attach(void)
{
	struct session_options options = { .tolerant = true, .stacks = true };
	struct session *session;
	struct snapshot snap;
	int error;

	for (unsigned int i = 0; i < level_count; i++)
		options.levels |= level_table[i].level;
	error = session_open(&session, &options);
	if (error)
		return error;
	error = session_snapshot(session, &snap);
	if (!error) {
		error = print(&snap);
		snapshot_release(&snap);
	}
	session_close(session);
	return error;
}

int main(int argc, char **argv)
{
	int error;

	if (argc != 2) {
		fputs("usage: print_hooks BTF\n", stderr);
		return 2;
	}
	error = stub_kernel(argv[1]);
	/* libbpf says which member is not there. */
	log_set_verbose(1);
	if (!error)
		error = attach();
	if (error)
		log_error("%s: %s", argv[1], strerror(-error));
	if (stub_refused())
		log_error("%s: %u programs access what is not in these types",
			  argv[1], stub_refused());
	return error || stub_refused() ? 1 : 0;
}
