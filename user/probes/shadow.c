// SPDX-License-Identifier: GPL-2.0-only
#include "probes/shadow.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "probes/slots.h"
#include "util/debug.h"
#include "util/search.h"

#ifdef __x86_64__
#define LOADS_KEEP_ORDER 1
#else
#define LOADS_KEEP_ORDER 0
#endif

/* Slots kept free in the shadow for pools that grow (SWIOTLB_DYNAMIC). */
#define DYNAMIC_SLOTS 65536

/**
 * struct overflow_entry - a record outside the shadow
 * @address: of the mapping's slot
 * @record: the record
 * @placed: a pool is there
 */
struct overflow_entry {
	uint64_t address;
	struct shadow_record record;
	bool placed;
};

/*
 * A pool inside another one shares that pool's shadow. A transient pool is gone
 * before it could have a shadow: its mapping is in the overflow table.
 */
static bool needs_range(const struct known_pool *pool)
{
	return pool->kind != POOL_DEVICE && pool->kind != POOL_TRANSIENT;
}

void shadow_size(struct shadow *shadow, struct pools *pools)
{
	size_t count;
	const struct known_pool *known = pools_known(pools, &count);

	for (size_t i = 0; i < count; i++)
		if (needs_range(&known[i]))
			shadow->slots += known[i].record.slots;
	if (pools_request(pools)->has_dynamic)
		shadow->slots += DYNAMIC_SLOTS;
	if (shadow->slots > SHADOW_SLOTS_MAX)
		shadow->slots = SHADOW_SLOTS_MAX;
	shadow->slots = debug_table(shadow->slots);
	if (!shadow->slots)
		shadow->slots = 1;
}

static inline struct shadow_range *find_range(const struct shadow *shadow,
					      uint64_t address)
{
	struct shadow_range *ranges = shadow->ranges;

	for (unsigned int i = 0; i < shadow->nr_ranges; i++)
		if (address - ranges[i].start < ranges[i].bytes)
			return &ranges[i];
	return NULL;
}

/* If the shadow has no room for the whole pool, the overflow table takes the
 * rest of its mappings.
 */
static void add_range(struct shadow *shadow, const struct pool_record *pool)
{
	uint64_t slots = shadow->slots - shadow->next_base;
	struct shadow_range *range;

	if (find_range(shadow, pool->start))
		return;
	if (shadow->nr_ranges == SHADOW_RANGES_MAX || !slots)
		return;
	if (slots > pool->slots)
		slots = pool->slots;
	range = &shadow->ranges[shadow->nr_ranges++];
	range->start = pool->start;
	range->base = shadow->next_base;
	range->desc = pool->desc;
	/*
	 * Written last: a range with a length is visible to the programs. One
	 * that reads in another order must not run meanwhile.
	 */
	if (!LOADS_KEEP_ORDER && shadow->records)
		programs_end();
	__atomic_store_n(&range->bytes, slots << TLB_SHIFT, __ATOMIC_RELEASE);
	shadow->next_base += slots;
}

void shadow_follow(struct shadow *shadow, struct pools *pools)
{
	size_t count;
	const struct known_pool *known = pools_known(pools, &count);

	for (size_t i = 0; i < count; i++)
		if (needs_range(&known[i]))
			add_range(shadow, &known[i].record);
}

/* Before the load: the array's address is written into the programs. */
static int make_array(struct shadow *shadow)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE);
	struct bpf_map *map = shadow->map;
	int fd, error;

	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, bpf_map__name(map),
			    sizeof(__u32),
			    shadow->slots * sizeof(struct shadow_record), 1,
			    &options);
	if (fd < 0)
		return -errno;
	/* It keeps a descriptor of its own. */
	error = bpf_map__reuse_fd(map, fd);
	close(fd);
	return error;
}

int shadow_create(struct shadow *shadow, struct bpf_map *map,
		  struct shadow_range *ranges, struct pools *pools)
{
	shadow->map = map;
	shadow->ranges = ranges;
	/* Done now, because the first map may come while hooks are attached. */
	shadow_follow(shadow, pools);
	return make_array(shadow);
}

