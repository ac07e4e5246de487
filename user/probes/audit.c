// SPDX-License-Identifier: GPL-2.0-only
#include "probes/audit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "audit.skel.h"
#include "include/audit.h"
#include "model/audit.h"
#include "model/level.h"
#include "probes/tables.h"

/*
 * A mapping is made and ended while it is read, and its task may be preempted
 * in the middle: swiotlb_tbl_map_single() stores addresses after the area's
 * lock was dropped. So an error counts only if this many readings show it with
 * the same values; the pause between them doubles, to a second in all.
 */
#define READINGS       11
#define FIRST_PAUSE_NS 1000000

/* Segments with errors that are read again; any more are not counted. */
#define SUSPECTS_MAX 4096u

/**
 * struct suspect - a segment in which every reading so far found an error
 * @segment: its place in the pool
 * @count: its slots
 * @slots: as the last reading found them
 * @faults: those that all readings found
 */
struct suspect {
	uint64_t segment;
	unsigned int count;
	struct audit_slot slots[SEGMENT_SLOTS];
	struct audit_faults faults;
};

/**
 * struct auditor - the programs, and what they have found of one pool
 * @skel: the programs
 * @slots: AUDIT_SEGMENTS results of read_slots
 * @areas: AUDIT_AREAS results of read_hints
 * @has_padding: the kernel keeps pad_slots
 * @suspects: segments of the pool that is read
 * @nr_suspects: how many
 * @max_suspects: room for them
 */
struct auditor {
	struct audit_bpf *skel;
	const struct segment_slots *slots;
	const struct area_record *areas;
	bool has_padding;
	struct suspect *suspects;
	size_t nr_suspects;
	size_t max_suspects;
};

static void *auditor_create(struct pools *pools,
			    const struct session_options *options)
{
	(void)pools;
	(void)options;
	return calloc(1, sizeof(struct auditor));
}

static void auditor_destroy(void *self)
{
	struct auditor *auditor = self;

	free(auditor->suspects);
	free(auditor);
}

static int auditor_open(void *self, struct bpf_object **object)
{
	struct auditor *auditor = self;

	auditor->skel = audit_bpf__open_opts(kernel_open_options());
	if (!auditor->skel)
		return -errno;
	*object = auditor->skel->obj;
	return 0;
}

static int auditor_load(void *self)
{
	struct auditor *auditor = self;
	int error = audit_bpf__load(auditor->skel);

	if (error)
		return error;
	auditor->slots =
		table_mmap(auditor->skel->maps.audited_slots, PROT_READ);
	auditor->areas =
		table_mmap(auditor->skel->maps.audited_areas, PROT_READ);
	return auditor->slots && auditor->areas ? 0 : -errno;
}

static void auditor_close(void *self)
{
	struct auditor *auditor = self;

	table_munmap(auditor->slots, auditor->skel->maps.audited_slots);
	table_munmap(auditor->areas, auditor->skel->maps.audited_areas);
	auditor->slots = NULL;
	auditor->areas = NULL;
	audit_bpf__destroy(auditor->skel);
	auditor->skel = NULL;
}

static void pause_before(int reading)
{
	const long ns = FIRST_PAUSE_NS << (reading - 1);
	const struct timespec pause = { .tv_sec = ns / 1000000000,
					.tv_nsec = ns % 1000000000 };

	nanosleep(&pause, NULL);
}

/*
 * Slots
 */

/* Results are in auditor->slots. */
static int read_slots(struct auditor *auditor, const struct pool_record *record,
		      uint64_t first, unsigned int count)
{
	struct slots_request request = {
		.slots_addr = record->slots_addr,
		.slots = record->slots,
		.first = first,
		.count = count,
	};
	int error = program_run(auditor->skel->progs.read_slots, &request,
				sizeof(request));

	auditor->has_padding = request.has_padding;
	if (error)
		return error;
	return request.done == count ? 0 : -EFAULT;
}

static unsigned int segment_size(const struct pool_record *record,
				 uint64_t segment)
{
	uint64_t left = record->slots - segment * TLB_SEGMENT_SLOTS;

	return left < TLB_SEGMENT_SLOTS ? left : TLB_SEGMENT_SLOTS;
}

/* Coherent memory has no address: of pools that serve one device (for_alloc).
 */
static bool may_be_coherent(const struct known_pool *pool)
{
	return pool->kind == POOL_RESTRICTED || pool->kind == POOL_DEVICE;
}

static void judge(const struct known_pool *pool, uint64_t segment,
		  const struct segment_slots *read, struct suspect *result)
{
	result->segment = segment;
	result->count = segment_size(&pool->record, segment);
	for (unsigned int i = 0; i < result->count; i++)
		result->slots[i] = (struct audit_slot){
			.orig_addr = read->slot[i].orig_addr,
			.alloc_size = read->slot[i].alloc_size,
			.list = read->slot[i].list,
			.pad_slots = read->slot[i].pad_slots,
		};
	audit_segment(result->slots, result->count, may_be_coherent(pool),
		      &result->faults);
}

