/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FREED_BPF_H
#define FREED_BPF_H

/*
 * Whether the memory behind a mapping has been freed. A page with a reference
 * count of 0 is not free for that: the later pages of an allocation that is not
 * compound have none either (split_page(), mm/page_alloc.c). It is free when
 * the page allocator lists it: inside a block of the buddy allocator, or linked
 * on a CPU's list of free pages.
 */

#include "pages.bpf.h"

/* Orders of buddy blocks; those of 16 MiB and more are on arm64 alone. */
#define BUDDY_ORDERS 14u

/* Filled in by the caller in part, and by find_freed. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, FREED_CHUNK);
	__type(key, __u32);
	__type(value, struct mapped_memory);
} mapped_memory SEC(".maps");

static __always_inline struct page *page_of(__u64 frame)
{
	return (struct page *)(page_array +
			       frame * bpf_core_type_size(struct page));
}

/* See kernel_slot_type(). Set before the load. */
const volatile __u32 slot_type;

/* Bit 0 of compound_head, which is the same word as lru.next. */
#define LATER_PAGE 1ull

/* Nobody holds it, and it is no later page of a compound one. */
static __always_inline bool is_unused(struct page *page)
{
	struct list_head list;
	int references;

	if (bpf_core_read(&references, sizeof(references),
			  &page->_refcount.counter) ||
	    references || bpf_core_read(&list, sizeof(list), &page->lru))
		return false;
	return !((__u64)list.next & LATER_PAGE);
}

/*
 * The opposite, of most pages that are in use, without a copy. The word may
 * have another counter beside that of references.
 */
static __always_inline bool is_used_there(__u64 page)
{
	const __u32 offset =
		bpf_core_field_offset(struct page, _refcount.counter);
	__u64 word = layout_word_there(page + (offset & ~7u), slot_type);

	if ((__u32)(word >> (offset & 7) * 8))
		return true;
	return layout_word_there(page + bpf_core_field_offset(struct page, lru),
				 slot_type) &
	       LATER_PAGE;
}

/**
 * struct buddy_search - looks for the buddy block that a page lies in
 * @frame: the page's number
 * @found: there is one
 */
struct buddy_search {
	__u64 frame;
	bool found;
};

static long look_for_buddy(__u64 order, struct buddy_search *search)
{
	__u64 first = search->frame >> order << order;
	struct page *page = page_of(first);
	__u64 own_order = 0;
	__u32 type = 0;

	if (bpf_core_read(&type, sizeof(type), &page->page_type) ||
	    !layout_page_type_is_buddy(type) ||
	    bpf_core_read(&own_order, sizeof(own_order), &page->private))
		return 0;
	if (own_order >= BUDDY_ORDERS || own_order < order || !is_unused(page))
		return 0;
	search->found = true;
	return 1;
}

/*
 * A page on a CPU's list has no type. Its neighbours of the list point back to
 * it, which no leftover of an earlier use does.
 */
static __always_inline bool is_listed(struct page *page)
{
	__u64 entry = (__u64)page + bpf_core_field_offset(struct page, lru);
	struct list_head list = {}, next = {}, prev = {};
	__u64 mapping = 1;
	__u32 type = 0;

	if (bpf_core_read(&list, sizeof(list), &page->lru) ||
	    bpf_core_read(&type, sizeof(type), &page->page_type) ||
	    bpf_core_read(&mapping, sizeof(mapping), &page->mapping))
		return false;
	if (type != ~0u || mapping || (__u64)list.next == entry)
		return false;
	return !bpf_probe_read_kernel(&next, sizeof(next), list.next) &&
	       !bpf_probe_read_kernel(&prev, sizeof(prev), list.prev) &&
	       (__u64)next.prev == entry && (__u64)prev.next == entry;
}

static __always_inline bool page_is_free(__u64 frame)
{
	struct buddy_search search = { .frame = frame };
	struct page *page = page_of(frame);

	if (slot_type && is_used_there((__u64)page))
		return false;
	if (!is_unused(page))
		return false;
	bpf_loop(BUDDY_ORDERS, look_for_buddy, &search, 0);
	return search.found || is_listed(page);
}

/* ~0: coherent memory, or a pool's block: nothing is behind it. */
static __always_inline bool is_freed(const void *slot,
				     struct mapped_memory *memory)
{
	const __u64 orig_addr = layout_slot_orig_addr(slot);

	if (layout_slot_list(slot) || orig_addr == ~0ull ||
	    !page_is_free(orig_addr >> page_shift))
		return false;
	memory->orig_addr = orig_addr;
	memory->alloc_size = layout_slot_alloc_size(slot);
	return true;
}

static __always_inline bool is_freed_copy(__u64 address,
					  struct mapped_memory *memory)
{
	__u8 slot[LAYOUT_SLOT_MAX] = {};

	return !bpf_probe_read_kernel(slot, layout_slot_bytes(),
				      (void *)address) &&
	       is_freed(slot, memory);
}

static long look_at_memory(__u64 index, struct freed_request *request)
{
	__u32 key = index;
	struct mapped_memory *memory =
		bpf_map_lookup_elem(&mapped_memory, &key);
	__u64 slot;

	if (!memory)
		return 1;
	slot = request->slots_addr + memory->slot * layout_slot_bytes();
	memory->freed =
		slot_type ? is_freed(layout_slot_there(slot, slot_type), memory)
			  : is_freed_copy(slot, memory);
	request->done++;
	if (memory->freed)
		request->found++;
	return 0;
}

/* The first page alone of memory that has several. */
SEC("syscall")
int find_freed(struct freed_request *ctx)
{
	struct freed_request request = *ctx;

	request.done = 0;
	request.found = 0;
	if (page_array_whole)
		bpf_loop(request.count, look_at_memory, &request, 0);
	ctx->done = request.done;
	ctx->found = request.found;
	return 0;
}

#endif
