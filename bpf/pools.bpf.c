// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pools, read on demand from the kernel's own structures. Nothing here is
 * attached: the loader runs each program when it wants an answer, and finds
 * the result in a memory-mapped array.
 */
#include "files.bpf.h"
#include "layout.bpf.h"

#include <bpf/bpf_tracing.h>

/* See kernel_slot_type(). Set before the load. */
const volatile __u32 slot_type;

/* A walk over pools ends here at the latest; the lists are far shorter. */
#define POOLS_WALK_MAX 1024u

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, POOLS_MAX);
	__type(key, __u32);
	__type(value, struct pool_record);
} found_pools SEC(".maps");

/* Devices that revisit_devices visits, by address; the loader fills it in. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, POOLS_MAX);
	__type(key, __u32);
	__type(value, __u64);
} known_devices SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, AREAS_CHUNK);
	__type(key, __u32);
	__type(value, __u64);
} area_used SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, AREAS_CHUNK);
	__type(key, __u32);
	__type(value, __u64);
} lock_states SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SEGMENTS_CHUNK);
	__type(key, __u32);
	__type(value, struct segment_record);
} segments SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, BLOCKS_CHUNK);
	__type(key, __u32);
	__type(value, __u64);
} block_runs SEC(".maps");

/*
 * A copy of one segment's slots: too large for the stack. One slot that stays
 * empty stands before them, so that the first has a predecessor as well.
 */
struct segment_copy {
	__u8 slot[(TLB_SEGMENT_SLOTS + 1) * LAYOUT_SLOT_MAX];
};

/* As much of it as fits the bits of a word, and the slot before these. */
#define HALF_SLOTS (TLB_SEGMENT_SLOTS / 2)

struct half_copy {
	__u8 slot[(HALF_SLOTS + 1) * LAYOUT_SLOT_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct segment_copy);
} copies SEC(".maps");

/**
 * struct finder - what the search for pools has come to
 * @default_mem: address of io_tlb_default_mem
 * @found: pools stored in found_pools
 * @too_many: pools that did not fit
 * @torn: a list changed meanwhile
 */
struct finder {
	__u64 default_mem;
	__u32 found;
	__u32 too_many;
	__u32 torn;
};

/**
 * struct pool_walk - a walk over a list of pools
 * @finder: takes what is found
 * @head: the list's head
 * @node: the node to visit next
 * @dev: the device whose list it is; 0 for the default pool's
 * @kind: POOL_RECORD_* of what is found
 * @ended: the head was reached
 */
struct pool_walk {
	struct finder *finder;
	__u64 head;
	__u64 node;
	__u64 dev;
	__u32 kind;
	__u32 ended;
};

/**
 * struct device_walk - a walk over the list of all devices
 * @finder: takes the pools that are found
 * @kset: what all devices are in
 * @head: the list's head
 * @node: the node to visit next
 * @visited: devices visited
 * @ended: the head was reached
 * @torn: the list changed meanwhile
 */
struct device_walk {
	struct finder *finder;
	__u64 kset;
	__u64 head;
	__u64 node;
	__u32 visited;
	__u32 ended;
	__u32 torn;
};

struct search {
	__u64 desc;
	__u32 known;
};

static long compare_pool(__u64 index, struct search *search)
{
	__u32 key = index;
	struct pool_record *p = bpf_map_lookup_elem(&found_pools, &key);

	search->known = p && p->desc == search->desc;
	return search->known;
}

/*
 * To be reached with an unknown @found as well: a verifier (6.12) that knows
 * the callback to be called no time removes it, but not its address, and
 * refuses the program with -EFAULT.
 */
static __always_inline bool pool_known(__u64 desc, __u32 found)
{
	struct search search = { .desc = desc };

	bpf_loop(found, compare_pool, &search, 0);
	return search.known;
}

