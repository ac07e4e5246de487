/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/audit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEGMENT_BYTES ((int64_t)SEGMENT_SLOTS * SLOT_BYTES)

#define OTHER_SEGMENTS "segments of this kernel are not of 128 slots"

/* clang-format off */
const struct audit_info audit_table[AUDIT_RULES] = {
	[AUDIT_RUNS] = {
		"runs",
		"the run length of a free slot is that of the next slot plus 1, and 1 at the end of a segment",
		"slots may be handed out that are in use, or never again",
		NULL },
	[AUDIT_COUNTERS] = {
		"counters",
		"the used counter of an area is the number of its taken slots, and the total of an allocator the sum of these counters",
		"the search refuses requests that fit, or looks for room that is not there",
		NULL },
	[AUDIT_SIZES] = {
		"sizes",
		"the size in a taken slot is that of the rest of its mapping, which is at most a segment and stays in its segment",
		"an unmap gives back other slots than were mapped, and a sync copies beyond them",
		NULL },
	[AUDIT_OVERLAPS] = {
		"overlaps",
		"each slot that a mapping's size covers is taken, and begins no other mapping",
		"a slot is in two mappings, or can be: data of one request overwrites that of another",
		NULL },
	[AUDIT_PADDING] = {
		"padding",
		"as many slots as a slot has for padding are before it, in its mapping and without address; a free slot has none",
		"an unmap gives back slots of another mapping",
		"6.10 and later, which keep pad_slots" },
	[AUDIT_OWNERS] = {
		"owners",
		"a taken slot has the address that it bounces, one slot beyond that of the slot before in its mapping; a free slot has neither address nor size",
		"a sync copies from or to memory of somebody else, or not at all",
		"taken slots without address are not judged in restricted pools and device pools: coherent memory has none" },
	[AUDIT_BOUNDS] = {
		"bounds",
		"a pool has a power of two of areas, its slots are shared evenly among them, and each search begins in its area",
		"a search leaves its area, whose lock then protects nothing",
		NULL },
	[AUDIT_BLOCKS] = {
		"blocks",
		"the run length of a free block is that of the next block of its area plus 1",
		"blocks may be handed out that are in use, or never again",
		"kernels with device blocks" },
	[AUDIT_CHILDREN] = {
		"children",
		"a device's pool lies in allocated blocks of its parent, and in no other device's pool",
		"two devices bounce through the same memory",
		"kernels with device blocks" },
};
/* clang-format on */

const char *audit_name(unsigned int rule)
{
	return rule < AUDIT_RULES ? audit_table[rule].name : NULL;
}

bool audit_any(const struct audit_faults *faults)
{
	for (unsigned int rule = 0; rule < AUDIT_RULES; rule++)
		for (unsigned int i = 0; i < SEGMENT_SLOTS / 64; i++)
			if (faults->slots[rule][i])
				return true;
	return false;
}

static void mark(struct audit_faults *faults, enum audit_rule rule,
		 unsigned int slot)
{
	faults->slots[rule][slot / 64] |= 1ull << slot % 64;
}

/**
 * struct segment - a segment that is being judged
 * @slots: its slots
 * @count: how many
 * @coherent: see audit_segment()
 * @faults: takes the faults
 * @padded: slots that are before the one with their mapping's address
 */
struct segment {
	const struct audit_slot *slots;
	unsigned int count;
	bool coherent;
	struct audit_faults *faults;
	bool padded[SEGMENT_SLOTS];
};

/* As blocks leave the slots of a segment, or a pool that is disabled. */
static bool is_set_aside(const struct segment *segment)
{
	const uint64_t size = segment->slots[0].alloc_size;

	if (size && size != SLOT_BYTES)
		return false;
	for (unsigned int i = 0; i < segment->count; i++) {
		const struct audit_slot *slot = &segment->slots[i];

		if (slot->list || slot->pad_slots || slot->alloc_size != size ||
		    slot->orig_addr != AUDIT_NO_ADDRESS)
			return false;
	}
	return true;
}

/* Whether a slot is of the same mapping as the one before it. */
static bool goes_on(const struct segment *segment, unsigned int i)
{
	const struct audit_slot *slot = &segment->slots[i];

	return i && !slot->list && !slot[-1].list &&
	       slot->alloc_size == slot[-1].alloc_size - SLOT_BYTES;
}

static void judge_run(const struct segment *segment, unsigned int i)
{
	const uint32_t list = segment->slots[i].list;

	if (i && segment->slots[i - 1].list &&
	    segment->slots[i - 1].list != list + 1)
		mark(segment->faults, AUDIT_RUNS, i);
	else if (i + 1 == SEGMENT_SLOTS && list > 1)
		mark(segment->faults, AUDIT_RUNS, i);
}

/*
 * The last slot of a mapping has between 1 - SLOT_BYTES and SLOT_BYTES: its
 * offset in a slot makes one more slot necessary, and is not in the size.
 */