int shadow_map(struct shadow *shadow)
{
	shadow->records = table_mmap(shadow->map, PROT_READ | PROT_WRITE);
	return shadow->records ? 0 : -errno;
}

void shadow_close(struct shadow *shadow)
{
	if (shadow->records)
		table_munmap(shadow->records, shadow->map);
	shadow->records = NULL;
	shadow->map = NULL;
	shadow->ranges = NULL;
	shadow->nr_ranges = 0;
	shadow->next_base = 0;
}

void shadow_release(struct shadow *shadow)
{
	free(shadow->overflow);
	shadow->overflow = NULL;
	shadow->nr_overflow = 0;
}

static inline struct shadow_record *shadow_at(const struct shadow *shadow,
					      uint64_t address)
{
	const struct shadow_range *range = find_range(shadow, address);

	if (!range)
		return NULL;
	return &shadow->records[range->base +
				((address - range->start) >> TLB_SHIFT)];
}

static int compare_overflow(const void *a, const void *b)
{
	const struct overflow_entry *left = a, *right = b;

	return left->address < right->address ? -1
					      : left->address > right->address;
}

static int add_overflow(void *owner, const void *key, const void *value)
{
	struct shadow *shadow = owner;
	struct overflow_entry *entry;

	if (shadow->nr_overflow == OVERFLOW_MAX)
		return 0;
	if (!shadow->overflow)
		shadow->overflow =
			calloc(OVERFLOW_MAX, sizeof(*shadow->overflow));
	if (!shadow->overflow)
		return -ENOMEM;
	entry = &shadow->overflow[shadow->nr_overflow++];
	entry->placed = false;
	memcpy(&entry->address, key, sizeof(entry->address));
	memcpy(&entry->record, value, sizeof(entry->record));
	return 0;
}

int shadow_read_overflow(struct shadow *shadow)
{
	int error;

	shadow->nr_overflow = 0;
	error = table_each(&shadow->overflow_table, add_overflow, shadow);
	if (shadow->nr_overflow)
		qsort(shadow->overflow, shadow->nr_overflow,
		      sizeof(*shadow->overflow), compare_overflow);
	return error;
}

static uint64_t address_of(const void *entry)
{
	return ((const struct overflow_entry *)entry)->address;
}

/* The first overflow entry at @address or behind it. */
static size_t first_overflow(const struct shadow *shadow, uint64_t address)
{
	return search_first(shadow->overflow, shadow->nr_overflow,
			    sizeof(*shadow->overflow), address_of, address);
}

static void place_overflow(struct shadow *shadow, struct pools *pools)
{
	size_t count;
	const struct known_pool *known = pools_known(pools, &count);

	for (size_t i = 0; i < count; i++)
		for (size_t s = first_overflow(shadow, known[i].record.start);
		     s < shadow->nr_overflow &&
		     shadow->overflow[s].address < known[i].record.end;
		     s++)
			shadow->overflow[s].placed = true;
}

/*
 * A live mapping that was made before the search for pools is in one of the
 * pools found. If its device has been removed since, its pool may be one that
 * can no longer be found; such an entry stays.
 */
static bool is_stale(const struct overflow_entry *entry, uint64_t since)
{
	return !entry->placed && entry->record.at < since &&
	       SHADOW_IS_KNOWN(entry->record.device) &&
	       !(entry->record.device & 1);
}

int shadow_collect(struct shadow *shadow, struct pools *pools,
		   const struct bpf_program *collect)
{
	uint64_t since = pools_whole_since(pools);
	int error;

	if (!since || since == shadow->collected_ns)
		return 0;
	shadow->collected_ns = since;
	error = shadow_read_overflow(shadow);
	if (error)
		return error;
	place_overflow(shadow, pools);
	for (size_t i = 0; i < shadow->nr_overflow && !error; i++) {
		struct overflow_request request = {
			.address = shadow->overflow[i].address,
			.at = shadow->overflow[i].record.at,
		};

		if (is_stale(&shadow->overflow[i], since))
			error = program_run(collect, &request, sizeof(request));
	}
	return error;
}

