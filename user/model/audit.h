/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_AUDIT_H
#define MODEL_AUDIT_H

/*
 * The audit: what always holds of the allocator's own data, and how often it
 * does not. One row of the table is one such invariant. The kernel's code that
 * each follows from is in kernel/dma/swiotlb.c, in 6.1, 6.12 and later.
 */

#include "model/snapshot.h"

/**
 * struct audit_info - one row of the table of invariants
 * @name: its name
 * @holds: what always holds
 * @broken: what it means when it does not
 * @where: kernels and pools that have it; NULL = all
 */
struct audit_info {
	const char *name;
	const char *holds;
	const char *broken;
	const char *where;
};

extern const struct audit_info audit_table[AUDIT_RULES];

/** audit_name() - the name of an invariant; NULL = there is none */
const char *audit_name(unsigned int rule);

/**
 * struct audit_slot - what the kernel keeps about a slot
 * @orig_addr: physical address of what it bounces; AUDIT_NO_ADDRESS = nothing
 * @alloc_size: bytes from this slot to the end of its mapping
 * @list: run length; 0 = taken
 * @pad_slots: slots of its mapping before the one that has the address; 0 where
 *	the kernel does not keep that
 */
struct audit_slot {
	uint64_t orig_addr;
	uint64_t alloc_size;
	uint32_t list;
	uint32_t pad_slots;
};

#define AUDIT_NO_ADDRESS (~0ull)

/**
 * struct audit_faults - slots of a segment that break an invariant
 * @slots: by invariant, a bit a slot, in 64s, lowest first
 */
struct audit_faults {
	uint64_t slots[AUDIT_RULES][SEGMENT_SLOTS / 64];
};

/** audit_any() - there is a fault */
bool audit_any(const struct audit_faults *faults);

/**
 * audit_segment() - judge the slots of a segment
 * @slots: its slots
 * @count: how many: less than SEGMENT_SLOTS in a pool's last segment
 * @coherent: its pool may have coherent memory, whose slots have no address
 * @faults: set to what is wrong: of runs, sizes, overlaps, padding and owners
 */
void audit_segment(const struct audit_slot *slots, unsigned int count,
		   bool coherent, struct audit_faults *faults);

/**
 * audit_keep() - keep the faults that a second reading shows unchanged
 * @faults: those of @before; those that @now does not show are dropped
 * @before: slots of the first reading
 * @again: faults of the second
 * @now: its slots
 * @count: how many
 *
 * A slot and the one before it must have the same values in both.
 */
void audit_keep(struct audit_faults *faults, const struct audit_slot *before,
		const struct audit_faults *again, const struct audit_slot *now,
		unsigned int count);

/**
 * audit_begin() - give a snapshot a row for each invariant, without errors
 *
 * Return: 0 or -ENOMEM.
 */
int audit_begin(struct snapshot *snap);

/** audit_of() - the row of an invariant; NULL where nothing was audited */
const struct audit_result *audit_of(const struct snapshot *snap,
				    enum audit_rule rule);

/**
 * audit_add() - add errors to a row
 * @row: the row
 * @errors: how many
 * @pool: where the first one is
 * @area: its area; -1 = none
 * @slot: its slot in the pool; -1 = none
 */
void audit_add(struct audit_result *row, uint64_t errors,
	       const struct pool *pool, int area, int slot);

/** audit_unknown() - that a row could not be read, and why */
void audit_unknown(struct audit_result *row, const char *reason);

/** audit_absent() - that this kernel has nothing that could break it */
void audit_absent(struct audit_result *row, const char *reason);

/**
 * audit_figures() - fill in the rows that other figures of a snapshot have
 * @snap: audit_begin() was called, and pools and blocks are filled in
 *
 * Runs, counters of areas, blocks, children, and bounds of pools.
 */
void audit_figures(struct snapshot *snap);

/**
 * audit_errors() - errors of all rows
 * @snap: the snapshot
 * @errors: set to their sum
 *
 * Return: false where nothing was audited, or where a row that could not be
 * read leaves open whether there is an error.
 */
bool audit_errors(const struct snapshot *snap, uint64_t *errors);

#endif