static void judge_size(const struct segment *segment, unsigned int i)
{
	const struct audit_slot *slot = &segment->slots[i];
	const int64_t size = (int64_t)slot->alloc_size;

	if (size > SEGMENT_BYTES || size <= -(int64_t)SLOT_BYTES ||
	    (size <= 0 && !goes_on(segment, i))) {
		mark(segment->faults, AUDIT_SIZES, i);
		return;
	}
	if (size <= SLOT_BYTES)
		return;
	if (i + 1 < segment->count) {
		if (!goes_on(segment, i + 1))
			mark(segment->faults, AUDIT_OVERLAPS, i + 1);
	} else if (segment->count == SEGMENT_SLOTS) {
		mark(segment->faults, AUDIT_SIZES, i);
	}
}

static bool has_address(const struct audit_slot *slot)
{
	return slot->orig_addr != AUDIT_NO_ADDRESS;
}

/* Marks the slots that are padding of slot @i, if these are in order. */
static void judge_padding(struct segment *segment, unsigned int i)
{
	const struct audit_slot *slot = &segment->slots[i];
	const uint32_t padding = slot->pad_slots;
	bool sound = padding <= i && !slot->list && has_address(slot);

	if (!padding)
		return;
	for (unsigned int back = 1; sound && back <= padding; back++) {
		const struct audit_slot *before = slot - back;

		sound = goes_on(segment, i - back + 1) &&
			!has_address(before) && !before->pad_slots;
	}
	if (!sound || goes_on(segment, i - padding)) {
		mark(segment->faults, AUDIT_PADDING, i);
		return;
	}
	for (unsigned int back = 1; back <= padding; back++)
		segment->padded[i - back] = true;
}

static void judge_owner(const struct segment *segment, unsigned int i)
{
	const struct audit_slot *slot = &segment->slots[i];
	bool sound;

	if (slot->list)
		sound = !has_address(slot) && !slot->alloc_size;
	else if (!has_address(slot))
		sound = segment->coherent || segment->padded[i];
	else
		sound = !goes_on(segment, i) || !has_address(&slot[-1]) ||
			slot->orig_addr == slot[-1].orig_addr + SLOT_BYTES;
	if (!sound)
		mark(segment->faults, AUDIT_OWNERS, i);
}

void audit_segment(const struct audit_slot *slots, unsigned int count,
		   bool coherent, struct audit_faults *faults)
{
	struct segment segment = {
		.slots = slots,
		.count = count,
		.coherent = coherent,
		.faults = faults,
	};

	memset(faults, 0, sizeof(*faults));
	if (!count || is_set_aside(&segment))
		return;
	for (unsigned int i = 0; i < count; i++)
		judge_padding(&segment, i);
	for (unsigned int i = 0; i < count; i++) {
		judge_run(&segment, i);
		judge_owner(&segment, i);
		if (!slots[i].list)
			judge_size(&segment, i);
	}
}

static bool same_slot(const struct audit_slot *a, const struct audit_slot *b)
{
	return a->orig_addr == b->orig_addr && a->alloc_size == b->alloc_size &&
	       a->list == b->list && a->pad_slots == b->pad_slots;
}

void audit_keep(struct audit_faults *faults, const struct audit_slot *before,
		const struct audit_faults *again, const struct audit_slot *now,
		unsigned int count)
{
	uint64_t same[SEGMENT_SLOTS / 64] = { 0 };
	bool equal_before = true;

	for (unsigned int i = 0; i < count; i++) {
		bool equal = same_slot(&before[i], &now[i]);

		if (equal && equal_before)
			same[i / 64] |= 1ull << i % 64;
		equal_before = equal;
	}
	for (unsigned int rule = 0; rule < AUDIT_RULES; rule++)
		for (unsigned int i = 0; i < SEGMENT_SLOTS / 64; i++)
			faults->slots[rule][i] &=
				again->slots[rule][i] & same[i];
}

int audit_begin(struct snapshot *snap)
{
	snap->audit = calloc(AUDIT_RULES, sizeof(*snap->audit));
	if (!snap->audit)
		return -ENOMEM;
	snap->nr_audit = AUDIT_RULES;
	for (unsigned int i = 0; i < AUDIT_RULES; i++)
		snap->audit[i] = (struct audit_result){
			.rule = i,
			.known = true,
			.pool_id = -1,
			.area = -1,
			.slot = -1,
		};
	return 0;
}

static struct audit_result *row_of(const struct snapshot *snap,
				   enum audit_rule rule)
{
	for (size_t i = 0; i < snap->nr_audit; i++)
		if (snap->audit[i].rule == rule)
			return &snap->audit[i];
	return NULL;
}

const struct audit_result *audit_of(const struct snapshot *snap,
				    enum audit_rule rule)
{
	return row_of(snap, rule);
}

