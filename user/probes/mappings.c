// SPDX-License-Identifier: GPL-2.0-only
#include "probes/mappings.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "include/mappings.h"
#include "mappings.skel.h"
#include "model/level.h"
#include "probes/constant.h"
#include "probes/debug.h"
#include "probes/kernel.h"
#include "probes/tables.h"

_Static_assert(FAIL_CAUSES == FAILURE_CAUSES, "one list of causes");
_Static_assert((int)FAIL_OVERSIZE == (int)FAILURE_OVERSIZE &&
		       (int)FAIL_ALIGNMENT == (int)FAILURE_ALIGNMENT &&
		       (int)FAIL_FRAGMENTED == (int)FAILURE_FRAGMENTED &&
		       (int)FAIL_EXHAUSTED == (int)FAILURE_EXHAUSTED,
	       "one order of causes");

/* Slots kept free in the shadow for pools that grow (SWIOTLB_DYNAMIC). */
#define DYNAMIC_SLOTS 65536
#define STACKS_MAX    1024

#define MAP	 "swiotlb_tbl_map_single"
#define UNMAP	 "swiotlb_tbl_unmap_single"
#define SYNC_DEV "swiotlb_sync_single_for_device"
#define SYNC_CPU "swiotlb_sync_single_for_cpu"
#define NEEDS                                                                  \
	"mappings have no owners, ages and counts; needs BTF, and BPF trampolines or kprobes"
#define NEEDS_SYNC "syncs are not counted"
#define NEEDS_ALLOC                                                            \
	"coherent memory from restricted pools has no owner and age, where the kernel has such pools (DMA_RESTRICTED_POOL)"

/* Ends are attached before begins: an end alone is told apart. */
static const struct hook_row rows[] = {
	{
		.name = "mappings.unmap",
		.level = LEVEL_MAPPINGS,
		.absent = NEEDS,
		.vital = true,
		.tries = {
			HOOK_TRY(FENTRY, "__" UNMAP, "unmap_fentry"),
			HOOK_TRY(FENTRY, UNMAP, "unmap_fentry"),
			HOOK_TRY(KPROBE, "__" UNMAP, "unmap_kprobe"),
			HOOK_TRY(KPROBE, UNMAP, "unmap_kprobe"),
		},
	},
	{
		.name = "mappings.device_gone",
		.level = LEVEL_MAPPINGS,
		.absent = "a device that takes the address of one that is gone goes on with its figures",
		.tries = {
			HOOK_TRY(FEXIT, "device_del", "device_del_fexit"),
		},
	},
	{
		.name = "mappings.map",
		.level = LEVEL_MAPPINGS,
		.absent = NEEDS,
		.vital = true,
		.tries = {
			HOOK_TRY_ARGS(6, FEXIT, MAP, "map_fexit_6"),
			HOOK_TRY_IF(kernel_dma_is_direct, FEXIT, "swiotlb_map", "map_fexit_direct"),
			HOOK_TRY_ARGS(7, FEXIT, MAP, "map_fexit_7"),
			HOOK_TRY(KRETPROBE, MAP, "map_kprobe", "map_kretprobe"),
		},
	},
	{
		.name = "mappings.free",
		.level = LEVEL_MAPPINGS,
		.absent = NEEDS_ALLOC,
		.tries = {
			HOOK_TRY_ARGS(3, FENTRY, "swiotlb_free", "free_fentry"),
			HOOK_TRY_ARGS(3, KPROBE, "swiotlb_free", "free_kprobe"),
		},
	},
	{
		.name = "mappings.alloc",
		.level = LEVEL_MAPPINGS,
		.absent = NEEDS_ALLOC,
		.tries = {
			HOOK_TRY_ARGS(2, FEXIT, "swiotlb_alloc", "alloc_fexit"),
			HOOK_TRY_ARGS(2, KRETPROBE, "swiotlb_alloc", "alloc_kprobe",
				 "alloc_kretprobe"),
		},
	},
	{
		.name = "bounces.sync_for_device",
		.level = LEVEL_BOUNCES,
		.absent = NEEDS_SYNC,
		.vital = true,
		.tries = {
			HOOK_TRY(FENTRY, "__" SYNC_DEV, "sync_device_fentry"),
			HOOK_TRY(FENTRY, SYNC_DEV, "sync_device_fentry"),
			HOOK_TRY(KPROBE, SYNC_DEV, "sync_device_kprobe"),
		},
	},
	{
		.name = "bounces.sync_for_cpu",
		.level = LEVEL_BOUNCES,
		.absent = NEEDS_SYNC,
		.vital = true,
		.tries = {
			HOOK_TRY(FENTRY, "__" SYNC_CPU, "sync_cpu_fentry"),
			HOOK_TRY(FENTRY, SYNC_CPU, "sync_cpu_fentry"),
			HOOK_TRY(KPROBE, SYNC_CPU, "sync_cpu_kprobe"),
		},
	},
	{
		.name = "bounces.copy",
		.level = LEVEL_BOUNCES,
		.absent = "copies are not timed: swiotlb_bounce() is inlined or renamed in this kernel",
		.vital = true,
		.tries = {
			HOOK_TRY(FENTRY, "swiotlb_bounce", "bounce_fentry", "bounce_fexit"),
		},
	},
};

