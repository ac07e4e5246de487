/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_WHATIF_H
#define MODEL_WHATIF_H

/*
 * A trace of requests given to pools of other sizes and areas: what would have
 * become of them. Takes the trace sample by sample, so memory does not grow
 * with its length.
 *
 * A mapping lives as long as it did in the record. What is live when the record
 * begins, and whose it is, is known from the areas' state: where the pool stays
 * as it is, these slots are taken, and else slots are searched for them.
 *
 * A request that the kernel refused is given to the settings too. There is no
 * unmap of it, so it lives as long as the mapping that its device made before
 * it on the same CPU, and if that is gone already, until that CPU's next
 * request for the device. A request of the same memory meanwhile is the same
 * one that is tried again: a setting that has served it is not asked again.
 */

#include "model/allocator.h"
#include "model/histogram.h"
#include "model/trace.h"

/**
 * struct setting - how the pool would be
 * @slots: slots of the default pool; 0 = as it is
 * @areas: its areas; 0 = as they are
 * @device: which gets a pool of its own out of blocks (a pattern of
 *	fnmatch()); empty = none
 * @device_areas: areas of that pool, a block each
 */
struct setting {
	uint64_t slots;
	uint32_t areas;
	char device[NAME_LEN];
	uint32_t device_areas;
};

/*
 * Slots that a search looks at in the time that a lock is held without it:
 * measured under emulation, with the tool's programs in both (98, on 6.12).
 */
#define SLOTS_A_HOLD 100.0

/**
 * struct whatif_basis - what is assumed beside the trace
 * @search: the kernel's
 * @page_bytes: of the kernel
 * @pool_id: of the pool that settings change: struct trace_pool.id
 * @hold_ns: time that a lock is held, without the search itself, when its
 *	release is recorded
 * @rest_ns: time that it is held after that, as by programs of this tool
 * @holds: how such times are spread, as measured; empty = all are @hold_ns. Few
 *	long ones make most of the waits, as where a hypervisor stops a CPU that
 *	holds a lock
 * @waits_known: the rest was measured
 * @wait_ns: what most waits for a lock take in the record: their median
 * @contended: waits in the record divided by requests
 */
struct whatif_basis {
	enum search search;
	uint32_t page_bytes;
	int pool_id;
	double hold_ns;
	double rest_ns;
	struct histogram holds;
	bool waits_known;
	double wait_ns;
	double contended;
};

/**
 * struct outcome - what became of a trace with a setting
 * @setting: with the figures that "as it is" stood for
 * @requests: maps that were asked for
 * @unknown: unmaps of mappings that the trace and its state do not have
 * @refused: by cause
 * @endless: of these, searches of 6.1 that would never have ended
 * @unplaced: mappings from before the trace for which there was no room
 * @no_blocks: devices that got no pool of their own, as no area had as many
 *	unused blocks in a row; they stay in their pool
 * @same_slot: maps that were given the slot that the trace has, or refused as
 *	there
 * @other_slot: maps that were given another one, refusals on one side included
 * @peak: most slots of the pool taken at a time, blocks included
 * @device_peak: most slots of a device's pool of blocks
 * @longest_min: shortest of the longest runs of free slots of the pool, a
 *	figure of fragmentation, at the end of each part of the trace
 * @handovers: searches and unmaps that took a lock behind another CPU
 * @contended: waits: searches and unmaps that found an area's lock taken
 * @waited_ns: the sum of their times
 * @max_wait_ns: the longest
 * @examined: slots that searches looked at
 * @bytes: memory that the pool and its slots take
 */
struct outcome {
	struct setting setting;
	uint64_t requests;
	uint64_t unknown;
	uint64_t refused[FAILURE_CAUSES];
	uint64_t endless;
	uint64_t unplaced;
	uint64_t no_blocks;
	uint64_t same_slot;
	uint64_t other_slot;
	uint64_t peak;
	uint64_t device_peak;
	uint32_t longest_min;
	uint64_t handovers;
	uint64_t contended;
	uint64_t waited_ns;
	uint64_t max_wait_ns;
	uint64_t examined;
	uint64_t bytes;
};

/**
 * struct recorded - what the trace itself has
 * @from_ns: CLOCK_MONOTONIC of its first request; 0 = there is none
 * @to_ns: of its last
 * @maps: maps, refused ones included
 * @unmaps: unmaps
 * @refused: maps that got no slot
 * @peak: most slots of the pool taken at a time
 * @lost: requests that are missing
 * @unordered: requests whose order is not known
 */
struct recorded {
	uint64_t from_ns;
	uint64_t to_ns;
	uint64_t maps;
	uint64_t unmaps;
	uint64_t refused;
	uint64_t peak;
	uint64_t lost;
	uint64_t unordered;
};

struct whatif;

/**
 * whatif_new() - give a trace to settings
 * @basis: copied
 * @settings: copied
 * @nr: how many
 *
 * Return: it, or NULL without memory.
 */
struct whatif *whatif_new(const struct whatif_basis *basis,
			  const struct setting *settings, size_t nr);

/** whatif_free() - NULL is fine */
void whatif_free(struct whatif *whatif);

/**
 * whatif_add() - the next part of the trace
 *
 * Return: 0; -ENOMEM; -EINVAL if the trace refers to what it does not have, or
 * no pool can have a setting: areas are a power of two, slots a multiple of
 * SEGMENT_SLOTS for each.
 */
int whatif_add(struct whatif *whatif, const struct trace *trace);

/** whatif_recorded() - what the trace had so far */
void whatif_recorded(const struct whatif *whatif, struct recorded *recorded);

/** whatif_outcome() - so far, of the setting at an index */
void whatif_outcome(const struct whatif *whatif, size_t index,
		    struct outcome *outcome);

#endif
