// SPDX-License-Identifier: GPL-2.0-only
/*
 * The allocator's own data, slot by slot and area by area, for the audit.
 * Nothing here is attached: the loader runs a program when it wants an answer,
 * and judges what it finds in a memory-mapped array itself.
 */
#include "layout.bpf.h"

#include "include/audit.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, AUDIT_SEGMENTS);
	__type(key, __u32);
	__type(value, struct segment_slots);
} audited_slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, AUDIT_AREAS);
	__type(key, __u32);
	__type(value, struct area_record);
} audited_areas SEC(".maps");

/* One segment as the kernel has it: too large for the stack. */
struct raw_segment {
	__u8 slot[TLB_SEGMENT_SLOTS * LAYOUT_SLOT_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct raw_segment);
} raw_segments SEC(".maps");

/* A function of its own, so that the verifier goes through it once. */
__noinline int decode_slots(const struct raw_segment *raw,
			    struct segment_slots *decoded)
{
	const __u8 *slot;

	if (!raw || !decoded)
		return 0;
	slot = raw->slot;
	for (__u32 i = 0; i < TLB_SEGMENT_SLOTS; i++) {
		struct slot_record *record = &decoded->slot[i];

		record->orig_addr = layout_slot_orig_addr(slot);
		record->alloc_size = layout_slot_alloc_size(slot);
		record->list = layout_slot_list(slot);
		record->pad_slots = layout_slot_padding(slot);
		slot += layout_slot_bytes();
	}
	return 0;
}

static long read_slots_of(__u64 index, struct slots_request *request)
{
	__u64 slots = TLB_SEGMENT_SLOTS, bytes;
	__u32 key = index, zero = 0;
	struct segment_slots *decoded =
		bpf_map_lookup_elem(&audited_slots, &key);
	struct raw_segment *raw = bpf_map_lookup_elem(&raw_segments, &zero);
	__u64 first = (request->first + index) * TLB_SEGMENT_SLOTS;
	__u64 address = request->slots_addr + first * layout_slot_bytes();

	if (!decoded || !raw || first >= request->slots)
		return 1;
	if (request->slots - first < slots)
		slots = request->slots - first;
	bytes = slots * layout_slot_bytes();
	barrier_var(bytes);
	if (bytes > sizeof(*raw) ||
	    bpf_probe_read_kernel(raw->slot, bytes, (void *)address))
		return 1;
	decode_slots(raw, decoded);
	request->done++;
	return 0;
}

SEC("syscall")
int read_slots(struct slots_request *ctx)
{
	struct slots_request request = *ctx;

	request.done = 0;
	bpf_loop(request.count, read_slots_of, &request, 0);
	ctx->done = request.done;
	ctx->has_padding = layout_has_padding();
	return 0;
}

static long read_hints_of(__u64 index, struct hints_request *request)
{
	__u32 key = index;
	struct area_record *record = bpf_map_lookup_elem(&audited_areas, &key);

	if (!record || !layout_read_hints(request->areas_addr +
						  (request->first + index) *
							  layout_area_bytes(),
					  record))
		return 1;
	request->done++;
	return 0;
}

SEC("syscall")
int read_hints(struct hints_request *ctx)
{
	struct hints_request request = *ctx;

	request.done = 0;
	bpf_loop(request.count, read_hints_of, &request, 0);
	ctx->done = request.done;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