/**
 * struct stray - a record outside the shadow
 * @address: of the mapping's slot
 * @note: the record
 */
struct stray {
	uint64_t address;
	struct shadow_record note;
};

/**
 * struct mappings - the ledger
 * @skel: the object
 * @pools: the pools, for the ranges that are there from the start
 * @cpus: entries of a per-CPU value
 * @stacks: stacks are recorded
 * @shadow: the shadow, mapped
 * @shadow_slots: records in it
 * @nr_ranges: ranges handed out
 * @next_base: first record not handed out
 * @marked: what was mapped before the session has been marked
 * @unseen_before: ends without a begin up to then: no loss
 * @strays: what was outside the shadow when last read, by address
 * @nr_strays: how many
 */
struct mappings {
	struct mappings_bpf *skel;
	struct pools *pools;
	unsigned int cpus;
	bool stacks;
	struct shadow_record *shadow;
	uint64_t shadow_slots;
	unsigned int nr_ranges;
	uint64_t next_base;
	bool marked;
	uint64_t unseen_before;
	struct stray *strays;
	size_t nr_strays;
};

static int mappings_open(void *owner, struct bpf_object **object)
{
	struct mappings *mappings = owner;

	mappings->skel = mappings_bpf__open();
	if (!mappings->skel)
		return -errno;
	*object = mappings->skel->obj;
	return 0;
}

/*
 * A pool inside another one shares that one's shadow. A transient one is gone
 * before it could have a shadow: its mapping is a stray.
 */
static bool needs_range(const struct known_pool *pool)
{
	return pool->kind != POOL_DEVICE && pool->kind != POOL_TRANSIENT;
}

static struct shadow_range *find_range(struct mappings *mappings,
				       uint64_t address)
{
	struct shadow_range *ranges = mappings->skel->bss->ranges;

	for (unsigned int i = 0; i < mappings->nr_ranges; i++)
		if (address - ranges[i].start < ranges[i].bytes)
			return &ranges[i];
	return NULL;
}

/* Where there is no place for it, the pool's mappings are strays. */
static void add_range(struct mappings *mappings, const struct pool_record *pool)
{
	struct shadow_range *range;

	if (find_range(mappings, pool->start))
		return;
	if (mappings->nr_ranges == SHADOW_RANGES_MAX ||
	    mappings->next_base + pool->slots > mappings->shadow_slots)
		return;
	range = &mappings->skel->bss->ranges[mappings->nr_ranges++];
	range->start = pool->start;
	range->base = mappings->next_base;
	/* Its length makes it visible to the programs. */
	__atomic_store_n(&range->bytes, pool->end - pool->start,
			 __ATOMIC_RELEASE);
	mappings->next_base += pool->slots;
}

static void add_ranges(struct mappings *mappings, struct pools *pools)
{
	size_t count;
	const struct known_pool *known = pools_known(pools, &count);

	for (size_t i = 0; i < count; i++)
		if (needs_range(&known[i]))
			add_range(mappings, &known[i].record);
}

static uint8_t bucket_of(uint32_t value)
{
	uint8_t bucket = 0;

	while (value >>= 1)
		bucket++;
	return bucket;
}

static void fill_places(struct mappings_bpf *skel)
{
	uint8_t *const tables[] = { skel->rodata->place_of_byte_0,
				    skel->rodata->place_of_byte_1,
				    skel->rodata->place_of_byte_2,
				    skel->rodata->place_of_byte_3 };

	for (unsigned int byte = 0; byte < 4; byte++)
		for (unsigned int value = 0; value < 256; value++)
			tables[byte][value] =
				bucket_of(value << (8 * byte)) *
				sizeof(((struct histogram_record *)0)
					       ->count[0]);
}

/* Here, for its address has to stand in the programs when they are loaded. */
static int make_shadow(struct mappings *mappings)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE);
	struct bpf_map *map = mappings->skel->maps.shadow;
	int fd, error;

	fd = bpf_map_create(
		BPF_MAP_TYPE_ARRAY, bpf_map__name(map), sizeof(__u32),
		mappings->shadow_slots * sizeof(struct shadow_record), 1,
		&options);
	if (fd < 0)
		return -errno;
	/* It keeps a descriptor of its own. */
	error = bpf_map__reuse_fd(map, fd);
	close(fd);
	return error;
}