static int add_suspect(struct auditor *auditor, const struct suspect *suspect)
{
	size_t max = auditor->max_suspects ? 2 * auditor->max_suspects : 16;
	struct suspect *grown;

	if (auditor->nr_suspects == SUSPECTS_MAX)
		return 0;
	if (auditor->nr_suspects == auditor->max_suspects) {
		grown = reallocarray(auditor->suspects, max, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		auditor->suspects = grown;
		auditor->max_suspects = max;
	}
	auditor->suspects[auditor->nr_suspects++] = *suspect;
	return 0;
}

static int find_suspects(struct auditor *auditor, const struct known_pool *pool)
{
	uint64_t total = slots_segments(&pool->record);

	auditor->nr_suspects = 0;
	for (uint64_t first = 0; first < total; first += AUDIT_SEGMENTS) {
		unsigned int count = total - first < AUDIT_SEGMENTS
					     ? total - first
					     : AUDIT_SEGMENTS;
		int error = read_slots(auditor, &pool->record, first, count);

		for (unsigned int i = 0; i < count && !error; i++) {
			struct suspect suspect;

			judge(pool, first + i, &auditor->slots[i], &suspect);
			if (audit_any(&suspect.faults))
				error = add_suspect(auditor, &suspect);
		}
		if (error)
			return error;
	}
	return 0;
}

/* Drops what another reading does not show. */
static int read_suspects(struct auditor *auditor, const struct known_pool *pool)
{
	size_t kept = 0;

	for (size_t i = 0; i < auditor->nr_suspects; i++) {
		struct suspect *suspect = &auditor->suspects[i], now;
		int error =
			read_slots(auditor, &pool->record, suspect->segment, 1);

		if (error)
			return error;
		judge(pool, suspect->segment, &auditor->slots[0], &now);
		audit_keep(&suspect->faults, suspect->slots, &now.faults,
			   now.slots, now.count);
		memcpy(suspect->slots, now.slots, sizeof(now.slots));
		if (audit_any(&suspect->faults))
			auditor->suspects[kept++] = *suspect;
	}
	auditor->nr_suspects = kept;
	return 0;
}

static int first_slot(const uint64_t bits[SEGMENT_SLOTS / 64])
{
	return bits[0] ? __builtin_ctzll(bits[0])
		       : 64 + __builtin_ctzll(bits[1]);
}

static void report_suspect(const struct suspect *suspect,
			   const struct known_pool *known,
			   const struct pool *pool, struct snapshot *snap)
{
	for (unsigned int rule = 0; rule < AUDIT_RULES; rule++) {
		const uint64_t *bits = suspect->faults.slots[rule];
		struct audit_result *row = &snap->audit[rule];
		int slot;

		if (!(bits[0] | bits[1]))
			continue;
		slot = (int)(suspect->segment * SEGMENT_SLOTS) +
		       first_slot(bits);
		/* The areas count run lengths: this is only where. */
		if (rule == AUDIT_RUNS) {
			if (row->errors && row->slot < 0 &&
			    row->pool_id == pool->id)
				row->slot = slot;
			continue;
		}
		if (row->known)
			audit_add(row,
				  __builtin_popcountll(bits[0]) +
					  __builtin_popcountll(bits[1]),
				  pool, slot / (int)known->record.area_slots,
				  slot);
	}
}

static int audit_slots(struct auditor *auditor, struct pools *pools,
		       const struct known_pool *known, const struct pool *pool,
		       struct snapshot *snap)
{
	int error = find_suspects(auditor, known);
	bool gone = false;

	for (int reading = 1;
	     reading < READINGS && auditor->nr_suspects && !error; reading++) {
		pause_before(reading);
		error = read_suspects(auditor, known);
	}
	if (!error && auditor->nr_suspects && known->kind != POOL_DEFAULT)
		error = pools_has_gone(pools, known, &gone);
	for (size_t i = 0; i < auditor->nr_suspects && !error && !gone; i++)
		report_suspect(&auditor->suspects[i], known, pool, snap);
	return error;
}

/*
 * Areas
 */

static bool area_is_wrong(const struct pool_record *record, unsigned int index,
			  const struct area_record *area)
{
	return (area->members & AREA_HAS_INDEX &&
		area->index >= record->area_slots) ||
	       (area->members & AREA_HAS_AREA_INDEX &&
		area->area_index != index) ||
	       (area->members & AREA_HAS_BLOCK_INDEX && record->area_blocks &&
		area->block_index >= record->area_blocks);
}

/* How many areas of a chunk are wrong, and the first of them. */
static int read_areas(struct auditor *auditor, const struct pool_record *record,
		      unsigned int first, unsigned int *wrong, int *where)
{
	struct hints_request request = {
		.areas_addr = record->areas_addr,
		.first = first,
		.count = record->areas - first < AUDIT_AREAS
				 ? record->areas - first
				 : AUDIT_AREAS,
	};
	int error = program_run(auditor->skel->progs.read_hints, &request,
				sizeof(request));

	*wrong = 0;
	if (error)
		return error;
	if (request.done != request.count)
		return -EFAULT;
	for (unsigned int i = request.count; i--;) {
		if (!area_is_wrong(record, first + i, &auditor->areas[i]))
			continue;
		(*wrong)++;
		*where = (int)(first + i);
	}
	return 0;
}

/* Nothing of it is ever wrong for a moment, but a pool may go. */
static int audit_areas(struct auditor *auditor, struct pools *pools,
		       const struct known_pool *known, const struct pool *pool,
		       struct snapshot *snap)
{
	for (unsigned int first = 0; first < known->record.areas;
	     first += AUDIT_AREAS) {
		unsigned int wrong, seen = UINT32_MAX;
		bool gone = false;
		int area = -1, error;

		for (int reading = 0; reading < READINGS && seen; reading++) {
			if (reading)
				pause_before(reading);
			error = read_areas(auditor, &known->record, first,
					   &wrong, &area);
			if (error)
				return error;
			if (wrong < seen)
				seen = wrong;
		}
		if (!seen)
			continue;
		error = known->kind == POOL_DEFAULT
				? 0
				: pools_has_gone(pools, known, &gone);
		if (error || gone)
			return error;
		audit_add(&snap->audit[AUDIT_BOUNDS], seen, pool, area, -1);
	}
	return 0;
}

/*
 * Totals
 */

/* Whether the slots of a pool are in the total of @owner's allocator. */
static bool is_counted_with(const struct known_pool *pool,
			    const struct known_pool *owner)
{
	if (pool == owner)
		return true;
	return owner->kind == POOL_DEFAULT &&
	       (pool->kind == POOL_DYNAMIC || pool->kind == POOL_TRANSIENT);
}

/**
 * struct total - a total of the kernel, and what it should be
 * @counted: the kernel's
 * @used: counters of the areas of its pools, as a sum
 */
struct total {
	uint64_t counted;
	uint64_t used;
};

/* Return: false when the pool is gone, or its total is not kept */
static bool find_total(struct pools *pools, int id, struct total *total)
{
	const struct known_pool *owner = NULL;
	const struct known_pool *known;
	size_t count;

	known = pools_known(pools, &count);
	for (size_t i = 0; i < count; i++)
		if (known[i].id == id)
			owner = &known[i];
	if (!owner || owner->record.total_used == POOL_COUNT_UNKNOWN)
		return false;
	*total = (struct total){ .counted = owner->record.total_used };
	for (size_t i = 0; i < count; i++)
		for (unsigned int j = 0; j < known[i].record.areas; j++)
			if (is_counted_with(&known[i], owner))
				total->used += known[i].area_used[j];
	return true;
}

/*
 * The kernel changes the total after the area's counter, without its lock. So
 * a difference counts only when two readings in a row show the same, and
 * nothing moved between them.
 */
static int audit_total(struct pools *pools, const struct pool *pool,
		       struct audit_result *row)
{
	struct total before = { 0 }, now;

	if (!counter_known(pool->total_used))
		return 0;
	for (int reading = 0; reading < READINGS; reading++) {
		int error = 0;

		if (reading) {
			pause_before(reading);
			error = pools_refresh(pools, true);
		}
		if (error)
			return error;
		if (!find_total(pools, pool->id, &now) ||
		    now.counted == now.used)
			return 0;
		if (reading > 1 && now.counted == before.counted &&
		    now.used == before.used) {
			audit_add(row, 1, pool, -1, -1);
			return 0;
		}
		before = now;
	}
	audit_unknown(row, "a total changed too fast to compare");
	return 0;
}

/*
 * All
 */

static int audit_pool(struct auditor *auditor, struct pools *pools,
		      const struct pool *pool, struct snapshot *snap)
{
	const struct known_pool *known;
	size_t count;
	int error;

	known = pools_known(pools, &count);
	while (count && known->id != pool->id) {
		known++;
		count--;
	}
	if (!count)
		return 0;
	error = audit_slots(auditor, pools, known, pool, snap);
	if (!error)
		error = audit_areas(auditor, pools, known, pool, snap);
	/* -EFAULT: gone meanwhile. */
	return error == -EFAULT ? 0 : error;
}

static int auditor_read(void *self, struct pools *pools, struct snapshot *snap)
{
	struct auditor *auditor = self;
	int error = audit_begin(snap);

	if (error)
		return error;
	audit_figures(snap);
	for (size_t i = 0; i < snap->nr_pools && !error; i++)
		error = audit_pool(auditor, pools, &snap->pools[i], snap);
	if (!error && !auditor->has_padding)
		audit_absent(&snap->audit[AUDIT_PADDING],
			     "this kernel keeps no padding of slots");
	for (size_t i = 0; i < snap->nr_pools && !error; i++)
		error = audit_total(pools, &snap->pools[i],
				    &snap->audit[AUDIT_COUNTERS]);
	return error;
}

const struct collector audit_collector = {
	.name = "audit",
	.levels = LEVEL_AUDIT,
	.object = { .open = auditor_open,
		    .load = auditor_load,
		    .close = auditor_close },
	.create = auditor_create,
	.destroy = auditor_destroy,
	.read = auditor_read,
};
