// SPDX-License-Identifier: GPL-2.0-only
#include "probes/blocks.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Before the skeleton, which uses its structures. */
#include "include/calls.h"

#include "blocks.skel.h"
#include "include/blocks.h"
#include "model/event.h"
#include "model/level.h"
#include "probes/kernel.h"
#include "probes/stacks.h"
#include "probes/tables.h"
#include "util/debug.h"

#define UNSEEN	"allocations and frees are unknown"
#define INLINED "inlined: counted by the outer function"

#define ALLOCATE "swiotlb_device_allocate"
#define FREE	 "swiotlb_device_free"

static const struct hook_row rows[] = {
	{
		.name = "blocks.allocate",
		.level = LEVEL_BLOCKS,
		.missing = UNSEEN,
		.feature = &kernel_device_blocks,
		.required = true,
		.candidates = {
			CANDIDATE(FEXIT, ALLOCATE, "allocate_fexit"),
			CANDIDATE(KRETPROBE, ALLOCATE, "allocate_kprobe", "allocate_kretprobe"),
		},
	},
	{
		.name = "blocks.free",
		.level = LEVEL_BLOCKS,
		.missing = UNSEEN,
		.feature = &kernel_device_blocks,
		.required = true,
		.candidates = {
			CANDIDATE(FEXIT, FREE, "free_fentry", "free_fexit"),
			CANDIDATE(KRETPROBE, FREE, "free_kprobe", "free_kretprobe"),
		},
	},
	{
		.name = "blocks.inner_allocate",
		.level = LEVEL_BLOCKS,
		.missing = INLINED,
		.feature = &kernel_device_blocks,
		.candidates = {
			CANDIDATE(FEXIT, "swiotlb_alloc_block", "inner_alloc_fexit"),
		},
	},
	{
		.name = "blocks.inner_free",
		.level = LEVEL_BLOCKS,
		.missing = INLINED,
		.feature = &kernel_device_blocks,
		.candidates = {
			CANDIDATE(FENTRY, "swiotlb_free_block", "inner_free_fentry"),
		},
	},
};

/**
 * struct blocks - the collector
 * @skel: the object
 * @pools: the pools
 * @counts: what each CPU counted
 */
struct blocks {
	struct blocks_bpf *skel;
	const struct pools *pools;
	struct cpu_table counts;
};

static int blocks_open(void *self, struct bpf_object **object)
{
	struct blocks *blocks = self;

	blocks->skel = blocks_bpf__open_opts(kernel_open_options());
	if (!blocks->skel)
		return -errno;
	*object = blocks->skel->obj;
	return 0;
}

static int blocks_prepare(void *self)
{
	struct blocks *blocks = self;
	int error;

	blocks->skel->rodata->default_mem =
		pools_request(blocks->pools)->default_mem;
	error = cpu_table_size(blocks->skel->maps.block_counts);
	return error ? error
		     : bpf_map__set_max_entries(blocks->skel->maps.owners,
						debug_table(BLOCK_OWNERS_MAX));
}

static int blocks_load(void *self)
{
	struct blocks *blocks = self;
	int error = blocks_bpf__load(blocks->skel);

	return error ? error
		     : cpu_table_map(&blocks->counts,
				     blocks->skel->maps.block_counts);
}

static void blocks_close(void *self)
{
	struct blocks *blocks = self;

	cpu_table_unmap(&blocks->counts);
	blocks_bpf__destroy(blocks->skel);
	blocks->skel = NULL;
}

static void *blocks_create(struct pools *pools,
			   const struct session_options *options)
{
	struct blocks *blocks = calloc(1, sizeof(*blocks));

	(void)options;
	if (!blocks)
		return NULL;
	blocks->pools = pools;
	return blocks;
}

static void blocks_destroy(void *self)
{
	free(self);
}

static const struct known_pool *known_by_id(struct pools *pools, int id)
{
	size_t count;
	const struct known_pool *known = pools_known(pools, &count);

	for (size_t i = 0; i < count; i++)
		if (known[i].id == id)
			return &known[i];
	return NULL;
}

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