/* Most mappings go the short way, and none where a stack is wanted of each. */
static int prepare_short_way(struct mappings *mappings)
{
	struct mappings_bpf *skel = mappings->skel;
	const struct shadow_range *first = &skel->bss->ranges[0];
	uint64_t slots = mappings->stacks ? 0 : first->bytes >> TLB_SHIFT;
	int error = constant_write(skel->obj, SHORT_START, first->start);

	if (!error)
		error = constant_write(skel->obj, SHORT_SLOTS, slots);
	if (!error)
		error = constant_write_address(skel->obj, SHORT_SHADOW,
					       skel->maps.shadow);
	return error;
}

static int mappings_prepare(void *owner)
{
	struct mappings *mappings = owner;
	struct mappings_bpf *skel = mappings->skel;
	int error;

	/* Here already: the first map may come while hooks are attached. */
	add_ranges(mappings, mappings->pools);
	error = make_shadow(mappings);
	if (!error)
		error = prepare_short_way(mappings);
	if (error)
		return error;
	fill_places(skel);
	skel->rodata->shadow_slots = mappings->shadow_slots;
	skel->rodata->with_stacks = mappings->stacks;
	skel->rodata->page_shift = __builtin_ctzl(sysconf(_SC_PAGESIZE));
	if (mappings->stacks)
		error = bpf_map__set_max_entries(skel->maps.stacks, STACKS_MAX);
	if (!error && pools_request(mappings->pools)->has_dynamic)
		error = bpf_map__set_max_entries(skel->maps.strays,
						 debug_table(STRAYS_MAX));
	return error;
}

/* Before hooks are attached: with it an allocation is known by its page. */
static void find_pages(struct mappings_bpf *skel)
{
	struct page_array_request request = {};

	if (!program_run(skel->progs.find_page_array, &request,
			 sizeof(request)))
		skel->bss->page_array = request.page_array;
}

/*
 * Record 0 is where the programs look for the device of a slot without a note:
 * it must not be taken for one that is free.
 */
static int reserve_record(struct mappings *mappings)
{
	int fd = bpf_map__fd(mappings->skel->maps.devices);
	struct device_record *cpus = calloc(mappings->cpus, sizeof(*cpus));
	const __u32 zero = 0;
	int error = cpus ? 0 : -ENOMEM;

	for (unsigned int i = 0; i < mappings->cpus && !error; i++)
		cpus[i].device = DEVICE_NOBODY;
	if (!error && bpf_map_update_elem(fd, &zero, cpus, BPF_ANY))
		error = -errno;
	free(cpus);
	return error;
}

static int mappings_load(void *owner)
{
	struct mappings *mappings = owner;
	int error = mappings_bpf__load(mappings->skel);

	if (!error)
		error = reserve_record(mappings);
	if (error)
		return error;
	find_pages(mappings->skel);
	mappings->shadow =
		table_mmap(mappings->skel->maps.shadow, PROT_READ | PROT_WRITE);
	return mappings->shadow ? 0 : -errno;
}

static void mappings_close(void *owner)
{
	struct mappings *mappings = owner;

	if (mappings->skel)
		table_munmap(mappings->shadow, mappings->skel->maps.shadow);
	mappings->shadow = NULL;
	mappings->nr_ranges = 0;
	mappings->next_base = 0;
	mappings->marked = false;
	mappings_bpf__destroy(mappings->skel);
	mappings->skel = NULL;
}

static void *mappings_create(struct pools *pools, bool stacks)
{
	struct mappings *mappings = calloc(1, sizeof(*mappings));
	size_t count;
	const struct known_pool *known = pools_known(pools, &count);

	if (!mappings)
		return NULL;
	mappings->cpus = possible_cpus();
	mappings->stacks = stacks;
	mappings->pools = pools;
	for (size_t i = 0; i < count; i++)
		if (needs_range(&known[i]))
			mappings->shadow_slots += known[i].record.slots;
	if (pools_request(pools)->has_dynamic)
		mappings->shadow_slots += DYNAMIC_SLOTS;
	if (mappings->shadow_slots > SHADOW_SLOTS_MAX)
		mappings->shadow_slots = SHADOW_SLOTS_MAX;
	mappings->shadow_slots = debug_table(mappings->shadow_slots);
	if (!mappings->shadow_slots)
		mappings->shadow_slots = 1;
	return mappings;
}

static void mappings_destroy(void *owner)
{
	struct mappings *mappings = owner;

	free(mappings->strays);
	free(mappings);
}

static struct shadow_record *shadow_at(struct mappings *mappings,
				       uint64_t address)
{
	const struct shadow_range *range = find_range(mappings, address);

	if (!range)
		return NULL;
	return &mappings->shadow[range->base +
				 ((address - range->start) >> TLB_SHIFT)];
}

static int compare_strays(const void *a, const void *b)
{
	const struct stray *left = a, *right = b;

	return left->address < right->address ? -1
					      : left->address > right->address;
}

