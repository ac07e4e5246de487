// SPDX-License-Identifier: GPL-2.0-only
#include "probes/freed.h"

#include <errno.h>
#include <sys/mman.h>

#include "include/mappings.h"
#include "probes/tables.h"

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
	confirm_end(&freed->confirmation);
	*freed = (struct freed){ 0 };
}

static int judge_one(struct freed *freed, const struct pool_record *record,
		     const struct mapped_memory *memory, struct live_slot *slot)
{
	const struct suspect suspect = {
		.address = record->start + (slot->first << TLB_SHIFT),
		.orig_addr = memory->orig_addr,
		.alloc_size = memory->alloc_size,
		.at = SHADOW_IS_KNOWN(slot->record.device) ? slot->record.at
							   : 0,
	};

	return memory->freed ? confirm_found(&freed->confirmation, suspect,
					     &slot->freed)
			     : 0;
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
	for (unsigned int i = 0; request.found && i < request.done && !error;
	     i++)
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
	confirm_begin(&freed->confirmation, now);
}
