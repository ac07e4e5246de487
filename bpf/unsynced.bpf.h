/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNSYNCED_BPF_H
#define UNSYNCED_BPF_H

/*
 * Whether a mapping has been written on one side only: its buffer and its slots
 * differ. They are equal after the copy at map, and after each sync in the
 * right direction. Only the first bytes are compared.
 */

#include "refusals.bpf.h"
#include "shadow.bpf.h"

#define COMPARED_MAX 4096u
#define PIECE_BYTES  64u

/* Filled in by the caller in part, and by find_unsynced. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, UNSYNCED_CHUNK);
	__type(key, __u32);
	__type(value, struct compared_memory);
} compared_memory SEC(".maps");

/**
 * struct comparison - compares a mapping's buffer with its slots
 * @buffer: address of the buffer
 * @slots: of the slots
 * @bytes: to compare
 * @differs: they do
 */
struct comparison {
	__u64 buffer;
	__u64 slots;
	__u64 bytes;
	__u64 differs;
};

static long compare_piece(__u64 piece, struct comparison *comparison)
{
	__u64 buffer[PIECE_BYTES / 8] = {}, slots[PIECE_BYTES / 8] = {};
	__u64 begin = piece * PIECE_BYTES, left = comparison->bytes - begin;
	__u32 bytes =
		left < PIECE_BYTES ? left & (PIECE_BYTES - 1) : PIECE_BYTES;

	if (begin >= comparison->bytes)
		return 1;
	if (bpf_probe_read_kernel(buffer, bytes,
				  (void *)(comparison->buffer + begin)) ||
	    bpf_probe_read_kernel(slots, bytes,
				  (void *)(comparison->slots + begin)))
		return 1;
	for (__u32 i = 0; i < PIECE_BYTES / 8; i++)
		comparison->differs |= buffer[i] ^ slots[i];
	return comparison->differs != 0;
}

/*
 * The pool and what it bounces are in the kernel's linear mapping, so both have
 * the same distance between physical and virtual addresses.
 */
static long compare_memory(__u64 index, struct unsynced_request *request)
{
	__u32 key = index;
	struct compared_memory *memory =
		bpf_map_lookup_elem(&compared_memory, &key);
	struct comparison comparison = {};
	__u8 slot[LAYOUT_SLOT_MAX] = {};
	__u64 address;

	if (!memory)
		return 1;
	request->done++;
	memory->differs = 0;
	address = request->slots_addr + memory->slot * layout_slot_bytes();
	if (bpf_probe_read_kernel(slot, layout_slot_bytes(), (void *)address) ||
	    layout_slot_list(slot))
		return 0;
	memory->orig_addr = layout_slot_orig_addr(slot);
	memory->alloc_size = layout_slot_alloc_size(slot);
	/* ~0: coherent memory: nothing is behind it. */
	if (memory->orig_addr == ~0ull)
		return 0;
	comparison.buffer = request->vaddr - request->start + memory->orig_addr;
	comparison.slots = request->vaddr + (memory->slot << TLB_SHIFT) +
			   (memory->orig_addr & min_align_mask(memory->device) &
			    (TLB_SLOT_BYTES - 1));
	comparison.bytes =
		memory->bytes < COMPARED_MAX ? memory->bytes : COMPARED_MAX;
	bpf_loop(COMPARED_MAX / PIECE_BYTES, compare_piece, &comparison, 0);
	memory->differs = comparison.differs != 0;
	return 0;
}

SEC("syscall")
int find_unsynced(struct unsynced_request *ctx)
{
	struct unsynced_request request = *ctx;

	request.done = 0;
	request.vaddr = layout_pool_vaddr(request.desc);
	if (request.vaddr)
		bpf_loop(request.count, compare_memory, &request, 0);
	ctx->done = request.done;
	return 0;
}

#endif
