/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/roster.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/utf8.h"

/**
 * struct candidate - a pool or device of a sample
 * @id: its number
 * @name: its name
 * @eligible: it may have a series of its own
 */
struct candidate {
	int64_t id;
	const char *name;
	bool eligible;
};

/** typedef candidate_getter - the one at a place; false behind the last */
typedef bool (*candidate_getter)(const struct snapshot *snap, size_t i,
				 struct candidate *candidate);

static bool pool_at(const struct snapshot *snap, size_t i,
		    struct candidate *candidate)
{
	if (i >= snap->nr_pools)
		return false;
	*candidate = (struct candidate){
		.id = snap->pools[i].id,
		.name = snap->pools[i].name,
		.eligible = snap->pools[i].kind != POOL_TRANSIENT,
	};
	return true;
}

static bool device_at(const struct snapshot *snap, size_t i,
		      struct candidate *candidate)
{
	if (i >= snap->nr_devices)
		return false;
	*candidate = (struct candidate){
		.id = snap->devices[i].id,
		.name = snap->devices[i].name,
		.eligible = !snap->devices[i].gone,
	};
	return true;
}

static bool has(const int64_t *ids, size_t count, int64_t id)
{
	for (size_t i = 0; i < count; i++)
		if (ids[i] == id)
			return true;
	return false;
}

bool roster_has(const struct roster *roster, int64_t id)
{
	return has(roster->own, roster->count, id);
}

void roster_release(struct roster *roster)
{
	free(roster->others);
	memset(roster, 0, sizeof(*roster));
}

static bool is_there(const struct snapshot *snap, candidate_getter get,
		     int64_t id)
{
	struct candidate candidate;

	for (size_t i = 0; get(snap, i, &candidate); i++)
		if (candidate.id == id)
			return candidate.eligible;
	return false;
}

static void drop_gone(struct roster *roster, const struct snapshot *snap,
		      candidate_getter get)
{
	size_t kept = 0;

	for (size_t i = 0; i < roster->count; i++)
		if (is_there(snap, get, roster->own[i]))
			roster->own[kept++] = roster->own[i];
	roster->count = kept;
}

/* As they are shown: names that differ in bytes alone that are no UTF-8 do not.
 */
static bool same_name(const char *a, const char *b)
{
	char clean_a[NAME_LEN], clean_b[NAME_LEN];

	return !strcmp(utf8_clean(clean_a, sizeof(clean_a), a),
		       utf8_clean(clean_b, sizeof(clean_b), b));
}

static bool name_taken(const struct roster *roster, const struct snapshot *snap,
		       candidate_getter get, const char *name)
{
	struct candidate other;

	for (size_t i = 0; get(snap, i, &other); i++)
		if (roster_has(roster, other.id) && same_name(other.name, name))
			return true;
	return same_name(name, ROSTER_OTHERS);
}

static bool gets_place(const struct roster *roster, const struct snapshot *snap,
		       candidate_getter get, const struct candidate *candidate)
{
	return roster->count < ROSTER_PLACES &&
	       !has(roster->others, roster->nr_others, candidate->id) &&
	       !name_taken(roster, snap, get, candidate->name);
}

/* @count: of all that are there, whether they have places or not */
static int follow(struct roster *roster, const struct snapshot *snap,
		  candidate_getter get, size_t count)
{
	int64_t *others = calloc(count + 1, sizeof(*others));
	struct candidate candidate;
	size_t nr_others = 0;

	if (!others)
		return -ENOMEM;
	drop_gone(roster, snap, get);
	for (size_t i = 0; get(snap, i, &candidate); i++) {
		if (!candidate.eligible || roster_has(roster, candidate.id))
			continue;
		if (gets_place(roster, snap, get, &candidate))
			roster->own[roster->count++] = candidate.id;
		else
			others[nr_others++] = candidate.id;
	}
	free(roster->others);
	roster->others = others;
	roster->nr_others = nr_others;
	return 0;
}

int roster_follow_pools(struct roster *roster, const struct snapshot *snap)
{
	return follow(roster, snap, pool_at, snap->nr_pools);
}

int roster_follow_devices(struct roster *roster, const struct snapshot *snap)
{
	return follow(roster, snap, device_at, snap->nr_devices);
}
