// SPDX-License-Identifier: GPL-2.0-only
#include "probes/block_state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/*
 * An allocation marks its blocks first and gives the device its pool last, so
 * the blocks look orphaned for a moment. An anomaly counts only if this many
 * readings show it.
 */
#define LOOKS	      4
#define LOOK_PAUSE_NS 2000000

/**
 * struct holding - whose a block is
 * @pool: the living device's pool that covers it, or NULL
 * @disputed: several pools cover it, and none of them is known to be newer
 */
struct holding {
	const struct known_pool *pool;
	bool disputed;
};

/**
 * struct look - a reading of one pool's blocks and their holders
 * @record: the pool
 * @blocks: as list and slots show them
 * @holders: whose each is
 * @total: how many
 * @stale: device pools whose blocks were given back
 * @nr_stale: how many
 */
struct look {
	const struct pool_record *record;
	struct block_look *blocks;
	struct holding *holders;
	uint32_t total;
	const struct known_pool **stale;
	size_t nr_stale;
};

static void look_end(struct look *look)
{
	free(look->blocks);
	free(look->holders);
	free(look->stale);
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

static bool covers(const struct known_pool *pool, uint64_t address)
{
	return pool->record.start <= address && address < pool->record.end;
}

/*
 * If a device keeps the pool that it freed, as with the RFC, another pool may
 * have the same blocks by now: the newest pool has them. Among pools that were
 * all there when the session began, the newest is unknown.
 */
static struct holding find_holder(const struct known_pool *pools, size_t count,
				  const struct known_pool *parent,
				  uint64_t address)
{
	struct holding holding = {};

	for (size_t i = 0; i < count; i++) {
		const struct known_pool *pool = &pools[i];

		if (pool->kind != POOL_DEVICE ||
		    pool->parent_id != parent->id || !covers(pool, address))
			continue;
		holding.disputed =
			holding.pool && holding.pool->initial && pool->initial;
		if (!holding.pool || pool->id > holding.pool->id)
			holding.pool = pool;
	}
	return holding;
}

/* Each block is listed free, or another pool's by now. */
static bool is_stale(const struct look *look, const struct known_pool *pool)
{
	uint32_t given_back = 0;

	for (uint32_t i = 0; i < look->total; i++) {
		const struct holding *holder = &look->holders[i];

		if (!covers(pool, block_start(look->record, i)))
			continue;
		if (holder->disputed ||
		    (holder->pool == pool &&
		     (!look->blocks[i].run || look->blocks[i].recorded)))
			return false;
		given_back++;
	}
	return given_back;
}

static void drop_holder(struct look *look, const struct known_pool *pool)
{
	for (uint32_t i = 0; i < look->total; i++)
		if (look->holders[i].pool == pool)
			look->holders[i] = (struct holding){};
}

/* A pool that was freed holds nothing. */
static int find_stale(struct look *look, const struct known_pool *pools,
		      size_t count, const struct known_pool *parent)
{
	look->stale = calloc(count + 1, sizeof(*look->stale));
	if (!look->stale)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		if (pools[i].kind == POOL_DEVICE &&
		    pools[i].parent_id == parent->id &&
		    is_stale(look, &pools[i]))
			look->stale[look->nr_stale++] = &pools[i];
	for (size_t i = 0; i < look->nr_stale; i++)
		drop_holder(look, look->stale[i]);
	return 0;
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
	look->holders = calloc(look->total + 1, sizeof(*look->holders));
	if (!look->blocks || !look->holders)
		return -ENOMEM;
	error = slots_read_blocks(reader, record, pool->segments, look->blocks);
	if (error)
		return error;
	for (uint32_t i = 0; i < look->total; i++)
		look->holders[i] =
			find_holder(pools, count, pool, block_start(record, i));
	return find_stale(look, pools, count, pool);
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
	const struct holding *holder = &look->holders[block];

	count->total++;
	if (!seen->run) {
		count->allocated++;
		count->orphaned += !holder->pool;
		count->list_errors += holder->disputed;
		return;
	}
	count->free++;
	if (run_contradicts(look, block) || holder->pool)
		count->list_errors++;
	if (!holder->pool && seen->held)
		count->unreclaimed++;
}

/* Return: true when something is wrong, now that it has been counted. */
static bool count_blocks(const struct look *look, struct pool *pool)
{
	bool wrong = look->nr_stale;

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
	return look->holders[a].pool == look->holders[b].pool &&
	       !look->blocks[a].run == !look->blocks[b].run &&
	       a / look->record->area_blocks == b / look->record->area_blocks;
}

static int add_owners(const struct look *look, const struct pool *pool,
		      struct snapshot *snap)
{
	uint32_t count;

	for (uint32_t i = 0; i < look->total; i += count) {
		const struct known_pool *holder = look->holders[i].pool;
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

static void mark_stale(const struct look *look, struct snapshot *snap)
{
	for (size_t i = 0; i < look->nr_stale; i++)
		for (size_t p = 0; p < snap->nr_pools; p++)
			if (snap->pools[p].id == look->stale[i]->id)
				snap->pools[p].stale = true;
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
			error = pools_refresh(pools, true);
	}
	if (!error && look.total) {
		mark_stale(&look, snap);
		error = add_owners(&look, pool, snap);
	}
	look_end(&look);
	/* -EFAULT: the pool was removed during the reading. */
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
