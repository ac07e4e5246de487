/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_SLOTS_H
#define PROBES_SLOTS_H

/* Slots, locks and block lists of one pool, read by the programs of
 * pools.bpf.c. */

#include <bpf/libbpf.h>
#include <stdbool.h>

#include "include/pools.h"
#include "model/snapshot.h"

/**
 * struct slot_reader - the programs and where they leave their results
 * @read_segments: fills @segments
 * @read_blocks: fills @block_runs
 * @read_locks: fills @locks
 * @segments: SEGMENTS_CHUNK of them
 * @block_runs: BLOCKS_CHUNK of them
 * @locks: AREAS_CHUNK of them
 */
struct slot_reader {
	struct bpf_program *read_segments;
	struct bpf_program *read_blocks;
	struct bpf_program *read_locks;
	const struct segment_record *segments;
	const uint64_t *block_runs;
	const uint64_t *locks;
};

/**
 * programs_end() - wait until every program that runs now has ended
 *
 * Each is a reader of RCU (kernel/sched/membarrier.c: synchronize_rcu()).
 */
void programs_end(void);

/** program_run() - run a syscall program once on @context */
int program_run(const struct bpf_program *program, void *context, size_t size);

/** slots_segments() - segments of a pool, the last one perhaps not whole */
uint64_t slots_segments(const struct pool_record *record);

/**
 * slots_read() - read what all slots of a pool say, a bounded piece at a time
 * @reader: the programs
 * @record: the pool
 * @segments: slots_segments() of them
 *
 * An error of run lengths counts if all of several readings show it, and nobody
 * had the area's lock at a moment between them: a CPU that a hypervisor stops
 * while it has the lock leaves the run lengths half updated for so long.
 *
 * Return: 0, -EFAULT when the pool is gone, or negative errno.
 */
int slots_read(const struct slot_reader *reader,
	       const struct pool_record *record,
	       struct segment_record *segments);

/**
 * slots_read_locks() - whether somebody has the locks of areas
 * @reader: the programs
 * @record: the pool
 * @first: first area
 * @count: how many
 * @taken: set; false also where it is not known
 *
 * Return: 0, -EFAULT when the pool is gone, or negative errno.
 */
int slots_read_locks(const struct slot_reader *reader,
		     const struct pool_record *record, unsigned int first,
		     unsigned int count, bool *taken);

/** slots_count() - sum segments up into record->areas areas */
void slots_count(const struct pool_record *record,
		 const struct segment_record *segments, struct area *areas);

/**
 * typedef mapping_visitor - called for each live mapping
 * @first: first slot, in the pool
 * @slots: slots it takes
 * @data: the caller's
 */
typedef void (*mapping_visitor)(uint64_t first, unsigned int slots, void *data);

/** slots_visit_mappings() - call @visit for each mapping the slots show */
void slots_visit_mappings(const struct pool_record *record,
			  const struct segment_record *segments,
			  mapping_visitor visit, void *data);

/**
 * struct block_reading - one block as list and slots show it
 * @run: its run length; 0 = allocated
 * @recorded: it has the size of an allocation
 * @held: all its slots look as an allocated block leaves them
 */
struct block_reading {
	uint32_t run;
	bool recorded;
	bool held;
};

/**
 * slots_read_blocks() - read a pool's block list and hold it against its slots
 * @reader: the programs
 * @record: the pool; it has blocks
 * @segments: as slots_read() left them
 * @blocks: record->areas * record->area_blocks of them
 *
 * Return: 0, -EFAULT when the pool is gone, or negative errno.
 */
int slots_read_blocks(const struct slot_reader *reader,
		      const struct pool_record *record,
		      const struct segment_record *segments,
		      struct block_reading *blocks);

#endif
