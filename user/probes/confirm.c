/* SPDX-License-Identifier: GPL-2.0-only */
#include "probes/confirm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Minimum time between two readings: longer than a driver takes to unmap. */
#define CONFIRM_NS 250000000ull

static int compare_addresses(const void *a, const void *b)
{
	const struct suspect *left = a, *right = b;

	return left->address < right->address ? -1
					      : left->address > right->address;
}

/* Return: the same mapping in the previous reading; NULL = not found there */
static const struct suspect *seen_before(const struct confirmation *c,
					 const struct suspect *now)
{
	const struct suspect *before = NULL;

	if (c->nr_seen)
		before = bsearch(now, c->seen, c->nr_seen, sizeof(*now),
				 compare_addresses);
	if (!before || before->orig_addr != now->orig_addr ||
	    before->alloc_size != now->alloc_size || before->at != now->at)
		return NULL;
	return before;
}

static int add_found(struct confirmation *c, const struct suspect *suspect)
{
	if (c->nr_found == c->max_found) {
		size_t room = c->max_found ? 2 * c->max_found : 256;
		struct suspect *grown =
			reallocarray(c->found, room, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		c->found = grown;
		c->max_found = room;
	}
	c->found[c->nr_found++] = *suspect;
	return 0;
}

int confirm_found(struct confirmation *confirmation, struct suspect suspect,
		  bool *confirmed)
{
	const struct suspect *before = seen_before(confirmation, &suspect);

	suspect.since = before ? before->since : confirmation->now;
	*confirmed = confirmation->now - suspect.since >= CONFIRM_NS;
	return add_found(confirmation, &suspect);
}

void confirm_begin(struct confirmation *confirmation, uint64_t now)
{
	free(confirmation->seen);
	confirmation->seen = confirmation->found;
	confirmation->nr_seen = confirmation->nr_found;
	confirmation->found = NULL;
	confirmation->nr_found = 0;
	confirmation->max_found = 0;
	confirmation->now = now;
	if (confirmation->nr_seen)
		qsort(confirmation->seen, confirmation->nr_seen,
		      sizeof(*confirmation->seen), compare_addresses);
}

uint64_t confirm_open(const struct confirmation *confirmation)
{
	uint64_t open = 0;

	for (size_t i = 0; i < confirmation->nr_found; i++)
		if (confirmation->now - confirmation->found[i].since <
		    CONFIRM_NS)
			open++;
	return open;
}

void confirm_end(struct confirmation *confirmation)
{
	free(confirmation->seen);
	free(confirmation->found);
	memset(confirmation, 0, sizeof(*confirmation));
}