static int read_strays(struct mappings *mappings)
{
	int fd = bpf_map__fd(mappings->skel->maps.strays);
	uint64_t *last = NULL;
	struct stray stray;

	mappings->nr_strays = 0;
	while (mappings->nr_strays < STRAYS_MAX &&
	       !bpf_map_get_next_key(fd, last, &stray.address)) {
		last = &stray.address;
		if (bpf_map_lookup_elem(fd, &stray.address, &stray.note))
			continue;
		if (!mappings->strays)
			mappings->strays =
				calloc(STRAYS_MAX, sizeof(*mappings->strays));
		if (!mappings->strays)
			return -ENOMEM;
		mappings->strays[mappings->nr_strays++] = stray;
	}
	if (mappings->nr_strays)
		qsort(mappings->strays, mappings->nr_strays,
		      sizeof(*mappings->strays), compare_strays);
	return 0;
}

static const struct shadow_record *stray_at(const struct mappings *mappings,
					    uint64_t address)
{
	const struct stray key = { .address = address }, *found;

	if (!mappings->nr_strays)
		return NULL;
	found = bsearch(&key, mappings->strays, mappings->nr_strays,
			sizeof(key), compare_strays);
	return found ? &found->note : NULL;
}

/**
 * struct live_class - live mappings of a pool that are counted together
 * @device: key of their device; 0 = unknown
 * @stack: id of the stack they come from; negative = none
 * @in_window: made before the window's end
 * @device_index: the device's place in the snapshot
 * @group_index: their group's place there
 */
struct live_class {
	uint64_t device;
	int stack;
	bool in_window;
	size_t device_index;
	size_t group_index;
};

/**
 * struct mapping_walk - a visit of all mappings of one pool
 * @mappings: the ledger
 * @pool: the pool
 * @snap: what is filled in
 * @now: when the visit began
 * @classes: met so far: there are few, so a mapping costs a comparison or two
 * @nr_classes: how many
 * @last: the one met last: most mappings are like their neighbour
 * @error: negative errno; ends the visit
 */
struct mapping_walk {
	struct mappings *mappings;
	const struct known_pool *pool;
	struct snapshot *snap;
	uint64_t now;
	struct live_class *classes;
	size_t nr_classes;
	size_t last;
	int error;
};

/*
 * A copy of a mapping's note, which may end meanwhile: 6.12 may put it behind
 * slots that only align. Without one the copy has no device.
 */
static struct shadow_record copy_note(const struct mapping_walk *walk,
				      uint64_t first, unsigned int slots)
{
	const struct pool_record *record = &walk->pool->record;

	for (unsigned int i = 0; i < slots; i++) {
		uint64_t address = record->start + ((first + i) << TLB_SHIFT);
		const struct shadow_record *note =
			shadow_at(walk->mappings, address);
		struct shadow_record copy = {};

		if (note)
			copy = *note;
		/* Or one from before the pool had a shadow. */
		if (!copy.device && (note = stray_at(walk->mappings, address)))
			copy = *note;
		if (copy.device > SHADOW_BEFORE)
			return copy;
	}
	return (struct shadow_record){};
}

/* A map that has just come wins. */
static void mark_slot_before(struct mappings *mappings, uint64_t address)
{
	const struct shadow_record before = { .device = SHADOW_BEFORE };
	struct shadow_record *note = shadow_at(mappings, address);
	__u64 nobody = 0;

	if (note)
		__atomic_compare_exchange_n(&note->device, &nobody,
					    SHADOW_BEFORE, false,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED);
	else
		bpf_map_update_elem(bpf_map__fd(mappings->skel->maps.strays),
				    &address, &before, BPF_NOEXIST);
}

static void mark_before(uint64_t first, unsigned int slots, void *data)
{
	const struct mapping_walk *walk = data;
	uint64_t address = walk->pool->record.start + (first << TLB_SHIFT);

	if (copy_note(walk, first, slots).device)
		return;
	/* A record outside the shadow ends with its mapping: one is enough. */
	mark_slot_before(walk->mappings, address);
	for (unsigned int i = 1; i < slots; i++)
		if (shadow_at(walk->mappings, address + (i << TLB_SHIFT)))
			mark_slot_before(walk->mappings,
					 address + (i << TLB_SHIFT));
}

static bool device_used(const struct mappings *mappings, uint32_t index)
{
	return mappings->skel->bss->devices_used[index];
}

/* What each CPU counted under @index. */
static int read_device(struct mappings *mappings, uint32_t index,
		       struct device_record *cpus)
{
	if (bpf_map_lookup_elem(bpf_map__fd(mappings->skel->maps.devices),
				&index, cpus))
		return -errno;
	return 0;
}