static const struct shadow_record *overflow_at(const struct shadow *shadow,
					       uint64_t address)
{
	const struct overflow_entry key = { .address = address }, *found;

	if (!shadow->nr_overflow)
		return NULL;
	found = bsearch(&key, shadow->overflow, shadow->nr_overflow,
			sizeof(key), compare_overflow);
	return found ? &found->record : NULL;
}

#define RECORD_WORDS (sizeof(struct shadow_record) / sizeof(__u64))

/*
 * A program may write the record meanwhile: if two readings are equal, the copy
 * is consistent. A record that keeps changing is that of a mapping that has
 * just been made or ended.
 */
static inline void read_whole(const struct shadow_record *entry,
			      struct shadow_record *copy)
{
	const volatile __u64 *words = (const void *)entry;
	__u64 first[RECORD_WORDS], differs;

	for (int reading = 0; reading < 3; reading++) {
		for (unsigned int i = 0; i < RECORD_WORDS; i++)
			first[i] = words[i];
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		differs = 0;
		for (unsigned int i = 0; i < RECORD_WORDS; i++)
			differs |= first[i] ^ words[i];
		if (!differs) {
			memcpy(copy, first, sizeof(*copy));
			return;
		}
	}
	*copy = (struct shadow_record){};
}

void shadow_copy(const struct shadow *shadow, uint64_t address,
		 unsigned int slots, struct shadow_record *copy)
{
	bool before = false;

	for (unsigned int i = 0; i < slots; i++, address += TLB_SLOT_BYTES) {
		const struct shadow_record *entry = shadow_at(shadow, address);

		copy->device = 0;
		if (entry)
			read_whole(entry, copy);
		/* Or one from before the pool had a shadow. */
		if (!copy->device && (entry = overflow_at(shadow, address)))
			*copy = *entry;
		if (SHADOW_IS_KNOWN(copy->device))
			return;
		before |= copy->device == SHADOW_BEFORE;
	}
	*copy = (struct shadow_record){ .device = before ? SHADOW_BEFORE : 0 };
}

/* A map that came meanwhile wins. */
static void mark_slot_before(struct shadow *shadow, uint64_t address)
{
	const struct shadow_record before = { .device = SHADOW_BEFORE };
	struct shadow_record *entry = shadow_at(shadow, address);
	__u64 nobody = 0;

	if (entry)
		__atomic_compare_exchange_n(&entry->device, &nobody,
					    SHADOW_BEFORE, false,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED);
	else
		table_add(&shadow->overflow_table, &address, &before);
}

void shadow_mark_before(struct shadow *shadow, uint64_t address,
			unsigned int slots)
{
	struct shadow_record record;

	shadow_copy(shadow, address, slots, &record);
	if (record.device)
		return;
	/* The unmap removes an overflow entry, so one reading is enough. */
	mark_slot_before(shadow, address);
	for (unsigned int i = 1; i < slots; i++)
		if (shadow_at(shadow, address + (i << TLB_SHIFT)))
			mark_slot_before(shadow, address + (i << TLB_SHIFT));
}

/* Records that are tested at once: most have no device. */
#define GROUP 8

static bool group_is_empty(const struct shadow_record *group)
{
	return !(group[0].device | group[1].device | group[2].device |
		 group[3].device | group[4].device | group[5].device |
		 group[6].device | group[7].device);
}

/**
 * struct group - records that stand one behind the other
 * @records: the first one
 * @address: of its slot
 * @count: GROUP of them, or fewer at the end of a range
 */
struct group {
	const struct shadow_record *records;
	uint64_t address;
	uint64_t count;
};