/* A global function, so that the verifier goes through it once. */
__noinline int store_pool(struct finder *finder, __u64 desc, __u64 dev,
			  __u32 kind)
{
	struct pool_record *p;
	__u32 index;

	if (!finder)
		return 0;
	index = finder->found;
	p = bpf_map_lookup_elem(&found_pools, &index);
	if (!p || (kind == POOL_RECORD_TRANSIENT &&
		   index >= POOLS_MAX - LASTING_POOLS)) {
		finder->too_many++;
		return 0;
	}
	if (!layout_read_pool(desc, p))
		return 0;
	p->kind = kind;
	p->dev = dev;
	/* The first pool of an io_tlb_mem has what is kept of all of it. */
	if (kind == POOL_RECORD_DEFAULT || kind == POOL_RECORD_OWN) {
		p->parent = layout_parent_desc(desc);
		layout_read_totals(desc, p);
	} else {
		p->parent = 0;
		layout_read_totals(0, p);
	}
	if (dev)
		layout_device_name(dev, p->device);
	else
		p->device[0] = 0;
	finder->found = index + 1;
	return 0;
}

static __noinline int add_pool(struct finder *finder, __u64 desc, __u64 dev,
			       __u32 kind)
{
	/* A transient pool is on one list only. */
	if (finder &&
	    (kind == POOL_RECORD_TRANSIENT || !pool_known(desc, finder->found)))
		store_pool(finder, desc, dev, kind);
	return 0;
}

static long visit_pool(__u64 index, struct pool_walk *walk)
{
	struct list_head *node = (void *)walk->node;
	__u64 next;

	if (walk->node == walk->head) {
		walk->ended = 1;
		return 1;
	}
	add_pool(walk->finder, layout_pool_of_node(walk->node), walk->dev,
		 walk->kind);
	next = (__u64)BPF_CORE_READ(node, next);
	if (!next || next == walk->node)
		return 1;
	walk->node = next;
	return 0;
}

/* The pools on a list that SWIOTLB_DYNAMIC keeps: of a mem, or of a device. */
static __always_inline void walk_pools(struct finder *finder, __u64 head,
				       __u64 dev, __u32 kind)
{
	struct list_head *list = (void *)head;
	struct pool_walk walk = {
		.finder = finder,
		.head = head,
		.dev = dev,
		.kind = kind,
		.node = (__u64)BPF_CORE_READ(list, next),
	};

	if (!walk.node)
		return;
	bpf_loop(POOLS_WALK_MAX, visit_pool, &walk, 0);
	if (!walk.ended)
		finder->torn = 1;
}

/* The pools that a device has of its own. */
static __noinline int find_in_device(struct finder *finder, __u64 dev)
{
	__u64 mem = layout_device_mem(dev);

	if (!finder)
		return 0;
	if (mem && mem != finder->default_mem)
		add_pool(finder, layout_mem_desc(mem), dev, POOL_RECORD_OWN);
	if (layout_has_transient() && layout_device_bounced(dev))
		walk_pools(finder, layout_device_pools(dev), dev,
			   POOL_RECORD_TRANSIENT);
	return 0;
}

static __always_inline __u64 kset_of(__u64 dev)
{
	struct device *device = (void *)dev;

	return (__u64)BPF_CORE_READ(device, kobj.kset);
}

/*
 * The next device of a walk; 0 = there is none, or the list has changed. A
 * device that leaves the list meanwhile points to itself, and one whose memory
 * has been given to something else is in no kset.
 */
static __always_inline __u64 next_device(struct device_walk *walk)
{
	struct list_head *node = (void *)walk->node;
	__u64 next, dev = walk->node -
			  bpf_core_field_offset(struct device, kobj.entry);

	if (walk->node == walk->head) {
		walk->ended = 1;
		return 0;
	}
	next = (__u64)BPF_CORE_READ(node, next);
	if (!next || next == walk->node || kset_of(dev) != walk->kset) {
		walk->torn = 1;
		return 0;
	}
	walk->node = next;
	walk->visited++;
	return dev;
}

/* A walk that begins at @node, or at the first device where that is 0. */
static __always_inline struct device_walk begin_walk(__u64 kset, __u64 node)
{
	struct device_walk walk = {
		.kset = kset,
		.head = kset + bpf_core_field_offset(struct kset, list),
		.node = node,
	};
	struct list_head *head = (void *)walk.head;

	if (!walk.node)
		walk.node = (__u64)BPF_CORE_READ(head, next);
	return walk;
}

