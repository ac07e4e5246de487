/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_WHATIF_H
#define MODEL_WHATIF_H

/*
 * A trace of requests given to pools of other sizes and areas: what would have
 * become of them. Takes the trace sample by sample, so memory does not grow
 * with its length.
 */

#include "model/allocator.h"
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

/**
 * struct whatif_basis - what is assumed beside the trace
 * @search: the kernel's
 * @page_bytes: of the kernel
 * @hold_ns: time that a lock is held, without the search itself
 * @hold_per_slot_ns: for each slot that the search looks at
 */
struct whatif_basis {
	enum search search;
	uint32_t page_bytes;
	double hold_ns;
	double hold_per_slot_ns;
};

/**
 * struct outcome - what became of a trace with a setting
 * @setting: with the figures that "as it is" stood for
 * @requests: maps that were asked for
 * @unknown: unmaps of mappings from before the trace
 * @refused: by cause
 * @same_slot: maps that were given the slot that the trace has
 * @other_slot: maps that were given another one, refusals on one side included
 * @peak: most slots taken at a time
 * @longest_min: shortest of the longest runs of free slots, a figure of
 *	fragmentation, at the end of each sample
 * @contended: requests that found a lock taken, by their times of arrival
 * @waited_ns: the sum of their waits
 * @max_wait_ns: the longest
 * @examined: slots that searches looked at
 * @bytes: memory that the pool and its slots take
 */
struct outcome {
	struct setting setting;
	uint64_t requests;
	uint64_t unknown;
	uint64_t refused[FAILURE_CAUSES];
	uint64_t same_slot;
	uint64_t other_slot;
	uint64_t peak;
	uint32_t longest_min;
	uint64_t contended;
	uint64_t waited_ns;
	uint64_t max_wait_ns;
	uint64_t examined;
	uint64_t bytes;
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

/** whatif_add() - the next part of the trace; 0 or negative errno */
int whatif_add(struct whatif *whatif, const struct trace *trace);

/** whatif_outcome() - so far, of the setting at an index */
void whatif_outcome(const struct whatif *whatif, size_t index,
		    struct outcome *outcome);

#endif
