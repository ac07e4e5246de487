// SPDX-License-Identifier: GPL-2.0-only
#include "probes/slots.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

/*
 * A segment is copied while its owner may be changing it, so an error in it
 * counts only when it is there each of this many times.
 */
#define ERROR_LOOKS 8

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

static int confirm_errors(const struct slot_reader *reader,
			  const struct pool_record *record, uint64_t segment,
			  struct segment_record *seen)
{
	for (int look = 1; look < ERROR_LOOKS && seen->list_errors; look++) {
		uint32_t fewest = seen->list_errors;
		int error = read_segments(reader, record, segment, 1);

		if (error)
			return error;
		*seen = reader->segments[0];
		if (seen->list_errors > fewest)
			seen->list_errors = fewest;
	}
	return 0;
}

static void count_segment(struct area *area, const struct segment_record *seen)
{
	area->busy += seen->busy;
	area->list_errors += seen->list_errors;
	if (seen->largest_free > area->largest_free)
		area->largest_free = seen->largest_free;
}

typedef void (*segment_visitor)(const struct pool_record *record,
				uint64_t segment,
				const struct segment_record *seen, void *data);

static int visit_segments(const struct slot_reader *reader,
			  const struct pool_record *record,
			  segment_visitor visit, void *data)
{
	uint64_t total =
		(record->slots + TLB_SEGMENT_SLOTS - 1) / TLB_SEGMENT_SLOTS;
	struct segment_record copy[SEGMENTS_CHUNK];

	for (uint64_t first = 0; first < total; first += SEGMENTS_CHUNK) {
		unsigned int count = total - first < SEGMENTS_CHUNK
					     ? total - first
					     : SEGMENTS_CHUNK;
		int error = read_segments(reader, record, first, count);

		if (error)
			return error;
		memcpy(copy, reader->segments, count * sizeof(*copy));
		for (unsigned int i = 0; i < count; i++) {
			error = confirm_errors(reader, record, first + i,
					       &copy[i]);
			if (error)
				return error;
			visit(record, first + i, &copy[i], data);
		}
	}
	return 0;
}

static void visit_area(const struct pool_record *record, uint64_t segment,
		       const struct segment_record *seen, void *data)
{
	uint64_t area = segment * TLB_SEGMENT_SLOTS / record->area_slots;
	struct area *areas = data;

	if (area < record->areas)
		count_segment(&areas[area], seen);
}

int slots_count(const struct slot_reader *reader,
		const struct pool_record *record, struct area *areas)
{
	for (unsigned int i = 0; i < record->areas; i++) {
		areas[i].busy = 0;
		areas[i].largest_free = 0;
		areas[i].list_errors = 0;
	}
	return visit_segments(reader, record, visit_area, areas);
}

struct mapping_visit {
	mapping_visitor visit;
	void *data;
};

static bool bit_of(const __u64 *bits, unsigned int bit)
{
	return bits[bit / 64] >> bit % 64 & 1;
}

static void visit_mappings(const struct pool_record *record, uint64_t segment,
			   const struct segment_record *seen, void *data)
{
	const struct mapping_visit *visit = data;

	(void)record;
	for (unsigned int i = 0; i < TLB_SEGMENT_SLOTS; i++) {
		unsigned int slots = 1;

		if (!bit_of(seen->begins, i))
			continue;
		while (i + slots < TLB_SEGMENT_SLOTS &&
		       bit_of(seen->taken, i + slots) &&
		       !bit_of(seen->begins, i + slots))
			slots++;
		visit->visit(segment * TLB_SEGMENT_SLOTS + i, slots,
			     visit->data);
	}
}

int slots_visit_mappings(const struct slot_reader *reader,
			 const struct pool_record *record,
			 mapping_visitor visit, void *data)
{
	struct mapping_visit mapping_visit = { visit, data };

	return visit_segments(reader, record, visit_mappings, &mapping_visit);
}

static void visit_block(const struct pool_record *record, uint64_t segment,
			const struct segment_record *seen, void *data)
{
	uint64_t slot = segment * TLB_SEGMENT_SLOTS;
	uint64_t area = slot / record->area_slots;
	uint64_t block = slot % record->area_slots / TLB_BLOCK_SLOTS;
	struct block_look *blocks = data;

	if (area < record->areas && block < record->area_blocks &&
	    seen->held != TLB_SEGMENT_SLOTS)
		blocks[area * record->area_blocks + block].held = false;
}

int slots_read_blocks(const struct slot_reader *reader,
		      const struct pool_record *record,
		      struct block_look *blocks)
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
			blocks[first + i].run = reader->block_runs[i];
			blocks[first + i].held = true;
		}
	}
	return visit_segments(reader, record, visit_block, blocks);
}
