/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/places.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/search.h"

static uint64_t id_of(const void *place)
{
	return ((const struct code_place *)place)->id;
}

/* The index of the first place whose id is not below @id. */
static size_t find(const struct snapshot *snap, uint64_t id)
{
	return search_first(snap->places, snap->nr_places,
			    sizeof(*snap->places), id_of, id);
}

static bool is_at(const struct snapshot *snap, size_t at, uint64_t id)
{
	return at < snap->nr_places && snap->places[at].id == id;
}

int place_add(struct snapshot *snap, const char *name, uint64_t *id)
{
	struct code_place place = { 0 }, *grown;
	size_t at;

	*id = 0;
	if (!strcmp(name, PLACE_UNKNOWN))
		return 0;
	snprintf(place.name, sizeof(place.name), "%s", name);
	place.id = *id = hash_text(place.name);
	at = find(snap, place.id);
	if (is_at(snap, at, place.id))
		return 0;
	grown = reallocarray(snap->places, snap->nr_places + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	snap->places = grown;
	memmove(&grown[at + 1], &grown[at],
		(snap->nr_places - at) * sizeof(*grown));
	grown[at] = place;
	snap->nr_places++;
	return 0;
}

const char *place_name(const struct snapshot *snap, uint64_t id)
{
	size_t at = find(snap, id);

	return is_at(snap, at, id) ? snap->places[at].name : PLACE_UNKNOWN;
}