void audit_add(struct audit_result *row, uint64_t errors,
	       const struct pool *pool, int area, int slot)
{
	if (!errors)
		return;
	if (!row->errors) {
		row->pool_id = pool->id;
		row->area = area;
		row->slot = slot;
	}
	row->errors += errors;
	row->known = true;
	row->reason[0] = '\0';
}

/* An error that was found stays found, whatever else could not be read. */
void audit_unknown(struct audit_result *row, const char *reason)
{
	if (row->errors || row->absent)
		return;
	row->known = false;
	snprintf(row->reason, sizeof(row->reason), "%s", reason);
}

void audit_absent(struct audit_result *row, const char *reason)
{
	audit_unknown(row, reason);
	row->absent = !row->errors;
}

/*
 * Rows that other figures have
 */

static void add_area(struct snapshot *snap, const struct pool *pool,
		     const struct area *area)
{
	const int index = (int)area->index;

	audit_add(row_of(snap, AUDIT_RUNS), area->list_errors, pool, index, -1);
	if (!area->drift_known)
		audit_unknown(
			row_of(snap, AUDIT_COUNTERS),
			"an area changed too fast to compare, or was locked");
	else if (area->drift)
		audit_add(row_of(snap, AUDIT_COUNTERS), 1, pool, index, -1);
	audit_add(row_of(snap, AUDIT_BLOCKS), area->blocks.run_errors, pool,
		  index, -1);
	audit_add(row_of(snap, AUDIT_CHILDREN), area->blocks.held_free, pool,
		  index, -1);
}

static void check_segments(struct snapshot *snap, const struct area *area)
{
	static const enum audit_rule rules[] = { AUDIT_RUNS, AUDIT_SIZES,
						 AUDIT_OVERLAPS, AUDIT_PADDING,
						 AUDIT_OWNERS };

	if (!area->long_run)
		return;
	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++)
		audit_unknown(row_of(snap, rules[i]), OTHER_SEGMENTS);
}

/*
 * That its slots are those of its memory is what a descriptor is taken for a
 * pool by: layout_pool_valid() of bpf/layout.bpf.h.
 */
static bool is_divided(const struct pool *pool)
{
	const uint64_t areas = pool->nr_areas;

	return areas && !(areas & (areas - 1)) &&
	       pool->areas[0].slots == pool->slots / areas;
}

/* A pool that was given back is none that others must keep out of. */
static bool is_child(const struct pool *pool)
{
	return pool->kind == POOL_DEVICE && !pool->stale;
}

static bool is_in_parent(const struct pool *pool, const struct pool *parent)
{
	return parent && pool->start >= parent->start &&
	       pool->end <= parent->end &&
	       !((pool->start - parent->start) % BLOCK_BYTES) &&
	       !((pool->end - parent->start) % BLOCK_BYTES);
}

/* Others are those after it, so that each pair is counted once. */
static uint64_t shared_with(const struct snapshot *snap, size_t child)
{
	const struct pool *pool = &snap->pools[child];
	uint64_t shared = 0;

	for (size_t i = child + 1; i < snap->nr_pools; i++) {
		const struct pool *other = &snap->pools[i];

		shared += is_child(other) &&
			  other->parent_id == pool->parent_id &&
			  pool->start < other->end && other->start < pool->end;
	}
	return shared;
}

static void add_child(struct snapshot *snap, size_t child)
{
	const struct pool *pool = &snap->pools[child];
	uint64_t errors =
		!is_in_parent(pool, snapshot_pool(snap, pool->parent_id));

	audit_add(row_of(snap, AUDIT_CHILDREN),
		  errors + shared_with(snap, child), pool, -1, -1);
}

void audit_figures(struct snapshot *snap)
{
	for (size_t i = 0; i < snap->nr_pools; i++) {
		const struct pool *pool = &snap->pools[i];

		for (unsigned int j = 0; j < pool->nr_areas; j++) {
			add_area(snap, pool, &pool->areas[j]);
			check_segments(snap, &pool->areas[j]);
		}
		audit_add(row_of(snap, AUDIT_BOUNDS), !is_divided(pool), pool,
			  -1, -1);
		if (is_child(pool))
			add_child(snap, i);
	}
	if (!snapshot_blocks_known(snap)) {
		audit_absent(row_of(snap, AUDIT_BLOCKS),
			     "this kernel keeps no lists of device blocks");
		audit_absent(row_of(snap, AUDIT_CHILDREN),
			     "this kernel keeps no lists of device blocks");
	}
}

bool audit_errors(const struct snapshot *snap, uint64_t *errors)
{
	bool open = !snap->nr_audit;

	*errors = 0;
	for (size_t i = 0; i < snap->nr_audit; i++) {
		*errors += snap->audit[i].errors;
		open |= !snap->audit[i].known && !snap->audit[i].absent;
	}
	return !open || *errors;
}