/* The next group of a range with a device, from record @at on; false = none */
static bool next_group(const struct shadow *shadow,
		       const struct shadow_range *range, uint64_t *at,
		       struct group *group)
{
	const struct shadow_record *records = &shadow->records[range->base];
	const uint64_t count = range->bytes >> TLB_SHIFT;
	uint64_t i = *at;

	while (i + GROUP <= count && group_is_empty(&records[i]))
		i += GROUP;
	if (i >= count)
		return false;
	*group = (struct group){
		.records = &records[i],
		.address = range->start + (i << TLB_SHIFT),
		.count = count - i < GROUP ? count - i : GROUP,
	};
	*at = i + group->count;
	return true;
}

static int visit_group(const struct group *group, shadow_visitor visit,
		       void *data)
{
	int error = 0;

	for (uint64_t i = 0; i < group->count && !error; i++)
		if (SHADOW_IS_KNOWN(group->records[i].device))
			error = visit(&group->records[i],
				      group->address + (i << TLB_SHIFT), data);
	return error;
}

static int visit_range(const struct shadow *shadow,
		       const struct shadow_range *range, shadow_visitor visit,
		       void *data)
{
	struct group group;
	uint64_t at = 0;
	int error = 0;

	while (!error && next_group(shadow, range, &at, &group))
		error = visit_group(&group, visit, data);
	return error;
}

int shadow_visit(const struct shadow *shadow, shadow_visitor visit, void *data)
{
	int error = 0;

	for (unsigned int i = 0; i < shadow->nr_ranges && !error; i++)
		error = visit_range(shadow, &shadow->ranges[i], visit, data);
	for (size_t i = 0; i < shadow->nr_overflow && !error; i++)
		if (SHADOW_IS_KNOWN(shadow->overflow[i].record.device))
			error = visit(&shadow->overflow[i].record,
				      shadow->overflow[i].address, data);
	return error;
}

