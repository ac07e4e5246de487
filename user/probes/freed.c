// SPDX-License-Identifier: GPL-2.0-only
#include "probes/freed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "include/mappings.h"
#include "probes/tables.h"

/* Minimum time between two readings: longer than a driver takes to unmap. */
#define CONFIRM_NS 250000000ull

/**
 * struct freed_mapping - a mapping whose memory was found free
 * @address: of its first slot
 * @orig_addr: of what is mapped
 * @alloc_size: what its first slot says
 * @at: when it was made; 0 = not known
 * @since: the first reading that found it so
 */
struct freed_mapping {
	uint64_t address;
	uint64_t orig_addr;
	uint64_t alloc_size;
	uint64_t at;
	uint64_t since;
};

int freed_start(struct freed *freed, const struct bpf_program *find,
		const struct bpf_map *map)
{
	freed->find = find;
	freed->map = map;
	freed->memory = table_mmap(map, PROT_READ | PROT_WRITE);
	return freed->memory ? 0 : -errno;
}

void freed_stop(struct freed *freed)
{
	if (freed->memory)
		table_munmap(freed->memory, freed->map);
	free(freed->seen);
	free(freed->found);
	memset(freed, 0, sizeof(*freed));
}

static int compare_addresses(const void *a, const void *b)
{
	const struct freed_mapping *left = a, *right = b;

	return left->address < right->address ? -1
					      : left->address > right->address;
}

/* Return: the same mapping in the previous reading; NULL = not found there */
static const struct freed_mapping *seen_before(const struct freed *freed,
					       const struct freed_mapping *now)
{
	const struct freed_mapping *before = NULL;

	if (freed->nr_seen)
		before = bsearch(now, freed->seen, freed->nr_seen, sizeof(*now),
				 compare_addresses);
	if (!before || before->orig_addr != now->orig_addr ||
	    before->alloc_size != now->alloc_size || before->at != now->at)
		return NULL;
	return before;
}

static int add_found(struct freed *freed, const struct freed_mapping *mapping)
{
	if (freed->nr_found == freed->max_found) {
		size_t room = freed->max_found ? 2 * freed->max_found : 256;
		struct freed_mapping *grown =
			reallocarray(freed->found, room, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		freed->found = grown;
		freed->max_found = room;
	}
	freed->found[freed->nr_found++] = *mapping;
	return 0;
}

static int judge_one(struct freed *freed, const struct pool_record *record,
		     const struct mapped_memory *memory, struct live_slot *slot)
{
	const struct freed_mapping *before;
	struct freed_mapping now = {
		.address = record->start + (slot->first << TLB_SHIFT),
		.orig_addr = memory->orig_addr,
		.alloc_size = memory->alloc_size,
		.at = SHADOW_IS_KNOWN(slot->record.device) ? slot->record.at
							   : 0,
		.since = freed->now,
	};

	if (!memory->freed)
		return 0;
	before = seen_before(freed, &now);
	if (before) {
		slot->freed = now.since - before->since >= CONFIRM_NS;
		now.since = before->since;
	}
	return add_found(freed, &now);
}

static int judge_some(struct freed *freed, const struct pool_record *record,
		      struct live_slot *slots, unsigned int count)
{
	struct freed_request request = {
		.slots_addr = record->slots_addr,
		.count = count,
	};
	int error;

	for (unsigned int i = 0; i < count; i++)
		freed->memory[i].slot = slots[i].first;
	error = program_run(freed->find, &request, sizeof(request));
	for (unsigned int i = 0; i < request.done && !error; i++)
		error = judge_one(freed, record, &freed->memory[i], &slots[i]);
	return error;
}

int freed_judge(struct freed *freed, const struct pool_record *record,
		struct live_slot *slots, size_t count)
{
	int error = 0;

	while (count && !error) {
		unsigned int some = count < FREED_CHUNK ? count : FREED_CHUNK;

		error = judge_some(freed, record, slots, some);
		slots += some;
		count -= some;
	}
	return error;
}

void freed_begin(struct freed *freed, uint64_t now)
{
	free(freed->seen);
	freed->seen = freed->found;
	freed->nr_seen = freed->nr_found;
	freed->found = NULL;
	freed->nr_found = 0;
	freed->max_found = 0;
	freed->now = now;
	if (freed->nr_seen)
		qsort(freed->seen, freed->nr_seen, sizeof(*freed->seen),
		      compare_addresses);
}

uint64_t freed_unconfirmed(const struct freed *freed)
{
	uint64_t unconfirmed = 0;

	for (size_t i = 0; i < freed->nr_found; i++)
		if (freed->now - freed->found[i].since < CONFIRM_NS)
			unconfirmed++;
	return unconfirmed;
}
