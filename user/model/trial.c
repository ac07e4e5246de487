/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/trial.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "model/lock_queues.h"
#include "util/array.h"

#define NO_POOL UINT32_MAX

/* struct io_tlb_slot, on machines of 64 bits. */
#define SLOT_LIST_BYTES 24u

/**
 * struct lot - a pool here
 * @allocator: of it; NULL = there is none
 * @first_lock: of its areas, for lock_queues_add()
 * @as_it_is: of the size, and with the areas, that it has in the record
 */
struct lot {
	struct allocator *allocator;
	uint32_t first_lock;
	bool as_it_is;
};

/**
 * struct trial - a setting
 * @basis: of all settings
 * @outcome: so far; the waits are in @waits
 * @waits: so far
 * @pools: those of the record, as they are here
 * @room_pools: of @pools
 * @nr_pools: how many
 * @own: by device, its own pool here
 * @room_own: of @own
 * @nr_devices: how many
 * @changed: index of the pool that the setting changes
 * @places: by holding, the slot that it is known by; plus 1, 0 = none
 * @room_places: of @places
 * @queues: of its areas' locks
 * @nr_locks: how many
 * @holds: how many of the basis's
 * @hold_scale: makes the mean of what is drawn of them the basis's
 * @random: state of the numbers that draw
 * @err: what went wrong since the last trial_wait()
 */
struct trial {
	const struct whatif_basis *basis;
	struct outcome outcome;
	struct queue_totals waits;
	struct lot *pools;
	size_t room_pools;
	size_t nr_pools;
	struct lot *own;
	size_t room_own;
	size_t nr_devices;
	uint32_t changed;
	uint32_t *places;
	size_t room_places;
	struct lock_queues *queues;
	uint32_t nr_locks;
	uint64_t holds;
	double hold_scale;
	uint64_t random;
	int err;
};

struct trial *trial_new(const struct whatif_basis *basis,
			const struct setting *setting)
{
	struct trial *trial = calloc(1, sizeof(*trial));

	if (!trial)
		return NULL;
	trial->basis = basis;
	trial->outcome.setting = *setting;
	trial->outcome.longest_min = SEGMENT_SLOTS;
	trial->changed = NO_POOL;
	trial->holds = histogram_total(&basis->holds);
	if (trial->holds)
		trial->hold_scale =
			basis->hold_ns / histogram_mean(&basis->holds);
	trial->queues = lock_queues_new();
	if (!trial->queues) {
		trial_free(trial);
		return NULL;
	}
	return trial;
}

void trial_free(struct trial *trial)
{
	if (!trial)
		return;
	for (size_t i = 0; i < trial->nr_pools; i++)
		allocator_free(trial->pools[i].allocator);
	for (size_t i = 0; i < trial->nr_devices; i++)
		allocator_free(trial->own[i].allocator);
	free(trial->pools);
	free(trial->own);
	free(trial->places);
	lock_queues_free(trial->queues);
	free(trial);
}

/* Pools and devices */

static int open_lot(struct trial *trial, struct lot *lot,
		    const struct allocator_shape *shape)
{
	lot->allocator = allocator_new(shape);
	if (!lot->allocator)
		return -errno;
	lot->first_lock = trial->nr_locks;
	trial->nr_locks += shape->areas;
	return 0;
}

static struct allocator_shape changed_shape(const struct allocator_shape *shape,
					    struct setting *setting)
{
	struct allocator_shape changed = *shape;

	if (!setting->slots)
		setting->slots = shape->slots;
	if (!setting->areas)
		setting->areas = shape->areas;
	changed.slots = setting->slots;
	changed.areas = setting->areas;
	return changed;
}

static bool is_same_shape(const struct allocator_shape *a,
			  const struct allocator_shape *b)
{
	return a->slots == b->slots && a->areas == b->areas;
}

int trial_add_pool(struct trial *trial, const struct allocator_shape *shape,
		   bool is_main)
{
	struct allocator_shape here = *shape;
	int err = array_grow(&trial->pools, &trial->room_pools,
			     trial->nr_pools + 1, sizeof(*trial->pools));

	if (err)
		return err;
	if (is_main)
		here = changed_shape(shape, &trial->outcome.setting);
	err = open_lot(trial, &trial->pools[trial->nr_pools], &here);
	if (err)
		return err;
	trial->pools[trial->nr_pools].as_it_is = is_same_shape(&here, shape);
	if (is_main) {
		trial->changed = trial->nr_pools;
		trial->outcome.bytes +=
			here.slots * (SLOT_BYTES + SLOT_LIST_BYTES);
	}
	trial->nr_pools++;
	return 0;
}

