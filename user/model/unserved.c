/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/unserved.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS (UNSERVED_MAX / 4)

/**
 * struct entry - a request
 * @key: what it asked for
 * @pool: see unserved_add()
 * @settled: it has been served, and is in no bucket
 * @next: in its list, or of those that are not used
 * @other: in its bucket
 */
struct entry {
	struct unserved_key key;
	uint32_t pool;
	bool settled;
	uint32_t next;
	uint32_t other;
};

/**
 * struct unserved - all requests that are kept
 * @entries: by number
 * @buckets: numbers, by key
 * @unused: list of those that are free again
 * @nr_entries: those from here on have never been used
 */
struct unserved {
	struct entry entries[UNSERVED_MAX];
	uint32_t buckets[BUCKETS];
	uint32_t unused;
	uint32_t nr_entries;
};

struct unserved *unserved_new(void)
{
	struct unserved *unserved = calloc(1, sizeof(*unserved));

	if (!unserved)
		return NULL;
	memset(unserved->buckets, 0xff, sizeof(unserved->buckets));
	unserved->unused = NO_UNSERVED;
	return unserved;
}

void unserved_free(struct unserved *unserved)
{
	free(unserved);
}

static uint32_t bucket_of(const struct unserved_key *key)
{
	const uint64_t mixed = ((uint64_t)key->device << 32 | key->origin) *
				       0x9e3779b97f4a7c15ull +
			       key->size;

	return (mixed >> 32) % BUCKETS;
}

static bool is_same(const struct unserved_key *a, const struct unserved_key *b)
{
	return a->device == b->device && a->origin == b->origin &&
	       a->size == b->size;
}

uint32_t unserved_find(const struct unserved *unserved,
		       const struct unserved_key *key)
{
	uint32_t number = unserved->buckets[bucket_of(key)];

	while (number != NO_UNSERVED &&
	       !is_same(&unserved->entries[number].key, key))
		number = unserved->entries[number].other;
	return number;
}

static uint32_t take_entry(struct unserved *unserved)
{
	const uint32_t number = unserved->unused;

	if (number != NO_UNSERVED)
		unserved->unused = unserved->entries[number].next;
	else if (unserved->nr_entries < UNSERVED_MAX)
		return unserved->nr_entries++;
	return number;
}

uint32_t unserved_add(struct unserved *unserved, const struct unserved_key *key,
		      uint32_t pool, uint32_t *list)
{
	uint32_t *bucket = &unserved->buckets[bucket_of(key)];
	const uint32_t number = take_entry(unserved);

	if (number == NO_UNSERVED)
		return NO_UNSERVED;
	unserved->entries[number] = (struct entry){
		.key = *key,
		.pool = pool,
		.next = *list,
		.other = *bucket,
	};
	*list = *bucket = number;
	return number;
}

uint32_t unserved_pool(const struct unserved *unserved, uint32_t number)
{
	return unserved->entries[number].pool;
}

uint32_t unserved_device(const struct unserved *unserved, uint32_t number)
{
	return unserved->entries[number].key.device;
}

void unserved_settle(struct unserved *unserved, uint32_t number)
{
	struct entry *entry = &unserved->entries[number];
	uint32_t *link = &unserved->buckets[bucket_of(&entry->key)];

	while (*link != number)
		link = &unserved->entries[*link].other;
	*link = entry->other;
	entry->settled = true;
}

bool unserved_end(struct unserved *unserved, uint32_t *list, uint32_t *number)
{
	struct entry *entry;
	bool settled;

	*number = *list;
	if (*number == NO_UNSERVED)
		return false;
	entry = &unserved->entries[*number];
	settled = entry->settled;
	if (!settled)
		unserved_settle(unserved, *number);
	*list = entry->next;
	entry->next = unserved->unused;
	unserved->unused = *number;
	return !settled;
}
