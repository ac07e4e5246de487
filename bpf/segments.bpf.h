/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SEGMENTS_BPF_H
#define SEGMENTS_BPF_H

/*
 * Slots, read a segment at a time: taken and free ones, runs, and errors of
 * the lists. A part of pools.bpf.c, which has the maps.
 */

/*
 * The verifier follows every combination of branches of the loop below, unless
 * their states are equal at the end of a round. So nothing that it learns in
 * one branch may reach another branch or a sum: each value is loaded again for
 * each decision, and sums start as values that it does not know (the caller's
 * memory) and are added to without branches.
 */

/**
 * struct count - what the slots of a segment say, up to the current one
 */
struct count {
	__u64 begins;
	__u64 taken;
	__u64 held;
	__u64 errors;
};

/* 0 or 1, hidden from a compiler that would make a branch of it. */
static __always_inline __u64 is_set(__u64 value)
{
	value |= -value;
	barrier_var(value);
	value >>= 63;
	barrier_var(value);
	return value;
}

/* As a block leaves its slots: each alone, and without an address. */
static __always_inline bool slot_is_held(const __u8 *slot)
{
	return layout_has_blocks() &&
	       layout_slot_alloc_size(slot) == TLB_SLOT_BYTES &&
	       layout_slot_orig_addr(slot) == ~0ull;
}

/*
 * A slot whose alloc_size is one slot less than its predecessor's goes on with
 * the same mapping: swiotlb_do_find_slots() (6.1) and
 * swiotlb_search_pool_area() (6.12) fill it in so.
 */
static __always_inline void count_taken(const __u8 *slot, const __u8 *before,
					struct count *c, __u64 bit)
{
	c->taken += bit;
	if (layout_slot_list(before)) {
		barrier();
		if (layout_slot_list(before) > 1)
			c->errors++;
	} else if (layout_slot_alloc_size(slot) ==
		   layout_slot_alloc_size(before) - TLB_SLOT_BYTES) {
		return;
	}
	if (slot_is_held(slot)) {
		c->held++;
		return;
	}
	barrier();
	c->begins += bit;
}

/* A run length is one more than its successor's. */
static __always_inline void count_free(const __u8 *slot, const __u8 *before,
				       struct count *c)
{
	if (layout_slot_list(slot) == layout_slot_list(before) - 1)
		return;
	barrier();
	c->errors += is_set(layout_slot_list(before));
}

/*
 * Of the verifier's steps for this program most are here: as a global function
 * it is gone through once, for any half of any segment.
 */
__noinline int count_half(const struct half_copy *half, struct count *sums)
{
	const __u8 *slot, *before;
	struct count c;

	if (!half || !sums)
		return 0;
	c = *sums;
	before = half->slot;
	slot = before + layout_slot_bytes();
	for (__u32 i = 0; i < HALF_SLOTS; i++) {
		if (layout_slot_list(slot)) {
			barrier();
			count_free(slot, before, &c);
		} else {
			barrier();
			count_taken(slot, before, &c, 1ull << i);
		}
		before = slot;
		slot += layout_slot_bytes();
	}
	*sums = c;
	return 0;
}

/* Whether segments are looked at in place first, and copied when not free. */
static __always_inline bool looks_there(void)
{
	return slot_type && layout_slot_is_usual();
}

/* A function of its own, so that the verifier goes through it once. */
__noinline int segment_is_free_there(__u64 slots)
{
	return looks_there() && layout_segment_is_free_there(slots, slot_type);
}

static long compare_run(__u64 index, __u32 *longest)
{
	__u32 zero = 0, list;
	struct segment_copy *copy = bpf_map_lookup_elem(&copies, &zero);
	__u64 offset =
		((index & (TLB_SEGMENT_SLOTS - 1)) + 1) * layout_slot_bytes();

	barrier_var(offset);
	if (!copy || offset > sizeof(*copy) - LAYOUT_SLOT_MAX)
		return 1;
	list = layout_slot_list(copy->slot + offset);
	if (list > *longest)
		*longest = list;
	return 0;
}

/*
 * On a kernel with larger segments (IO_TLB_SEGSIZE is another one in some
 * vendors') whole ones of ours have errors, with run lengths that a segment of
 * ours cannot have. Looked for only where there are errors.
 */
static __noinline __u32 longest_run(void)
{
	__u32 longest = 0;

	bpf_loop(TLB_SEGMENT_SLOTS, compare_run, &longest, 0);
	return longest;
}