static long visit_device(__u64 index, struct device_walk *walk)
{
	__u64 dev = next_device(walk);

	if (!dev)
		return 1;
	find_in_device(walk->finder, dev);
	return 0;
}

static __always_inline struct finder
finder_of(const struct devices_request *request)
{
	return (struct finder){
		.default_mem = request->default_mem,
		.found = request->found,
		.too_many = request->too_many,
	};
}

static __always_inline void give_back(const struct finder *finder,
				      struct devices_request *request)
{
	request->found = finder->found;
	request->too_many = finder->too_many;
	request->torn = finder->torn;
}

SEC("syscall")
int walk_devices(struct devices_request *ctx)
{
	struct devices_request request = *ctx;
	struct finder finder = finder_of(&request);
	struct device_walk walk =
		begin_walk(request.devices_kset, request.node);

	walk.finder = &finder;
	bpf_loop(request.count, visit_device, &walk, 0);
	give_back(&finder, &request);
	request.torn |= walk.torn;
	request.node = walk.node;
	request.ended = walk.ended;
	request.visited = walk.visited;
	*ctx = request;
	return 0;
}

/* On the list of devices, between two others or its ends. */
static __always_inline bool is_listed(__u64 dev, __u64 kset)
{
	__u64 entry = dev + bpf_core_field_offset(struct device, kobj.entry);
	struct device *device = (void *)dev;

	return kset_of(dev) == kset &&
	       (__u64)BPF_CORE_READ(device, kobj.entry.next) != entry &&
	       (__u64)BPF_CORE_READ(device, kobj.entry.next, prev) == entry;
}

static long revisit_device(__u64 index, struct device_walk *walk)
{
	__u32 key = index;
	__u64 *dev = bpf_map_lookup_elem(&known_devices, &key);

	if (!dev)
		return 1;
	if (is_listed(*dev, walk->kset)) {
		find_in_device(walk->finder, *dev);
		walk->visited++;
	}
	return 0;
}

SEC("syscall")
int revisit_devices(struct devices_request *ctx)
{
	struct devices_request request = *ctx;
	struct finder finder = finder_of(&request);
	struct device_walk walk = {
		.finder = &finder,
		.kset = request.devices_kset,
	};

	bpf_loop(request.count, revisit_device, &walk, 0);
	give_back(&finder, &request);
	request.ended = 1;
	request.visited = walk.visited;
	*ctx = request;
	return 0;
}

#include "dma_devices.bpf.h"

/*
 * The kobject that a directory of sysfs shows; 0 unless its kernfs node and the
 * kobject point at each other (fs/kernfs/inode.c, fs/sysfs/dir.c).
 */
static __noinline __u64 directory_kobject(__u32 fd)
{
	struct file *file = file_of(fd);
	struct kernfs_node *node;
	struct kobject *object;

	if (!file)
		return 0;
	node = BPF_CORE_READ(file, f_inode, i_private);
	object = BPF_CORE_READ(node, priv);
	return object && BPF_CORE_READ(object, sd) == node ? (__u64)object : 0;
}

static __always_inline __u64 find_devices(__u32 directory)
{
	static const char name[] = "devices_kset";
	__u64 symbol, kset = 0;

	if (!bpf_kallsyms_lookup_name(name, sizeof(name), 0, &symbol) &&
	    !bpf_probe_read_kernel(&kset, sizeof(kset), (void *)symbol) && kset)
		return kset;
	kset = directory_kobject(directory);
	return kset ? kset - bpf_core_field_offset(struct kset, kobj) : 0;
}

static __always_inline __u64 find_default_mem(__u32 directory)
{
	static const char name[] = "io_tlb_default_mem";
	__u64 mem, object;

	if (!bpf_kallsyms_lookup_name(name, sizeof(name), 0, &mem))
		return mem;
	object = directory_kobject(directory);
	if (!object)
		return 0;
	return layout_device_mem(object -
				 bpf_core_field_offset(struct device, kobj));
}

