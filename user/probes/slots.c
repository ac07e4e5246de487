// SPDX-License-Identifier: GPL-2.0-only
#include "probes/slots.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * A segment may change while it is copied, so an error in it counts only if
 * this many readings show it.
 */
#define ERROR_READINGS 8
/* The most that are made to see the area's lock free between two of them. */
#define LOCKED_READINGS 64

void programs_end(void)
{
	syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
}

int program_run(const struct bpf_program *program, void *context, size_t size)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = context,
		    .ctx_size_in = size);

	return bpf_prog_test_run_opts(bpf_program__fd(program), &options);
}

/* Results are in reader->segments, up to @count of them. */
static int read_segments(const struct slot_reader *reader,
			 const struct pool_record *record, uint64_t first,
			 unsigned int count)
{
	struct segments_request request = {
		.slots_addr = record->slots_addr,
		.slots = record->slots,
		.first = first,
		.count = count,
	};
	int error =
		program_run(reader->read_segments, &request, sizeof(request));

	if (error)
		return error;
	return request.done == count ? 0 : -EFAULT;
}

/* Reads a segment again, and keeps what both readings show. */
static int read_again(const struct slot_reader *reader,
		      const struct pool_record *record, uint64_t segment,
		      struct segment_record *seen)
{
	uint32_t fewest = seen->list_errors;
	uint32_t shortest = seen->longest;
	int error = read_segments(reader, record, segment, 1);

	if (error)
		return error;
	*seen = reader->segments[0];
	if (seen->list_errors > fewest)
		seen->list_errors = fewest;
	if (seen->longest > shortest)
		seen->longest = shortest;
	return 0;
}

static int confirm_errors(const struct slot_reader *reader,
			  const struct pool_record *record, uint64_t segment,
			  struct segment_record *seen)
{
	const uint64_t area = segment * TLB_SEGMENT_SLOTS / record->area_slots;
	bool always_taken = area < record->areas;
	int error = 0;

	for (int reading = 1; seen->list_errors && !error; reading++) {
		if (reading >=
		    (always_taken ? LOCKED_READINGS : ERROR_READINGS))
			break;
		if (always_taken)
			error = slots_read_locks(reader, record, area, 1,
						 &always_taken);
		if (!error)
			error = read_again(reader, record, segment, seen);
	}
	if (always_taken) {
		seen->list_errors = 0;
		seen->longest = 0;
	}
	return error;
}

int slots_read_locks(const struct slot_reader *reader,
		     const struct pool_record *record, unsigned int first,
		     unsigned int count, bool *taken)
{
	for (unsigned int done = 0; done < count; done += AREAS_CHUNK) {
		struct areas_request request = {
			.areas_addr = record->areas_addr,
			.first = first + done,
			.count = count - done < AREAS_CHUNK ? count - done
							    : AREAS_CHUNK,
		};
		int error = program_run(reader->read_locks, &request,
					sizeof(request));

		if (error)
			return error;
		if (request.done != request.count)
			return -EFAULT;
		for (unsigned int i = 0; i < request.count; i++)
			taken[done + i] = reader->locks[i] == LOCK_TAKEN;
	}
	return 0;
}

uint64_t slots_segments(const struct pool_record *record)
{
	return (record->slots + TLB_SEGMENT_SLOTS - 1) / TLB_SEGMENT_SLOTS;
}

int slots_read(const struct slot_reader *reader,
	       const struct pool_record *record,
	       struct segment_record *segments)
{
	uint64_t total = slots_segments(record);

	for (uint64_t first = 0; first < total; first += SEGMENTS_CHUNK) {
		unsigned int count = total - first < SEGMENTS_CHUNK
					     ? total - first
					     : SEGMENTS_CHUNK;
		int error = read_segments(reader, record, first, count);

		if (error)
			return error;
		memcpy(segments + first, reader->segments,
		       count * sizeof(*segments));
	}
	for (uint64_t i = 0; i < total; i++) {
		int error = confirm_errors(reader, record, i, &segments[i]);

		if (error)
			return error;
	}
	return 0;
}

/* Slots from @first on for which @bits goes on, in 64s. */
static unsigned int run_of(const uint64_t bits[2], unsigned int first)
{
	unsigned int length = 0;

	while (first + length < TLB_SEGMENT_SLOTS) {
		unsigned int at = first + length;
		uint64_t gaps = ~bits[at / 64] >> at % 64;

		if (gaps)
			return length + __builtin_ctzll(gaps);
		length += 64 - at % 64;
	}
	return TLB_SEGMENT_SLOTS - first;
}

/*
 * From the same bits as the used slots, not from the run lengths: while a
 * mapping is made or ended, the run lengths before it are still the old ones.
 */