static uint64_t owner_address(const struct pool_record *record,
			      const struct block_owner *owner)
{
	uint64_t slot = (uint64_t)owner->area * record->area_slots +
			(uint64_t)(owner->first_block % record->area_blocks) *
				TLB_BLOCK_SLOTS;

	return record->start + (slot << TLB_SHIFT);
}

/* What was seen of an owner's allocation, when it was seen. */
static void complete_owner(struct blocks *blocks, struct pools *pools,
			   struct block_owner *owner)
{
	const struct known_pool *pool = known_by_id(pools, owner->pool_id);
	struct block_owner_record record;
	uint64_t address, now = monotonic_ns();

	if (!pool || !pool->record.area_blocks)
		return;
	address = owner_address(&pool->record, owner);
	if (!table_find(&HASH_TABLE(blocks->skel, owners), &address, &record))
		return;
	if (!owner->device[0])
		snprintf(owner->device, sizeof(owner->device), "%s",
			 record.device);
	owner->areas = record.areas;
	owner->in_window = true;
	owner->age_known = true;
	owner->age_ns = now > record.at ? now - record.at : 0;
	stack_copy(&owner->stack, &record.stack);
}

/*
 * State shows orphans that touch as one run; their allocations, where they
 * were seen, tell them apart.
 */
static int split_orphan(struct blocks *blocks, struct pools *pools,
			struct snapshot *snap, size_t index)
{
	const struct known_pool *pool =
		known_by_id(pools, snap->owners[index].pool_id);

	for (uint32_t i = 1; pool && i < snap->owners[index].blocks; i++) {
		struct block_owner rest = snap->owners[index];
		struct block_owner_record record;
		struct block_owner *grown;
		uint64_t address;

		rest.first_block += i;
		rest.blocks -= i;
		address = owner_address(&pool->record, &rest);
		if (!table_find(&HASH_TABLE(blocks->skel, owners), &address,
				&record))
			continue;
		grown = reallocarray(snap->owners, snap->nr_owners + 1,
				     sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		snap->owners = grown;
		grown[snap->nr_owners++] = rest;
		grown[index].blocks = i;
	}
	return 0;
}

static int read_block_losses(const struct block_count_record *sum,
			     struct snapshot *snap)
{
	const struct loss causes[] = {
		{ "blocks.owners_full",
		  "allocations remembered without device, age and stack",
		  EVENT_OWNER, sum->lost_owner },
		{ "blocks.call_lost",
		  "allocations or frees that were not counted", EVENT_BLOCK,
		  sum->lost_call },
	};

	return snapshot_add_losses(snap, causes,
				   sizeof(causes) / sizeof(*causes));
}

static int blocks_read(void *self, struct pools *pools, struct snapshot *snap)
{
	struct blocks *blocks = self;
	struct block_count_record sum;
	struct block_totals *totals = &snap->blocks;
	int error = 0;

	cpu_table_sum(&blocks->counts, &sum);
	totals->counted = true;
	totals->requests = sum.requests;
	totals->releases = sum.releases;
	totals->failed = sum.failed;
	totals->failed_with_room = sum.failed_with_room;
	totals->allocated = sum.request_blocks;
	totals->freed = sum.release_blocks;

	for (size_t i = 0; i < snap->nr_owners && !error; i++) {
		if (snap->owners[i].device_gone)
			error = split_orphan(blocks, pools, snap, i);
		complete_owner(blocks, pools, &snap->owners[i]);
	}
	return error ? error : read_block_losses(&sum, snap);
}

const struct collector blocks_collector = {
	.name = "blocks",
	.levels = LEVEL_BLOCKS,
	.table = { rows, sizeof(rows) / sizeof(*rows) },
	.object = { blocks_open, blocks_prepare, blocks_load, blocks_close },
	.create = blocks_create,
	.destroy = blocks_destroy,
	.read = blocks_read,
};
