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
#define READINGS	 4
#define READING_PAUSE_NS 2000000

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
 * struct reading - a reading of one pool's blocks and their holders
 * @record: the pool
 * @blocks: as list and slots show them
 * @holders: whose each is
 * @total: how many
 * @stale: device pools whose blocks were given back
 * @nr_stale: how many
 */
struct reading {
	const struct pool_record *record;
	struct block_reading *blocks;
	struct holding *holders;
	uint32_t total;
	const struct known_pool **stale;
	size_t nr_stale;
};

static void reading_end(struct reading *reading)
{
	free(reading->blocks);
	free(reading->holders);
	free(reading->stale);
	memset(reading, 0, sizeof(*reading));
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
static bool is_stale(const struct reading *reading,
		     const struct known_pool *pool)
{
	uint32_t given_back = 0;

	for (uint32_t i = 0; i < reading->total; i++) {
		const struct holding *holder = &reading->holders[i];

		if (!covers(pool, block_start(reading->record, i)))
			continue;
		if (holder->disputed ||
		    (holder->pool == pool &&
		     (!reading->blocks[i].run || reading->blocks[i].recorded)))
			return false;
		given_back++;
	}
	return given_back;
}

static void drop_holder(struct reading *reading, const struct known_pool *pool)
{
	for (uint32_t i = 0; i < reading->total; i++)
		if (reading->holders[i].pool == pool)
			reading->holders[i] = (struct holding){};
}

/* A pool that was freed holds nothing. */
static int find_stale(struct reading *reading, const struct known_pool *pools,
		      size_t count, const struct known_pool *parent)
{
	reading->stale = calloc(count + 1, sizeof(*reading->stale));
	if (!reading->stale)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		if (pools[i].kind == POOL_DEVICE &&
		    pools[i].parent_id == parent->id &&
		    is_stale(reading, &pools[i]))
			reading->stale[reading->nr_stale++] = &pools[i];
	for (size_t i = 0; i < reading->nr_stale; i++)
		drop_holder(reading, reading->stale[i]);
	return 0;
}

static int reading_make(struct reading *reading,
			const struct slot_reader *reader,
			const struct known_pool *pools, size_t count,
			const struct known_pool *pool)
{
	const struct pool_record *record = &pool->record;
	int error;

	reading->record = record;
	reading->total = record->areas * record->area_blocks;
	reading->blocks = calloc(reading->total + 1, sizeof(*reading->blocks));
	reading->holders =
		calloc(reading->total + 1, sizeof(*reading->holders));
	if (!reading->blocks || !reading->holders)
		return -ENOMEM;
	error = slots_read_blocks(reader, record, pool->segments,
				  reading->blocks);
	if (error)
		return error;
	for (uint32_t i = 0; i < reading->total; i++)
		reading->holders[i] =
			find_holder(pools, count, pool, block_start(record, i));
	return find_stale(reading, pools, count, pool);
}

/* A run is one longer than its successor's; none follows in the area. */
static bool run_contradicts(const struct reading *reading, uint32_t block)
{
	uint32_t per_area = reading->record->area_blocks;
	uint32_t next =
		(block + 1) % per_area ? reading->blocks[block + 1].run : 0;

	return reading->blocks[block].run &&
	       reading->blocks[block].run != next + 1;
}

static void count_block(const struct reading *reading, uint32_t block,
			struct area_blocks *count)
{
	const struct block_reading *seen = &reading->blocks[block];
	const struct holding *holder = &reading->holders[block];

	count->total++;
	if (!seen->run) {
		count->allocated++;
		count->orphaned += !holder->pool;
		count->list_errors += holder->disputed;
		return;
	}
	count->free++;
	if (run_contradicts(reading, block))
		count->run_errors++;
	else if (holder->pool)
		count->held_free++;
	if (run_contradicts(reading, block) || holder->pool)
		count->list_errors++;
	if (!holder->pool && seen->held)
		count->unreclaimed++;
}

/* Return: true when something is wrong, now that it has been counted. */
static bool count_blocks(const struct reading *reading, struct pool *pool)
{
	bool wrong = reading->nr_stale;

	for (unsigned int i = 0; i < pool->nr_areas; i++)
		memset(&pool->areas[i].blocks, 0,
		       sizeof(pool->areas[i].blocks));
	for (uint32_t i = 0; i < reading->total; i++)
		count_block(
			reading, i,
			&pool->areas[i / reading->record->area_blocks].blocks);
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

/* Whether two blocks have the same holder and state, in the same area. */
static bool same_owner(const struct reading *reading, uint32_t a, uint32_t b)
{
	return reading->holders[a].pool == reading->holders[b].pool &&
	       !reading->blocks[a].run == !reading->blocks[b].run &&
	       a / reading->record->area_blocks ==
		       b / reading->record->area_blocks;
}

static int add_owners(const struct reading *reading, const struct pool *pool,
		      struct snapshot *snap)
{
	uint32_t count;

	for (uint32_t i = 0; i < reading->total; i += count) {
		const struct known_pool *holder = reading->holders[i].pool;
		struct block_owner *owner;

		for (count = 1; i + count < reading->total; count++)
			if (!same_owner(reading, i, i + count))
				break;
		if (!holder && reading->blocks[i].run)
			continue;
		owner = add_owner(snap);
		if (!owner)
			return -ENOMEM;
		owner->pool_id = pool->id;
		owner->area = i / reading->record->area_blocks;
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

static void mark_stale(const struct reading *reading, struct snapshot *snap)
{
	for (size_t i = 0; i < reading->nr_stale; i++)
		for (size_t p = 0; p < snap->nr_pools; p++)
			if (snap->pools[p].id == reading->stale[i]->id)
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
	const struct timespec pause = { .tv_nsec = READING_PAUSE_NS };
	struct reading reading = {};
	int error = 0;

	for (int i = 0; i < READINGS && !error; i++) {
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
		reading_end(&reading);
		error = reading_make(&reading, reader, known, count, this);
		if (error || !count_blocks(&reading, pool))
			break;
		nanosleep(&pause, NULL);
		if (i + 1 < READINGS)
			error = pools_refresh(pools, true);
	}
	if (!error && reading.total) {
		mark_stale(&reading, snap);
		error = add_owners(&reading, pool, snap);
	}
	reading_end(&reading);
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