static int count_unseen(struct mappings *mappings, uint64_t *unseen)
{
	struct device_record *cpus = calloc(mappings->cpus, sizeof(*cpus));
	int error = 0;

	if (!cpus)
		return -ENOMEM;
	*unseen = 0;
	for (uint32_t i = 0; i <= DEVICES_MAX && !error; i++) {
		if (!device_used(mappings, i))
			continue;
		error = read_device(mappings, i, cpus);
		for (unsigned int c = 0; c < mappings->cpus && !error; c++)
			*unseen += cpus[c].ended_unseen;
	}
	free(cpus);
	return error;
}

static int mark_all(struct mappings *mappings, struct pools *pools)
{
	size_t count;
	const struct known_pool *known = pools_known(pools, &count);
	int error = read_strays(mappings);

	if (error)
		return error;
	for (size_t i = 0; i < count; i++) {
		const struct pool_record *record = &known[i].record;
		struct mapping_walk walk = { .mappings = mappings,
					     .pool = &known[i] };
		struct segment_record *segments =
			calloc(slots_segments(record), sizeof(*segments));

		if (!segments)
			return -ENOMEM;
		error = slots_read(pools_reader(pools), record, segments);
		if (!error)
			slots_visit_mappings(record, segments, mark_before,
					     &walk);
		free(segments);
		if (error && error != -EFAULT)
			return error;
	}
	mappings->marked = true;
	return count_unseen(mappings, &mappings->unseen_before);
}

static int mappings_follow(void *owner, struct pools *pools)
{
	struct mappings *mappings = owner;

	add_ranges(mappings, pools);
	return mappings->marked ? 0 : mark_all(mappings, pools);
}

static struct device *find_device(struct snapshot *snap, uint64_t key)
{
	for (size_t i = 0; i < snap->nr_devices; i++)
		if (snap->devices[i].key == key)
			return &snap->devices[i];
	return NULL;
}

static void name_device(struct mappings *mappings, struct device *device)
{
	struct device_request request = { .device = device->key };
	int names = bpf_map__fd(mappings->skel->maps.device_names);

	if (!device->key) {
		snprintf(device->name, sizeof(device->name), "(others)");
		return;
	}
	/* One that has only mapped so far is asked for its name itself. */
	if (bpf_map_lookup_elem(names, &device->key, &request.name) &&
	    (device->gone || program_run(mappings->skel->progs.read_device,
					 &request, sizeof(request))))
		return;
	snprintf(device->name, sizeof(device->name), "%s", request.name.name);
}

static struct device *get_device(struct mappings *mappings,
				 struct snapshot *snap, uint64_t key)
{
	struct device *device = find_device(snap, key), *grown;

	if (device)
		return device;
	grown = reallocarray(snap->devices, snap->nr_devices + 1,
			     sizeof(*grown));
	if (!grown)
		return NULL;
	snap->devices = grown;
	device = &grown[snap->nr_devices++];
	memset(device, 0, sizeof(*device));
	device->key = key;
	device->gone = key & 1;
	device->pool_id = -1;
	device->totals.counted = true;
	name_device(mappings, device);
	return device;
}

static uint64_t count_ended(const struct device_record *record)
{
	uint64_t ended = 0;

	for (unsigned int i = 0; i < RECORD_BUCKETS; i++)
		ended += record->lifetime.count[i];
	return ended;
}

/*
 * Counted when they ended; those that live are added from the shadow. An end
 * that was missed (replaced) is an end all the same.
 */
static void add_counts(struct device *device,
		       const struct device_record *record)
{
	struct mapping_totals *totals = &device->totals;
	uint64_t ended = count_ended(record);

	totals->maps += ended + record->replaced;
	totals->unmaps += ended + record->replaced + record->ended_before +
			  record->ended_unseen;
	totals->syncs += record->syncs;
	totals->bytes += record->bytes;
	totals->bounce_ns += record->bounce_ns;
	for (unsigned int i = 0; i < FAIL_CAUSES; i++)
		totals->failures[i] += record->failures[i];
	for (unsigned int i = 0; i < RECORD_BUCKETS; i++) {
		device->lifetime.count[i] += record->lifetime.count[i];
		device->size.count[i] += record->size.count[i];
	}
}

/**
 * struct mapping_losses - what the counters say was missed
 * @unseen: ends without a begin
 * @replaced: begins without an end
 * @others: calls of devices that share a record
 */
struct mapping_losses {
	uint64_t unseen;
	uint64_t replaced;
	uint64_t others;
};

static int read_devices(struct mappings *mappings, struct snapshot *snap,
			struct mapping_losses *losses)
{
	struct device_record *cpus = calloc(mappings->cpus, sizeof(*cpus));
	int error = cpus ? 0 : -ENOMEM;