/*
 * By the kernel's symbols, which libbpf would look for in all of
 * /proc/kallsyms: that takes longer than all the rest of a start. A kernel
 * without CONFIG_KALLSYMS_ALL has none of them, and others hide them
 * (kptr_restrict, no CAP_SYSLOG): then by sysfs.
 */
SEC("syscall")
int find_roots(struct roots_request *ctx)
{
	ctx->devices_kset = find_devices(ctx->devices_fd);
	ctx->default_mem = find_default_mem(ctx->cpu_fd);
	return 0;
}

static __always_inline void answer_pools(struct pools_request *request)
{
	struct finder finder = { .default_mem = request->default_mem };

	request->layout = layout_variant();
	request->has_blocks = layout_has_blocks();
	request->has_dynamic = layout_has_dynamic();
	request->lock_offset = layout_lock_offset();
	request->area_bytes = layout_area_bytes();
	request->slot_bytes = layout_slot_bytes();

	if (request->layout == LAYOUT_NONE || !request->default_mem)
		return;
	request->can_grow = layout_can_grow(request->default_mem);
	store_pool(&finder, layout_mem_desc(request->default_mem), 0,
		   POOL_RECORD_DEFAULT);
	if (layout_has_dynamic())
		walk_pools(&finder, layout_mem_pools(request->default_mem), 0,
			   POOL_RECORD_DYNAMIC);
	request->found = finder.found;
	request->too_many = finder.too_many;
	request->torn = finder.torn;
}

/*
 * The verifier allows a context to be read and written at constant offsets
 * only, so each program works on a copy.
 */
SEC("syscall")
int find_pools(struct pools_request *ctx)
{
	struct pools_request request = {
		.default_mem = ctx->default_mem,
	};

	answer_pools(&request);
	*ctx = request;
	return 0;
}

static long read_area(__u64 index, struct areas_request *request)
{
	__u32 key = index;
	__u64 *used = bpf_map_lookup_elem(&area_used, &key);
	__u64 area = request->areas_addr +
		     (request->first + index) * layout_area_bytes();

	if (!used ||
	    bpf_probe_read_kernel(used, sizeof(*used),
				  (void *)(area + layout_used_offset())))
		return 1;
	request->done++;
	return 0;
}

SEC("syscall")
int read_areas(struct areas_request *ctx)
{
	struct areas_request request = *ctx;

	request.done = 0;
	bpf_loop(request.count, read_area, &request, 0);
	ctx->done = request.done;
	return 0;
}

static long read_lock(__u64 index, struct areas_request *request)
{
	__u32 key = index;
	__u64 *state = bpf_map_lookup_elem(&lock_states, &key);
	__u64 area = request->areas_addr +
		     (request->first + index) * layout_area_bytes();

	if (!state)
		return 1;
	*state = layout_lock_state(area + layout_lock_offset());
	request->done++;
	return 0;
}

SEC("syscall")
int read_locks(struct areas_request *ctx)
{
	struct areas_request request = *ctx;

	request.done = 0;
	bpf_loop(request.count, read_lock, &request, 0);
	ctx->done = request.done;
	return 0;
}

static long read_block(__u64 index, struct blocks_request *request)
{
	__u32 key = index;
	__u64 *result = bpf_map_lookup_elem(&block_runs, &key);
	bool recorded = false;
	__u32 run = 0;

	if (!result ||
	    !layout_read_block(request->blocks_addr, request->first + index,
			       &run, &recorded))
		return 1;
	*result = run | (recorded ? BLOCK_RECORDED : 0);
	request->done++;
	return 0;
}

SEC("syscall")
int read_blocks(struct blocks_request *ctx)
{
	struct blocks_request request = *ctx;

	request.done = 0;
	bpf_loop(request.count, read_block, &request, 0);
	ctx->done = request.done;
	return 0;
}

#include "segments.bpf.h"

char LICENSE[] SEC("license") = "GPL";