static struct lot *changed_lot(const struct trial *trial)
{
	return trial->changed == NO_POOL ? NULL : &trial->pools[trial->changed];
}

static void note_peak(struct trial *trial, const struct lot *lot)
{
	uint64_t *peak = lot == changed_lot(trial)
				 ? &trial->outcome.peak
				 : &trial->outcome.device_peak;
	const uint64_t used = allocator_used(lot->allocator, UINT32_MAX);

	if (used > *peak)
		*peak = used;
}

/* As swiotlb_device_allocate() does. */
static int open_own(struct trial *trial, struct lot *own)
{
	const uint32_t blocks = trial->outcome.setting.device_areas;
	const struct lot *parent = changed_lot(trial);
	struct allocator_shape shape;
	uint32_t slot;

	if (!parent ||
	    allocator_take_blocks(parent->allocator, blocks, &slot)) {
		trial->outcome.no_blocks++;
		return 0;
	}
	note_peak(trial, parent);
	shape = *allocator_shape(parent->allocator);
	shape.bus_start += (uint64_t)slot * SLOT_BYTES;
	shape.slots = (uint64_t)blocks * BLOCK_SLOTS;
	shape.areas = allocator_device_areas(blocks, shape.slots);
	trial->outcome.bytes += shape.slots * SLOT_LIST_BYTES;
	return open_lot(trial, own, &shape);
}

int trial_add_device(struct trial *trial, const char *name)
{
	const struct setting *setting = &trial->outcome.setting;
	int err = array_grow(&trial->own, &trial->room_own,
			     trial->nr_devices + 1, sizeof(*trial->own));

	if (err)
		return err;
	if (setting->device_areas && *setting->device &&
	    !fnmatch(setting->device, name, 0))
		err = open_own(trial, &trial->own[trial->nr_devices]);
	trial->nr_devices++;
	return err;
}

int trial_make_room(struct trial *trial, size_t ids)
{
	return array_grow(&trial->places, &trial->room_places, ids,
			  sizeof(*trial->places));
}

static struct lot *lot_of(const struct trial *trial,
			  const struct holding *holding)
{
	if (holding->device != NO_DEVICE &&
	    trial->own[holding->device].allocator)
		return &trial->own[holding->device];
	return &trial->pools[holding->pool];
}

static bool is_own(const struct trial *trial, const struct lot *lot)
{
	return lot >= trial->own && lot < trial->own + trial->nr_devices;
}

/* Other pools of the record have no peak here. */
static void has_taken(struct trial *trial, const struct lot *lot)
{
	if (lot == changed_lot(trial) || is_own(trial, lot))
		note_peak(trial, lot);
}

/* What was there before */

bool trial_keep(struct trial *trial, const struct holding *holding,
		const struct trace_run *run)
{
	const struct lot *lot = &trial->pools[holding->pool];

	if (!lot->as_it_is ||
	    allocator_reserve(lot->allocator, run->slot, run->slots))
		return false;
	trial->places[holding->id] = run->slot + 1;
	has_taken(trial, lot);
	return true;
}

/* More than a segment is blocks. */
static bool find_house(const struct lot *lot, const struct trace_run *run,
		       uint32_t area, uint32_t *slot)
{
	const struct allocation asked = {
		.size = run->slots * SLOT_BYTES,
		.cpu = area,
	};
	struct placement placement;

	if (run->slots > SEGMENT_SLOTS)
		return !allocator_take_blocks(
			lot->allocator,
			(run->slots + BLOCK_SLOTS - 1) / BLOCK_SLOTS, slot);
	placement = allocator_map(lot->allocator, &asked);
	*slot = placement.slot;
	return placement.slots;
}

void trial_house(struct trial *trial, const struct holding *holding,
		 const struct trace_run *run, uint32_t area)
{
	const struct lot *lot = &trial->pools[holding->pool];
	uint32_t slot;

	if (trial_has(trial, holding->id))
		return;
	if (!find_house(lot, run, area, &slot)) {
		trial->outcome.unplaced++;
		return;
	}
	trial->places[holding->id] = slot + 1;
	has_taken(trial, lot);
}

void trial_set_index(struct trial *trial, uint32_t pool, uint32_t area,
		     uint32_t index)
{
	const struct lot *lot = &trial->pools[pool];

	if (lot->as_it_is)
		allocator_set_index(lot->allocator, area, index);
}

/* Requests */

/* The same numbers in each run. */
static uint32_t next_random(struct trial *trial)
{
	trial->random =
		trial->random * 6364136223846793005ull + 1442695040888963407ull;
	return trial->random >> 32;
}

