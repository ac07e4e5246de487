/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PAGES_BPF_H
#define PAGES_BPF_H

/* From a page to where it lies, by the kernel's array of pages. */

#include "layout.bpf.h"

#include "files.bpf.h"
#include "include/mappings.h"

const volatile __u32 page_shift;

/* Where the array of struct page begins. Written by the loader. */
__u64 page_array;

/* One array has the pages of all memory. Likewise. */
bool page_array_whole;

/* Return: where a page lies; 0 = not in the device's pool. */
static __always_inline __u64 pool_address(__u64 dev, __u64 page)
{
	__u64 mem = layout_device_mem(dev), start, end, address;

	if (!mem || !page_array)
		return 0;
	address = (page - page_array) / bpf_core_type_size(struct page)
		  << page_shift;
	layout_mem_range(mem, &start, &end);
	return address >= start && address < end ? address : 0;
}

/* Memory sections in all; a search for the first one ends here at the latest.
 */
#define SECTIONS_MAX (1u << 17)
/* struct mem_section.section_mem_map: there is memory; and its flag bits. */
#define SECTION_HAS_MAP	  2ull
#define SECTION_MAP_FLAGS 4095ull

/**
 * struct section_search - looks at the sections of memory
 * @roots: mem_section[]
 * @page_array: where the first one's pages say that the array begins
 * @last: no section behind it is looked at
 * @split: another one says otherwise: each has an array of its own
 */
struct section_search {
	__u64 roots;
	__u64 page_array;
	__u64 last;
	bool split;
};

static long look_at_section(__u64 index, struct section_search *search)
{
	__u64 each = bpf_core_type_size(struct mem_section);
	__u64 per_root = (1ull << page_shift) / each, root = 0, map = 0;
	__u64 *slot = (__u64 *)search->roots + index / per_root;

	if (index > search->last ||
	    bpf_probe_read_kernel(&root, sizeof(root), slot))
		return 1;
	if (!root ||
	    bpf_probe_read_kernel(&map, sizeof(map),
				  (void *)(root + index % per_root * each)) ||
	    !(map & SECTION_HAS_MAP))
		return 0;
	map &= ~SECTION_MAP_FLAGS;
	if (!search->page_array) {
		search->page_array = map;
		search->last = index | (per_root - 1);
	}
	search->split |= search->page_array != map;
	return 0;
}

/*
 * With SPARSEMEM_VMEMMAP the pages of all memory are one array, and each
 * section of memory that is there points to its begin. Without, what this
 * finds is true of one section, which the next ones of its root tell:
 * pool_address() believes no page outside of the pool, and other pages are not
 * looked up.
 */
SEC("syscall")
int find_page_array(struct page_array_request *request)
{
	static const char name[] = "mem_section";
	struct section_search search = { .last = SECTIONS_MAX };
	__u64 mem_section = 0;

	if (!bpf_kallsyms_lookup_name(name, sizeof(name), 0, &mem_section))
		bpf_probe_read_kernel(&search.roots, sizeof(search.roots),
				      (void *)mem_section);
	if (search.roots)
		bpf_loop(SECTIONS_MAX, look_at_section, &search, 0);
	request->page_array = search.page_array;
	request->whole = !search.split;
	return 0;
}

/* The two lowest bits of an entry of an xarray that is no pointer. */
#define XARRAY_TAG 3ull

/*
 * The other way, from a page whose number the loader knows: a file of one page
 * has nothing but that page in its page cache (include/linux/xarray.h: a single
 * entry at index 0 is in the head).
 */
SEC("syscall")
int find_file_page(struct file_page_request *request)
{
	struct file *file = file_of(request->fd);
	__u64 head = (__u64)BPF_CORE_READ(file, f_mapping, i_pages.xa_head);

	request->page = head & XARRAY_TAG ? 0 : head;
	request->page_bytes = bpf_core_type_size(struct page);
	return 0;
}

#endif