	for (uint32_t i = 0; i <= DEVICES_MAX && !error; i++) {
		if (!device_used(mappings, i))
			continue;
		error = read_device(mappings, i, cpus);
		for (unsigned int c = 0; c < mappings->cpus && !error; c++) {
			const struct device_record *record = &cpus[c];
			struct device *device;

			if (i == DEVICES_MAX)
				losses->others += count_ended(record) +
						  record->ended_before +
						  record->ended_unseen;
			else if (!record->device)
				continue;
			if (!record->device && !losses->others)
				continue;
			device = get_device(mappings, snap, record->device);
			if (!device) {
				error = -ENOMEM;
				break;
			}
			add_counts(device, record);
			losses->unseen += record->ended_unseen;
			losses->replaced += record->replaced;
		}
	}
	free(cpus);
	return error;
}

static int read_retired(struct mappings *mappings, struct snapshot *snap,
			struct mapping_losses *losses)
{
	int fd = bpf_map__fd(mappings->skel->maps.retired);
	struct retired_key key, *last = NULL;
	struct device_record record;

	while (!bpf_map_get_next_key(fd, last, &key)) {
		struct device *device;

		last = &key;
		if (bpf_map_lookup_elem(fd, &key, &record))
			continue;
		device = get_device(mappings, snap, key.device);
		if (!device)
			return -ENOMEM;
		add_counts(device, &record);
		losses->unseen += record.ended_unseen;
		losses->replaced += record.replaced;
	}
	return 0;
}

static void copy_stack(struct mappings *mappings, struct stack *stack, int id)
{
	struct call_stack record = {};
	__u32 key = id;

	stack->depth = 0;
	if (!mappings->stacks || id < 0 ||
	    bpf_map_lookup_elem(bpf_map__fd(mappings->skel->maps.stacks), &key,
				&record))
		return;
	while (stack->depth < STACK_DEPTH && record.addr[stack->depth]) {
		stack->addr[stack->depth] = record.addr[stack->depth];
		stack->depth++;
	}
}

static bool same_stack(const struct stack *a, const struct stack *b)
{
	return a->depth == b->depth &&
	       !memcmp(a->addr, b->addr, a->depth * sizeof(*a->addr));
}

static struct mapping_group *get_group(struct snapshot *snap,
				       const struct mapping_group *like)
{
	struct mapping_group *grown;

	for (size_t i = 0; i < snap->nr_live_groups; i++) {
		struct mapping_group *group = &snap->live_groups[i];

		if (group->pool_id == like->pool_id &&
		    group->age_known == like->age_known &&
		    group->leaked == like->leaked &&
		    group->in_window == like->in_window &&
		    group->device_key == like->device_key &&
		    same_stack(&group->stack, &like->stack))
			return group;
	}
	grown = reallocarray(snap->live_groups, snap->nr_live_groups + 1,
			     sizeof(*grown));
	if (!grown)
		return NULL;
	snap->live_groups = grown;
	grown[snap->nr_live_groups] = *like;
	return &grown[snap->nr_live_groups++];
}

/* The others serve devices that have none of their own. */
static bool is_own(enum pool_kind kind)
{
	return kind == POOL_DEVICE || kind == POOL_RESTRICTED;
}

/* Finds or makes the device and the group of a class that is met first. */
static int place_class(struct mapping_walk *walk, struct live_class *class)
{
	struct snapshot *snap = walk->snap;
	struct mapping_group like = {
		.device_key = class->device,
		.pool_id = walk->pool->id,
		.age_known = class->device,
		.in_window = class->in_window,
	}, *group;
	struct device *device = NULL;

	if (class->device) {
		device = get_device(walk->mappings, snap, class->device);
		if (!device)
			return -ENOMEM;
		if (is_own(walk->pool->kind))
			device->pool_id = walk->pool->id;
		like.leaked = device->gone;
		class->device_index = device - snap->devices;
		copy_stack(walk->mappings, &like.stack, class->stack);
	}
	snprintf(like.device, sizeof(like.device), "%s",
		 device ? device->name : walk->pool->record.device);
	group = get_group(snap, &like);
	if (!group)
		return -ENOMEM;
	class->group_index = group - snap->live_groups;
	return 0;
}

static bool same_class(const struct live_class *a, const struct live_class *b)
{
	return a->device == b->device && a->stack == b->stack &&
	       a->in_window == b->in_window;
}

static struct live_class *add_class(struct mapping_walk *walk,
				    const struct live_class *like)
{
	struct live_class *class;
	struct live_class *grown = reallocarray(
		walk->classes, walk->nr_classes + 1, sizeof(*grown));

	if (!grown)
		return NULL;
	walk->classes = grown;
	class = &grown[walk->nr_classes];
	*class = *like;
	if (place_class(walk, class))
		return NULL;
	walk->last = walk->nr_classes++;
	return class;
}

static struct live_class *get_class(struct mapping_walk *walk,
				    const struct live_class *like)
{
	if (walk->nr_classes && same_class(&walk->classes[walk->last], like))
		return &walk->classes[walk->last];
	for (size_t i = 0; i < walk->nr_classes; i++) {
		if (!same_class(&walk->classes[i], like))
			continue;
		walk->last = i;
		return &walk->classes[i];
	}
	return add_class(walk, like);
}