/* A hold as the basis has them, evenly spread in its bucket. */
static double draw_hold(struct trial *trial)
{
	uint64_t left =
		(double)next_random(trial) / 0x1p32 * (double)trial->holds;
	unsigned int bucket = 0;

	while (bucket + 1 < HISTOGRAM_BUCKETS &&
	       left >= trial->basis->holds.count[bucket])
		left -= trial->basis->holds.count[bucket++];
	return (double)(1ull << bucket) * trial->hold_scale *
	       (1 + next_random(trial) / 0x1p32);
}

static void visit(struct trial *trial, uint32_t cpu, uint32_t lock,
		  struct arrival arrival, uint32_t examined)
{
	const struct whatif_basis *basis = trial->basis;
	double hold_ns = 0;
	int err;

	if (lock != NO_LOCK)
		hold_ns = (trial->holds ? draw_hold(trial) : basis->hold_ns) +
			  basis->rest_ns +
			  examined * basis->hold_ns / SLOTS_A_HOLD;
	err = lock_queues_add(trial->queues, cpu, lock, arrival, hold_ns);
	if (err)
		trial->err = err;
}

/* Search the areas in turn, each with its lock. */
static struct placement search(struct trial *trial, const struct lot *lot,
			       const struct allocation *asked,
			       struct arrival arrival)
{
	const uint32_t areas = allocator_shape(lot->allocator)->areas;
	struct placement placement = { .locks = 0 };
	uint32_t searched = 0;

	while (!placement.slots && !placement.endless && searched < areas) {
		const uint32_t area = (asked->cpu + searched++) & (areas - 1);

		placement = allocator_search(lot->allocator, area, asked);
		visit(trial, asked->cpu, lot->first_lock + area, arrival,
		      placement.examined);
		trial->outcome.examined += placement.examined;
		arrival = (struct arrival){ 0 };
	}
	return placement;
}

static void refuse(struct trial *trial, const struct lot *lot,
		   const struct allocation *asked, bool endless)
{
	const enum failure_cause cause =
		allocator_refusal(lot->allocator, asked);

	trial->outcome.refused[cause]++;
	trial->outcome.endless += endless;
}

void trial_map(struct trial *trial, const struct holding *holding,
	       const struct allocation *asked, struct arrival arrival,
	       uint32_t recorded)
{
	const struct lot *lot = lot_of(trial, holding);
	const struct placement placement = search(trial, lot, asked, arrival);

	trial->outcome.requests++;
	if (placement.slots) {
		trial->places[holding->id] = placement.slot + 1;
		has_taken(trial, lot);
	} else {
		refuse(trial, lot, asked, placement.endless);
	}
	if (!is_own(trial, lot) &&
	    (placement.slots ? placement.slot : REQUEST_REFUSED) == recorded)
		trial->outcome.same_slot++;
	else
		trial->outcome.other_slot++;
}

bool trial_has(const struct trial *trial, uint32_t id)
{
	return trial->places[id];
}

void trial_rename(struct trial *trial, uint32_t from, uint32_t to)
{
	trial->places[to] = trial->places[from];
	trial->places[from] = 0;
}

void trial_unmap(struct trial *trial, const struct holding *holding,
		 uint32_t cpu, struct arrival arrival)
{
	const struct lot *lot = lot_of(trial, holding);
	const struct allocator_shape *shape = allocator_shape(lot->allocator);
	uint32_t slot;

	if (!trial_has(trial, holding->id)) {
		trial_pass(trial, cpu, arrival);
		return;
	}
	slot = trial->places[holding->id] - 1;
	trial->places[holding->id] = 0;
	visit(trial, cpu,
	      lot->first_lock + slot / (uint32_t)(shape->slots / shape->areas),
	      arrival, 0);
	allocator_unmap(lot->allocator, slot);
}

void trial_pass(struct trial *trial, uint32_t cpu, struct arrival arrival)
{
	visit(trial, cpu, NO_LOCK, arrival, 0);
}

int trial_wait(struct trial *trial)
{
	const int err = trial->err;

	lock_queues_run(trial->queues, &trial->waits);
	trial->err = 0;
	return err;
}

void trial_end_part(struct trial *trial)
{
	const struct lot *lot = changed_lot(trial);
	uint32_t longest;

	if (!lot)
		return;
	longest = allocator_longest(lot->allocator);
	if (longest < trial->outcome.longest_min)
		trial->outcome.longest_min = longest;
}

void trial_outcome(const struct trial *trial, struct outcome *outcome)
{
	*outcome = trial->outcome;
	outcome->handovers = trial->waits.handovers;
	outcome->contended = trial->waits.contended;
	outcome->waited_ns = trial->waits.waited_ns;
	outcome->max_wait_ns = trial->waits.max_ns;
}