static unsigned int longest_free(const struct segment_record *seen,
				 unsigned int slots)
{
	const uint64_t taken[2] = { seen->taken[0], seen->taken[1] };
	const uint64_t free[2] = { ~taken[0], ~taken[1] };
	unsigned int at = 0, longest = 0;

	while (at < slots) {
		unsigned int run = run_of(free, at);

		/* The last segment of a pool may not be whole. */
		if (run > slots - at)
			run = slots - at;
		if (run > longest)
			longest = run;
		at += run;
		if (at < slots)
			at += run_of(taken, at);
	}
	return longest;
}

static void count_segment(struct area *area, const struct segment_record *seen,
			  unsigned int slots)
{
	unsigned int longest = longest_free(seen, slots);

	area->busy += __builtin_popcountll(seen->taken[0]) +
		      __builtin_popcountll(seen->taken[1]);
	if (seen->longest <= TLB_SEGMENT_SLOTS)
		area->list_errors += seen->list_errors;
	else if (seen->longest > area->long_run)
		area->long_run = seen->longest;
	if (longest > area->largest_free)
		area->largest_free = longest;
}

void slots_count(const struct pool_record *record,
		 const struct segment_record *segments, struct area *areas)
{
	uint64_t total = slots_segments(record);

	for (unsigned int i = 0; i < record->areas; i++) {
		areas[i].busy = 0;
		areas[i].largest_free = 0;
		areas[i].list_errors = 0;
		areas[i].long_run = 0;
	}
	for (uint64_t i = 0; i < total; i++) {
		uint64_t slot = i * TLB_SEGMENT_SLOTS;
		uint64_t area = slot / record->area_slots;
		uint64_t left = record->slots - slot;

		if (area < record->areas)
			count_segment(&areas[area], &segments[i],
				      left < TLB_SEGMENT_SLOTS
					      ? left
					      : TLB_SEGMENT_SLOTS);
	}
}

static void visit_segment(uint64_t segment, const struct segment_record *seen,
			  mapping_visitor visit, void *data)
{
	const uint64_t goes_on[2] = { seen->taken[0] & ~seen->begins[0],
				      seen->taken[1] & ~seen->begins[1] };
	uint64_t first = segment * TLB_SEGMENT_SLOTS;

	for (unsigned int half = 0; half < 2; half++) {
		for (uint64_t left = seen->begins[half]; left;
		     left &= left - 1) {
			unsigned int i = __builtin_ctzll(left);
			/* Of the last slot's 64 nothing is left. */
			uint64_t behind = goes_on[half] >> i >> 1;
			unsigned int slots = 1 + __builtin_ctzll(~behind);

			if (i + slots == 64 && !half)
				slots += run_of(goes_on, 64);
			visit(first + i, slots, data);
		}
		first += 64;
	}
}

void slots_visit_mappings(const struct pool_record *record,
			  const struct segment_record *segments,
			  mapping_visitor visit, void *data)
{
	uint64_t total = slots_segments(record);

	for (uint64_t i = 0; i < total; i++)
		if (segments[i].begins[0] | segments[i].begins[1])
			visit_segment(i, &segments[i], visit, data);
}

static void hold_against_slots(const struct pool_record *record,
			       const struct segment_record *segments,
			       struct block_reading *blocks)
{
	uint64_t total = slots_segments(record);

	for (uint64_t i = 0; i < total; i++) {
		uint64_t slot = i * TLB_SEGMENT_SLOTS;
		uint64_t area = slot / record->area_slots;
		uint64_t block = slot % record->area_slots / TLB_BLOCK_SLOTS;

		if (area < record->areas && block < record->area_blocks &&
		    segments[i].held != TLB_SEGMENT_SLOTS)
			blocks[area * record->area_blocks + block].held = false;
	}
}

int slots_read_blocks(const struct slot_reader *reader,
		      const struct pool_record *record,
		      const struct segment_record *segments,
		      struct block_reading *blocks)
{
	uint32_t total = record->areas * record->area_blocks;

	for (uint32_t first = 0; first < total; first += BLOCKS_CHUNK) {
		struct blocks_request request = {
			.blocks_addr = record->blocks_addr,
			.first = first,
			.count = total - first < BLOCKS_CHUNK ? total - first
							      : BLOCKS_CHUNK,
		};
		int error = program_run(reader->read_blocks, &request,
					sizeof(request));

		if (error)
			return error;
		if (request.done != request.count)
			return -EFAULT;
		for (uint32_t i = 0; i < request.count; i++) {
			uint64_t seen = reader->block_runs[i];

			blocks[first + i] = (struct block_reading){
				.run = (uint32_t)seen,
				.recorded = seen & BLOCK_RECORDED,
				.held = true,
			};
		}
	}
	hold_against_slots(record, segments, blocks);
	return 0;
}
