// SPDX-License-Identifier: GPL-2.0-only
#include "probes/block_state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/*
 * An allocation marks its blocks first and gives the device its pool last, so
 * for a moment they look orphaned: what is wrong must be so each time.
 */
#define LOOKS	      4
#define LOOK_PAUSE_NS 2000000

/**
 * struct look - one pool's blocks and whose they are
 * @record: the pool
 * @blocks: as list and slots show them
 * @holder: the living device's pool that covers each, or NULL
 * @total: how many
 */
struct look {
	const struct pool_record *record;
	struct block_look *blocks;
	const struct known_pool **holder;
	uint32_t total;
};

static void look_end(struct look *look)
{
	free(look->blocks);
	free(look->holder);
	memset(look, 0, sizeof(*look));
}

static uint64_t block_start(const struct pool_record *record, uint32_t block)
{
	uint32_t area = block / record->area_blocks;
	uint64_t slot =
		(uint64_t)area * record->area_slots +
		(uint64_t)(block % record->area_blocks) * TLB_BLOCK_SLOTS;

	return record->start + (slot << TLB_SHIFT);
}

static const struct known_pool *find_holder(const struct known_pool *pools,
					    size_t count,
					    const struct pool_record *parent,
					    uint64_t address)
{
	for (size_t i = 0; i < count; i++) {
		const struct pool_record *child = &pools[i].record;

		if (child->slots < parent->slots && child->start <= address &&
		    child->end > address && child->start >= parent->start &&
		    child->end <= parent->end)
			return &pools[i];
	}
	return NULL;
}

static int look_at(struct look *look, const struct slot_reader *reader,
		   const struct known_pool *pools, size_t count,
		   const struct known_pool *pool)
{
	const struct pool_record *record = &pool->record;
	int error;

	look->record = record;
	look->total = record->areas * record->area_blocks;
	look->blocks = calloc(look->total + 1, sizeof(*look->blocks));
	look->holder = calloc(look->total + 1, sizeof(*look->holder));
	if (!look->blocks || !look->holder) {
		look_end(look);
		return -ENOMEM;
	}
	error = slots_read_blocks(reader, record, pool->segments, look->blocks);
	if (error) {
		look_end(look);
		return error;
	}
	for (uint32_t i = 0; i < look->total; i++)
		look->holder[i] = find_holder(pools, count, record,
					      block_start(record, i));
	return 0;
}

/* A run is one longer than its successor's; none follows in the area. */
static bool run_contradicts(const struct look *look, uint32_t block)
{
	uint32_t per_area = look->record->area_blocks;
	uint32_t next =
		(block + 1) % per_area ? look->blocks[block + 1].run : 0;

	return look->blocks[block].run && look->blocks[block].run != next + 1;
}

static void count_block(const struct look *look, uint32_t block,
			struct area_blocks *count)
{
	const struct block_look *seen = &look->blocks[block];

	count->total++;
	if (!seen->run) {
		count->allocated++;
		count->orphaned += !look->holder[block];
		return;
	}
	count->free++;
	if (run_contradicts(look, block) || look->holder[block])
		count->list_errors++;
	if (!look->holder[block] && seen->held)
		count->unreclaimed++;
}

/* Return: true when something is wrong, now that it has been counted. */
static bool count_blocks(const struct look *look, struct pool *pool)
{
	bool wrong = false;

	for (unsigned int i = 0; i < pool->nr_areas; i++)
		memset(&pool->areas[i].blocks, 0,
		       sizeof(pool->areas[i].blocks));
	for (uint32_t i = 0; i < look->total; i++)
		count_block(look, i,
			    &pool->areas[i / look->record->area_blocks].blocks);
	for (unsigned int i = 0; i < pool->nr_areas; i++) {
		const struct area_blocks *blocks = &pool->areas[i].blocks;

		wrong |= blocks->orphaned || blocks->list_errors ||
			 blocks->unreclaimed;
	}
	return wrong;
}

static struct block_owner *add_owner(struct snapshot *snap)
{
	struct block_owner *grown;

	grown = reallocarray(snap->owners, snap->nr_owners + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	snap->owners = grown;
	memset(&grown[snap->nr_owners], 0, sizeof(*grown));
	return &grown[snap->nr_owners++];
}

/* Whose a block is: the holder, or that it is allocated and has none. */
static bool same_owner(const struct look *look, uint32_t a, uint32_t b)
{
	return look->holder[a] == look->holder[b] &&
	       !look->blocks[a].run == !look->blocks[b].run &&
	       a / look->record->area_blocks == b / look->record->area_blocks;
}

static int add_owners(const struct look *look, const struct pool *pool,
		      struct snapshot *snap)
{
	uint32_t count;

	for (uint32_t i = 0; i < look->total; i += count) {
		const struct known_pool *holder = look->holder[i];
		struct block_owner *owner;

		for (count = 1; i + count < look->total; count++)
			if (!same_owner(look, i, i + count))
				break;
		if (!holder && look->blocks[i].run)
			continue;
		owner = add_owner(snap);
		if (!owner)
			return -ENOMEM;
		owner->pool_id = pool->id;
		owner->area = i / look->record->area_blocks;
		owner->first_block = i;
		owner->blocks = count;
		owner->device_gone = !holder;
		if (!holder)
			continue;
		owner->in_window = !holder->initial;
		owner->areas = holder->record.areas;
		snprintf(owner->device, sizeof(owner->device), "%s",
			 holder->record.device);
	}
	return 0;
}

static const struct known_pool *same_pool(const struct known_pool *known,
					  size_t count, int id)
{
	for (size_t i = 0; i < count; i++)
		if (known[i].id == id)
			return &known[i];
	return NULL;
}

static int read_pool_blocks(struct pools *pools,
			    const struct slot_reader *reader, struct pool *pool,
			    struct snapshot *snap)
{
	const struct timespec pause = { .tv_nsec = LOOK_PAUSE_NS };
	struct look look = {};
	int error = 0;

	for (int i = 0; i < LOOKS && !error; i++) {
		const struct known_pool *known, *this;
		size_t count;

		known = pools_known(pools, &count);
		this = same_pool(known, count, pool->id);
		if (!this || !this->segments || !this->record.area_blocks)
			break;
		if (i)
			error = slots_read(reader, &this->record,
					   this->segments);
		if (error)
			break;
		look_end(&look);
		error = look_at(&look, reader, known, count, this);
		if (error || !count_blocks(&look, pool))
			break;
		nanosleep(&pause, NULL);
		if (i + 1 < LOOKS)
			error = pools_refresh(pools);
	}
	if (!error && look.total)
		error = add_owners(&look, pool, snap);
	look_end(&look);
	/* -EFAULT: the pool went while we looked. */
	return error == -EFAULT ? 0 : error;
}

int block_state_read(struct pools *pools, const struct slot_reader *reader,
		     struct snapshot *snap)
{
	int error = 0;

	for (size_t i = 0; i < snap->nr_pools && !error; i++)
		if (snap->pools[i].blocks_known)
			error = read_pool_blocks(pools, reader, &snap->pools[i],
						 snap);
	return error;
}
