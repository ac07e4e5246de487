/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "model/places.h"
#include "util/log.h"
#include "util/utf8.h"
#include "views/conversion.h"

/**
 * struct collapsed - stacks in the making
 * @stream: where to
 * @leaks: what is leaked, else waits
 * @first: the first sample of the session; not taken = there is none
 * @last: the latest one
 * @lines: written so far
 */
struct collapsed {
	FILE *stream;
	bool leaks;
	struct snapshot first;
	struct snapshot last;
	uint64_t lines;
};

/* Semicolons separate frames, and blanks the weight. */
static void put_frame(FILE *stream, const char *name)
{
	char clean[PLACE_LEN];

	for (char *c = utf8_clean(clean, sizeof(clean), name); *c; c++)
		fputc(*c == ';' || (unsigned char)*c <= ' ' || *c == 0x7f ? '_'
									  : *c,
		      stream);
}

/* The outermost frame first, without the offset in its function. */
static void put_places(FILE *stream, const struct snapshot *snap,
		       const struct stack *stack)
{
	for (unsigned int i = stack->depth; i-- > 0;) {
		char name[PLACE_LEN];
		char *plus;

		snprintf(name, sizeof(name), "%s",
			 place_name(snap, stack->addr[i]));
		plus = strstr(name, "+0x");
		if (plus)
			*plus = '\0';
		fputc(';', stream);
		put_frame(stream, name);
	}
}

static void put_line(struct collapsed *collapsed, const struct snapshot *snap,
		     const char *device, const char *what,
		     const struct stack *stack, uint64_t weight)
{
	if (!weight)
		return;
	put_frame(collapsed->stream, *device ? device : "unknown");
	fputc(';', collapsed->stream);
	put_frame(collapsed->stream, what);
	put_places(collapsed->stream, snap, stack);
	fprintf(collapsed->stream, " %" PRIu64 "\n", weight);
	collapsed->lines++;
}

static void put_waits(struct collapsed *collapsed, const struct snapshot *snap)
{
	for (size_t i = 0; i < snap->nr_callers; i++) {
		const struct wait_caller *caller = &snap->callers[i];

		put_line(collapsed, snap, caller->device,
			 wait_op_name(caller->op), &caller->stack,
			 caller->waits.total_ns);
	}
}

static void put_leaks(struct collapsed *collapsed, const struct snapshot *snap)
{
	for (size_t i = 0; i < snap->nr_live_groups; i++) {
		const struct mapping_group *group = &snap->live_groups[i];

		if (group->leak)
			put_line(collapsed, snap, group->device,
				 leak_reason_name(group->leak), &group->stack,
				 group->bytes);
	}
	for (size_t i = 0; i < snap->nr_owners; i++) {
		const struct block_owner *owner = &snap->owners[i];

		if (owner->device_gone)
			put_line(collapsed, snap, owner->device,
				 leak_reason_name(LEAK_DEVICE_GONE),
				 &owner->stack, owner->blocks * BLOCK_BYTES);
	}
}

/* A line again for each session: who reads them adds them up. */
static int put_session(struct collapsed *collapsed)
{
	struct interval interval;
	const struct snapshot *from =
		collapsed->last.taken_ns > collapsed->first.taken_ns
			? &collapsed->first
			: NULL;
	int err;

	if (!collapsed->last.taken_ns)
		return 0;
	err = interval_make(from, &collapsed->last, NULL, &interval);
	if (err)
		return err;
	if (collapsed->leaks)
		put_leaks(collapsed, &interval.figures);
	else
		put_waits(collapsed, &interval.figures);
	interval_release(&interval);
	return 0;
}

static int begin_stacks(void **state, FILE *stream, bool leaks)
{
	struct collapsed *collapsed = calloc(1, sizeof(*collapsed));

	if (!collapsed)
		return -ENOMEM;
	collapsed->stream = stream;
	collapsed->leaks = leaks;
	*state = collapsed;
	return 0;
}

static int begin_waits(void **state, FILE *stream)
{
	return begin_stacks(state, stream, false);
}

static int begin_leaks(void **state, FILE *stream)
{
	return begin_stacks(state, stream, true);
}

static int add(void *state, const struct moment *moment)
{
	struct collapsed *collapsed = state;
	int err = 0;

	if (!moment->before) {
		/* What is leaked is a state: that of the last sample. */
		err = collapsed->leaks ? 0 : put_session(collapsed);
		snapshot_release(&collapsed->first);
		if (!err)
			err = snapshot_copy(&collapsed->first,
					    &moment->sample->figures);
	}
	snapshot_release(&collapsed->last);
	return err ? err
		   : snapshot_copy(&collapsed->last, &moment->sample->figures);
}

static int end(void *state, int err)
{
	struct collapsed *collapsed = state;

	if (!collapsed)
		return err;
	if (!err)
		err = put_session(collapsed);
	if (!err && !collapsed->lines)
		log_warn(collapsed->leaks
				 ? "no stack: nothing is leaked"
				 : "no stack: nobody waited, or the level "
				   "callers was not recorded");
	snapshot_release(&collapsed->first);
	snapshot_release(&collapsed->last);
	free(collapsed);
	return err;
}

const struct conversion stacks_conversion = {
	.name = "stacks",
	.begin = begin_waits,
	.add = add,
	.end = end,
};

const struct conversion leaks_conversion = {
	.name = "leak-stacks",
	.begin = begin_leaks,
	.add = add,
	.end = end,
};
