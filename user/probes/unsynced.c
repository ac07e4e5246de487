/* SPDX-License-Identifier: GPL-2.0-only */
#include "probes/unsynced.h"

#include <errno.h>
#include <sys/mman.h>

#include "include/mappings.h"
#include "probes/tables.h"

/* Mappings that a reading compares at most: 4 MiB on each side. */
#define COMPARED_MAPPINGS 1024

int unsynced_start(struct unsynced *unsynced, const struct bpf_program *find,
		   const struct bpf_map *map)
{
	unsynced->find = find;
	unsynced->map = map;
	unsynced->memory = table_mmap(map, PROT_READ | PROT_WRITE);
	return unsynced->memory ? 0 : -errno;
}

void unsynced_stop(struct unsynced *unsynced)
{
	if (unsynced->memory)
		table_munmap(unsynced->memory, unsynced->map);
	confirm_end(&unsynced->confirmation);
	*unsynced = (struct unsynced){ 0 };
}

void unsynced_begin(struct unsynced *unsynced, uint64_t now)
{
	unsynced->left = COMPARED_MAPPINGS;
	confirm_begin(&unsynced->confirmation, now);
}

static int judge_chunk(struct unsynced *unsynced,
		       const struct pool_record *record,
		       struct live_slot **slots, unsigned int count)
{
	struct unsynced_request request = {
		.desc = record->desc,
		.slots_addr = record->slots_addr,
		.start = record->start,
		.count = count,
	};
	int error = program_run(unsynced->find, &request, sizeof(request));

	for (unsigned int i = 0; i < request.done && !error; i++) {
		const struct compared_memory *memory = &unsynced->memory[i];
		const struct suspect suspect = {
			.address = record->start + (memory->slot << TLB_SHIFT),
			.orig_addr = memory->orig_addr,
			.alloc_size = memory->alloc_size,
			.at = slots[i]->record.at,
		};

		if (memory->differs)
			error = confirm_found(&unsynced->confirmation, suspect,
					      &slots[i]->unsynced);
	}
	return error;
}

static bool is_candidate(const struct live_slot *slot)
{
	return SHADOW_IS_KNOWN(slot->record.device) &&
	       !(slot->record.device & 1) && !slot->record.synced;
}

int unsynced_judge(struct unsynced *unsynced, const struct pool_record *record,
		   struct live_slot *slots, size_t count)
{
	struct live_slot *chunk[UNSYNCED_CHUNK];
	unsigned int used = 0;
	int error = 0;

	for (size_t i = 0; i < count && unsynced->left && !error; i++) {
		if (!is_candidate(&slots[i]))
			continue;
		unsynced->left--;
		unsynced->memory[used] = (struct compared_memory){
			.slot = slots[i].first,
			.device = slots[i].record.device,
			.bytes = slots[i].record.size,
		};
		chunk[used++] = &slots[i];
		if (used < UNSYNCED_CHUNK)
			continue;
		error = judge_chunk(unsynced, record, chunk, used);
		used = 0;
	}
	return used && !error ? judge_chunk(unsynced, record, chunk, used)
			      : error;
}