static void count_known(struct mapping_totals *totals, uint64_t bytes,
			uint64_t age, unsigned int slots)
{
	totals->maps++;
	totals->bytes += bytes;
	totals->live++;
	totals->live_slots += slots;
	if (age > totals->oldest_ns)
		totals->oldest_ns = age;
}

static struct live_class class_of(const struct mapping_walk *walk,
				  const struct shadow_record *note)
{
	const uint64_t ended = walk->snap->ended_ns;
	struct live_class class = { .stack = -1 };

	if (!note->device)
		return class;
	class.device = note->device;
	class.in_window = !ended || note->at < ended;
	if (walk->mappings->stacks)
		class.stack = note->stack;
	return class;
}

static void count_mapping(uint64_t first, unsigned int slots, void *data)
{
	struct mapping_walk *walk = data;
	struct snapshot *snap = walk->snap;
	const struct shadow_record note = copy_note(walk, first, slots);
	const struct live_class like = class_of(walk, &note), *class;
	uint64_t bytes = (uint64_t)slots * TLB_SLOT_BYTES, age = 0;
	struct mapping_group *group;

	if (walk->error)
		return;
	class = get_class(walk, &like);
	if (!class) {
		walk->error = -ENOMEM;
		return;
	}
	snap->mappings.live++;
	snap->mappings.live_slots += slots;
	if (note.device) {
		bytes = note.size;
		age = walk->now > note.at ? walk->now - note.at : 0;
		count_known(&snap->devices[class->device_index].totals, bytes,
			    age, slots);
	} else {
		snap->mappings.unknown_age++;
	}
	group = &snap->live_groups[class->group_index];
	group->count++;
	group->bytes += bytes;
	group->slots += slots;
	if (age > group->oldest_ns)
		group->oldest_ns = age;
}

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

static int count_live(struct mappings *mappings, struct pools *pools,
		      struct snapshot *snap)
{
	size_t count;
	const struct known_pool *known = pools_known(pools, &count);

	for (size_t i = 0; i < count; i++) {
		struct mapping_walk walk = { .mappings = mappings,
					     .pool = &known[i],
					     .snap = snap,
					     .now = monotonic_ns() };

		if (known[i].segments)
			slots_visit_mappings(&known[i].record,
					     known[i].segments, count_mapping,
					     &walk);
		free(walk.classes);
		if (walk.error)
			return walk.error;
	}
	return 0;
}

static void sum_devices(struct snapshot *snap)
{
	struct mapping_totals *sum = &snap->mappings;

	for (size_t i = 0; i < snap->nr_devices; i++) {
		const struct mapping_totals *totals = &snap->devices[i].totals;

		sum->maps += totals->maps;
		sum->unmaps += totals->unmaps;
		sum->syncs += totals->syncs;
		sum->bytes += totals->bytes;
		sum->bounce_ns += totals->bounce_ns;
		for (unsigned int f = 0; f < FAILURE_CAUSES; f++)
			sum->failures[f] += totals->failures[f];
		if (totals->oldest_ns > sum->oldest_ns)
			sum->oldest_ns = totals->oldest_ns;
	}
}

/* The descriptor of the pool that a living device maps in; 0 = unknown. */
static uint64_t pool_of_device(const struct mappings *mappings,
			       const struct device *device)
{
	struct device_request request = { .device = device->key };

	if (device->gone || !device->key ||
	    program_run(mappings->skel->progs.read_device, &request,
			sizeof(request)))
		return 0;
	return request.pool;
}

/*
 * Which pool a device uses: its own, which it may share with others, or else
 * the default one.
 */
static void place_devices(const struct mappings *mappings,
			  struct snapshot *snap)
{
	bool own = false;

	for (size_t p = 0; p < snap->nr_pools; p++)
		own |= is_own(snap->pools[p].kind);
	for (size_t i = 0; i < snap->nr_devices; i++) {
		struct device *device = &snap->devices[i];
		uint64_t key = own ? pool_of_device(mappings, device) : 0;

		for (size_t p = 0; p < snap->nr_pools; p++) {
			const struct pool *pool = &snap->pools[p];

			if (pool->key == key ||
			    (pool->kind == POOL_DEFAULT && device->pool_id < 0))
				device->pool_id = pool->id;
		}
	}
}

static uint64_t recursion_misses(const struct mappings *mappings)
{
	struct bpf_program *program;
	uint64_t misses = 0;

	bpf_object__for_each_program(program, mappings->skel->obj)
	{
		struct bpf_prog_info info = {};
		__u32 len = sizeof(info);
		int fd = bpf_program__fd(program);

		if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len))
			misses += info.recursion_misses;
	}
	return misses;
}