static __always_inline void count_slots(const struct segment_copy *copy,
					struct segment_record *s)
{
	const __u8 *before = copy->slot;
	struct count c = {};

	__builtin_memset(s, 0, sizeof(*s));
	if (!looks_there() &&
	    layout_segment_is_free(before + layout_slot_bytes()))
		return;
	for (__u32 half = 0; half < 2; half++) {
		c.begins = c.taken = 0;
		count_half((const struct half_copy *)before, &c);
		s->begins[half] = c.begins;
		s->taken[half] = c.taken;
		before += HALF_SLOTS * layout_slot_bytes();
	}
	s->held = c.held;
	/* Nothing follows a segment's last slot. */
	s->list_errors = c.errors + (layout_slot_list(before) > 1);
	if (s->list_errors)
		s->longest = longest_run();
}

/**
 * struct part - a segment that is not whole, being counted
 * @result: index of its segment_record
 * @prev_list: run length of the slot before
 * @prev_size: its alloc_size; 0 when it is free
 */
struct part {
	__u32 result;
	__u32 prev_list;
	__u64 prev_size;
};

static long count_part_slot(__u64 index, struct part *part)
{
	struct segment_record *s =
		bpf_map_lookup_elem(&segments, &part->result);
	__u32 zero = 0, i = index & (TLB_SEGMENT_SLOTS - 1), list;
	struct segment_copy *copy = bpf_map_lookup_elem(&copies, &zero);
	const __u8 *slot;
	__u64 size, offset, bit = 1ull << (i & 63);

	if (!s || !copy)
		return 1;
	offset = (i + 1) * layout_slot_bytes();
	barrier_var(offset);
	if (offset > sizeof(*copy) - LAYOUT_SLOT_MAX)
		return 1;
	slot = copy->slot + offset;
	list = layout_slot_list(slot);
	size = layout_slot_alloc_size(slot);
	if (part->prev_list && list != part->prev_list - 1)
		s->list_errors++;
	part->prev_list = list;
	if (list) {
		part->prev_size = 0;
		return 0;
	}
	s->taken[i >> 6 & 1] |= bit;
	if (size != part->prev_size - TLB_SLOT_BYTES)
		s->begins[i >> 6 & 1] |= bit;
	part->prev_size = size;
	return 0;
}

/*
 * The last segment of a restricted or transient pool may not be whole. Such a
 * pool has no blocks, and before 6.6 its run lengths count on as if it were
 * whole, so where it ends proves nothing.
 */
static __always_inline void count_part(__u32 result, __u64 slots,
				       struct segment_record *s)
{
	struct part part = { .result = result };

	__builtin_memset(s, 0, sizeof(*s));
	bpf_loop(slots, count_part_slot, &part, 0);
}

static long read_segment(__u64 index, struct segments_request *request)
{
	__u64 slots = TLB_SEGMENT_SLOTS, bytes;
	__u32 key = index, zero = 0;
	struct segment_record *s = bpf_map_lookup_elem(&segments, &key);
	struct segment_copy *copy = bpf_map_lookup_elem(&copies, &zero);
	__u64 first = (request->first + index) * TLB_SEGMENT_SLOTS;
	__u64 address = request->slots_addr + first * layout_slot_bytes();

	if (!s || !copy || first >= request->slots)
		return 1;
	if (request->slots - first < slots)
		slots = request->slots - first;
	if (looks_there() && slots == TLB_SEGMENT_SLOTS &&
	    segment_is_free_there(address)) {
		__builtin_memset(s, 0, sizeof(*s));
		request->done++;
		return 0;
	}
	bytes = slots * layout_slot_bytes();
	barrier_var(bytes);
	if (bytes > TLB_SEGMENT_SLOTS * LAYOUT_SLOT_MAX ||
	    bpf_probe_read_kernel(copy->slot + layout_slot_bytes(), bytes,
				  (void *)address))
		return 1;
	if (slots < TLB_SEGMENT_SLOTS)
		count_part(key, slots, s);
	else
		count_slots(copy, s);
	request->done++;
	return 0;
}

SEC("syscall")
int read_segments(struct segments_request *ctx)
{
	struct segments_request request = *ctx;

	request.done = 0;
	bpf_loop(request.count, read_segment, &request, 0);
	ctx->done = request.done;
	return 0;
}

#endif