static int add_device(struct live_counts *counts, uint64_t device,
		      int64_t mappings)
{
	struct device_live *grown;

	for (size_t i = 0; i < counts->count; i++) {
		if (counts->devices[i].device != device)
			continue;
		counts->devices[i].mappings += mappings;
		counts->latest = i;
		return 0;
	}
	grown = reallocarray(counts->devices, counts->count + 1,
			     sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	counts->devices = grown;
	grown[counts->count] = (struct device_live){ device, mappings };
	counts->latest = counts->count++;
	return 0;
}

int live_counts_add(struct live_counts *counts, uint64_t device,
		    int64_t mappings)
{
	if (counts->latest >= counts->count ||
	    counts->devices[counts->latest].device != device)
		return add_device(counts, device, mappings);
	counts->devices[counts->latest].mappings += mappings;
	return 0;
}

static int add_same(struct live_counts *counts, const struct device_live *same)
{
	return same->mappings
		       ? live_counts_add(counts, same->device, same->mappings)
		       : 0;
}

int64_t live_counts_get(const struct live_counts *counts, uint64_t device)
{
	for (size_t i = 0; i < counts->count; i++)
		if (counts->devices[i].device == device)
			return counts->devices[i].mappings;
	return 0;
}

/*
 * How many records of a whole group are of @device; false = some are of others.
 * Without a branch for each, as most groups are alike. Each is read once.
 */
static bool count_alike(const struct group *group, uint64_t device,
			int64_t *count)
{
	const volatile struct shadow_record *of = group->records;
	const uint64_t a = of[0].device, b = of[1].device, c = of[2].device,
		       d = of[3].device, e = of[4].device, f = of[5].device,
		       g = of[6].device, h = of[7].device;
	const int used = !!a + !!b + !!c + !!d + !!e + !!f + !!g + !!h;

	*count = (a == device) + (b == device) + (c == device) + (d == device) +
		 (e == device) + (f == device) + (g == device) + (h == device);
	return *count == used;
}

/*
 * Those that began before a time; 0 = all. Most are of the same device as the
 * one before, and are added together. Programs write the record meanwhile, so
 * its device is read once.
 */
static int count_group(struct live_counts *counts, struct device_live *same,
		       const struct group *group, uint64_t before_ns)
{
	int64_t alike;
	int error = 0;

	if (!before_ns && group->count == GROUP && same->device &&
	    count_alike(group, same->device, &alike)) {
		same->mappings += alike;
		return 0;
	}
	for (uint64_t i = 0; i < group->count && !error; i++) {
		const volatile struct shadow_record *entry = &group->records[i];
		const uint64_t device = entry->device;

		if (!SHADOW_IS_KNOWN(device) ||
		    (before_ns && entry->at >= before_ns))
			continue;
		if (device == same->device) {
			same->mappings++;
			continue;
		}
		error = add_same(counts, same);
		*same = (struct device_live){ device, 1 };
	}
	return error;
}

static int count_range(const struct shadow *shadow,
		       const struct shadow_range *range, uint64_t before_ns,
		       struct live_counts *counts)
{
	struct device_live same = { 0 };
	struct group group;
	uint64_t at = 0;
	int error = 0;

	while (!error && next_group(shadow, range, &at, &group))
		error = count_group(counts, &same, &group, before_ns);
	return error ? error : add_same(counts, &same);
}

int shadow_count(const struct shadow *shadow, struct live_counts *counts)
{
	int error = 0;

	counts->count = 0;
	for (unsigned int i = 0; i < shadow->nr_ranges && !error; i++)
		error = count_range(shadow, &shadow->ranges[i], 0, counts);
	for (size_t i = 0; i < shadow->nr_overflow && !error; i++)
		if (SHADOW_IS_KNOWN(shadow->overflow[i].record.device))
			error = live_counts_add(
				counts, shadow->overflow[i].record.device, 1);
	return error;
}

static bool is_in_pool(const struct known_pool *known, size_t count,
		       uint64_t address)
{
	for (size_t i = 0; i < count; i++)
		if (address >= known[i].record.start &&
		    address < known[i].record.end)
			return true;
	return false;
}

int shadow_count_settled(const struct shadow *shadow, struct pools *pools,
			 uint64_t before_ns, struct live_counts *counts)
{
	size_t count;
	const struct known_pool *known = pools_known(pools, &count);
	int error = 0;

	for (unsigned int i = 0; i < shadow->nr_ranges && !error; i++)
		if (is_in_pool(known, count, shadow->ranges[i].start))
			error = count_range(shadow, &shadow->ranges[i],
					    before_ns, counts);
	return error;
}

int shadow_visit_gone(const struct shadow *shadow, struct pools *pools,
		      shadow_visitor visit, void *data)
{
	size_t count;
	const struct known_pool *known = pools_known(pools, &count);
	int error = 0;

	for (unsigned int i = 0; i < shadow->nr_ranges && !error; i++)
		if (!is_in_pool(known, count, shadow->ranges[i].start))
			error = visit_range(shadow, &shadow->ranges[i], visit,
					    data);
	for (size_t i = 0; i < shadow->nr_overflow && !error; i++)
		if (shadow->overflow[i].record.device > SHADOW_BEFORE &&
		    !is_in_pool(known, count, shadow->overflow[i].address))
			error = visit(&shadow->overflow[i].record,
				      shadow->overflow[i].address, data);
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

int shadow_describe(const struct shadow *shadow, const char *concern,
		    struct snapshot *snap)
{
	uint64_t left = table_bytes(shadow->map);
	int error = 0;

	for (unsigned int i = 0; i < shadow->nr_ranges && !error; i++) {
		const struct shadow_range *range = &shadow->ranges[i];
		uint64_t bytes = (range->bytes >> TLB_SHIFT) *
				 sizeof(struct shadow_record);
		char name[NAME_LEN + 16];

		snprintf(name, sizeof(name), "shadow of pool %.*s", NAME_LEN,
			 pool_at(snap, range->start));
		error = snapshot_add_table(snap, concern, name, bytes, false);
		left -= bytes;
	}
	if (left && !error)
		error = snapshot_add_table(snap, concern, "shadow not in use",
					   left, false);
	return error;
}