static int sum_cpus(struct mappings *mappings, struct mapping_cpu_record *sum)
{
	struct mapping_cpu_record *cpus = calloc(mappings->cpus, sizeof(*cpus));
	__u32 zero = 0;
	int error = cpus ? 0 : -ENOMEM;

	if (!error &&
	    bpf_map_lookup_elem(bpf_map__fd(mappings->skel->maps.mapping_cpus),
				&zero, cpus))
		error = -errno;
	for (unsigned int i = 0; i < mappings->cpus && !error; i++) {
		sum->outside += cpus[i].outside;
		sum->unscanned += cpus[i].unscanned;
		sum->lost_call += cpus[i].lost_call;
		sum->unretired += cpus[i].unretired;
	}
	free(cpus);
	return error;
}

static int add_losses(struct mappings *mappings, struct snapshot *snap,
		      const struct mapping_losses *losses)
{
	struct mapping_cpu_record cpu = {};
	int error = sum_cpus(mappings, &cpu);
	uint64_t unseen = losses->unseen > mappings->unseen_before
				  ? losses->unseen - mappings->unseen_before
				  : 0;
	const struct loss causes[] = {
		{ "mappings.unseen_map",
		  "mappings that ended and were never seen to begin",
		  LEVEL_MAPPINGS, unseen },
		{ "mappings.unseen_unmap",
		  "mappings whose slots were mapped again before an end was seen",
		  LEVEL_MAPPINGS, losses->replaced },
		{ "mappings.recursion",
		  "calls in an interrupt that hit our own program",
		  LEVEL_MAPPINGS, recursion_misses(mappings) },
		{ "mappings.outside",
		  "mappings, mostly in pools that have come meanwhile, for whose record there was no room",
		  LEVEL_MAPPINGS, cpu.outside },
		{ "mappings.devices_full",
		  "calls of devices beyond those counted apart", LEVEL_MAPPINGS,
		  losses->others + cpu.unretired },
		{ "mappings.call_lost",
		  "map calls whose arguments and result could not be paired",
		  LEVEL_MAPPINGS, cpu.lost_call },
		{ "failures.unscanned",
		  "failures whose cause rests on an earlier look at the pool",
		  LEVEL_MAPPINGS, cpu.unscanned },
	};

	for (size_t i = 0; i < sizeof(causes) / sizeof(*causes) && !error; i++)
		error = snapshot_add_loss(snap, causes[i].cause, causes[i].help,
					  causes[i].levels, causes[i].count);
	return error;
}

static int mappings_read(void *owner, struct pools *pools,
			 struct snapshot *snap)
{
	struct mappings *mappings = owner;
	struct mapping_losses losses = {};
	int error;

	snap->mappings.counted = true;
	/*
	 * The slots were read a moment ago: what ended since has no note any
	 * more and is counted as ended, not as live.
	 */
	error = read_devices(mappings, snap, &losses);
	if (!error)
		error = read_retired(mappings, snap, &losses);
	if (!error)
		error = read_strays(mappings);
	if (!error)
		error = count_live(mappings, pools, snap);
	if (!error)
		error = add_losses(mappings, snap, &losses);
	sum_devices(snap);
	place_devices(mappings, snap);
	return error;
}

static const char *pool_at(const struct snapshot *snap, uint64_t address)
{
	for (size_t i = 0; i < snap->nr_pools; i++)
		if (snap->pools[i].start == address &&
		    snap->pools[i].kind != POOL_DEVICE)
			return snap->pools[i].name;
	return "that is gone";
}

/* The shadow is sized by the pools, and so it is told of each. */
static int mappings_parts(void *owner, const struct bpf_map *map,
			  struct snapshot *snap)
{
	const struct mappings *mappings = owner;
	const struct shadow_range *ranges = mappings->skel->bss->ranges;
	uint64_t left = table_bytes(map);
	int error = 0;

	if (map != mappings->skel->maps.shadow)
		return 0;
	for (unsigned int i = 0; i < mappings->nr_ranges && !error; i++) {
		uint64_t slots = ranges[i].bytes >> TLB_SHIFT;
		uint64_t bytes = slots * sizeof(struct shadow_record);
		char name[NAME_LEN + 16];

		snprintf(name, sizeof(name), "shadow of pool %.*s", NAME_LEN,
			 pool_at(snap, ranges[i].start));
		error = snapshot_add_table(snap, mappings_concern.name, name,
					   bytes, false);
		left -= bytes;
	}
	if (left && !error)
		error = snapshot_add_table(snap, mappings_concern.name,
					   "shadow not in use", left, false);
	return error ? error : 1;
}

const struct concern mappings_concern = {
	.name = "mappings",
	.levels = LEVEL_MAPPINGS | LEVEL_BOUNCES,
	.table = { rows, sizeof(rows) / sizeof(*rows) },
	.object = { mappings_open, mappings_prepare, mappings_load,
		    mappings_close },
	.create = mappings_create,
	.destroy = mappings_destroy,
	.follow = mappings_follow,
	.read = mappings_read,
	.parts = mappings_parts,
};
