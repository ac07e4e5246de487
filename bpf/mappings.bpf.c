// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mappings: every map and unmap, so each instruction here is paid for on
 * every one of them.
 *
 * Making a mapping only leaves a note in the shadow of its first slot; ending
 * it reads the note and counts. What is live, and thus what leaks, is read
 * from the slots themselves: a call that is missed costs a detail, and which
 * detail is counted.
 */
#include "layout.bpf.h"

#include <bpf/bpf_tracing.h>

#include "include/mappings.h"

#define MAPPING_ERROR (~0ull)

#define likely(condition)   __builtin_expect(!!(condition), 1)
#define unlikely(condition) __builtin_expect(!!(condition), 0)

/* In assembly: a number from a header. */
#define CONSTANT_TEXT(number) #number
#define CONSTANT(number)      CONSTANT_TEXT(number)

/*
 * Of a stack taken at fexit these are the program's and its trampoline's; and
 * that of the program's function, where one takes the stack.
 */
#define FEXIT_FRAMES	2
#define FUNCTION_FRAMES (FEXIT_FRAMES + 1)

/* Scans of a whole pool that one CPU may do in each window. */
#define SCANS_MAX	100u
#define SCANS_WINDOW_NS 100000000ull
/* Segments that one scan visits at most: 256 MiB of pool. */
#define SCAN_SEGMENTS_MAX 1024u
#define SCAN_AREAS_MAX	  1024u

/* Set before the load. */
const volatile bool with_stacks;
const volatile __u32 page_shift;

/* Where the array of struct page begins. Written by the loader. */
__u64 page_array;

/* All ranges, the default pool's first. Written by the loader. */
struct shadow_range ranges[SHADOW_RANGES_MAX];

/* The records of devices that any CPU has used: the others need no look. */
bool devices_used[DEVICES_MAX + 1];

/* Records of the shadow. Set before the load. */
const volatile __u32 shadow_slots;

/*
 * One value that has them all, made by the loader: an instruction can hold its
 * address, where a look-up would have to find each.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct shadow_record);
} shadow SEC(".maps");

/*
 * By address of the first slot. Preallocated: when a pool is full all mappings
 * come here at once, faster than memory could be had in a program.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, STRAYS_FEW); /* STRAYS_MAX where pools grow */
	__type(key, __u64);
	__type(value, struct shadow_record);
} strays SEC(".maps");

/* By hash of the device's address, each CPU for itself. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, DEVICES_MAX + 1);
	__type(key, __u32);
	__type(value, struct device_record);
} devices SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, DEVICES_MAX * 2);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct device_name_record);
} device_names SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct mapping_cpu_record);
} mapping_cpus SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 1); /* 1024 with stacks, set before the load */
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct call_stack));
} stacks SEC(".maps");

/* A copy of one segment's slots: too large for the stack. */
struct segment_copy {
	__u8 slot[TLB_SEGMENT_SLOTS * LAYOUT_SLOT_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct segment_copy);
} copies SEC(".maps");

static __always_inline struct mapping_cpu_record *this_cpu(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&mapping_cpus, &zero);
}

/*
 * Where in a histogram a number is counted, in bytes, by its highest byte that
 * is not 0: a table for each of the four that this may be. Set before the load.
 */
const volatile __u8 place_of_byte_0[256];
const volatile __u8 place_of_byte_1[256];
const volatile __u8 place_of_byte_2[256];
const volatile __u8 place_of_byte_3[256];

/*
 * Four comparisons at most: a chain of shifts takes twice the instructions.
 * Where a table might lead to is still in the record.
 */
static __always_inline __u32 place_of(__u64 value)
{
	if (likely(value < 1u << 16)) {
		if (likely(value >= 1u << 8))
			return place_of_byte_1[value >> 8];
		return place_of_byte_0[value];
	}
	if (value < 1u << 24)
		return place_of_byte_2[value >> 16];
	if (value < 1ull << 32)
		return place_of_byte_3[value >> 24];
	return sizeof(struct histogram_record) - sizeof(__u64);
}

/*
 * The histogram is added last, as an offset then costs nothing; and the record
 * to the place, which the compiler does not keep for more, as it would the
 * record.
 */
static __always_inline void count_value(struct device_record *record,
					__u64 histogram, __u64 value)
{
	void *counter = (void *)(__u64)place_of(value);

	asm("%0 += %1" : "+r"(counter) : "r"(record));
	++*(__u64 *)(counter + histogram);
}

#define LIFETIME offsetof(struct device_record, lifetime)
#define SIZE	 offsetof(struct device_record, size)

/*
 * The first range, where the short way goes, and the shadow's address: written
 * into the instructions by the loader.
 *
 * Return: the shadow of the slot at @address; NULL off the short way
 */
static __always_inline struct shadow_record *short_shadow_of(__u64 address)
{
	struct shadow_record *note;
	__u64 start, slot;

	asm volatile("%0 = " CONSTANT(SHORT_START) " ll" : "=r"(start));
	slot = (address - start) >> TLB_SHIFT;
	asm volatile goto("if %0 >= " CONSTANT(SHORT_SLOTS) " goto %l[outside]"
			  :
			  : "r"(slot)
			  :
			  : outside);
	/* In one piece, so that what was compared is what is added. */
	asm volatile("%0 = " CONSTANT(SHORT_SHADOW) " ll; %1 *= %2; %0 += %1"
		     : "=&r"(note), "+r"(slot)
		     : "i"(sizeof(*note)));
	/* Known here, but not to the compiler, and a check would cost two. */
	if (!note)
		__builtin_unreachable();
	return note;
outside:
	return NULL;
}

/* Return: a record of the shadow; NULL beyond its end */
static __always_inline struct shadow_record *shadow_at(__u64 index)
{
	__u32 zero = 0;
	struct shadow_record *first = bpf_map_lookup_elem(&shadow, &zero);

	if (!first || index >= shadow_slots)
		return NULL;
	/* What was compared is what is multiplied. */
	barrier_var(index);
	return first + index;
}

/* Return: the shadow of the slot at @address; NULL outside all ranges */
static __noinline struct shadow_record *shadow_of(__u64 address)
{
	for (__u32 i = 0; i < SHADOW_RANGES_MAX; i++) {
		__u64 offset = address - ranges[i].start;

		if (!ranges[i].bytes)
			break;
		if (offset < ranges[i].bytes)
			return shadow_at(ranges[i].base +
					 (offset >> TLB_SHIFT));
	}
	return NULL;
}

static __noinline int remember_name(__u64 dev)
{
	struct device_name_record name = {};

	layout_device_name(dev, name.name);
	bpf_map_update_elem(&device_names, &dev, &name, BPF_NOEXIST);
	return 0;
}

static __always_inline void mark_used(__u32 index)
{
	if (index <= DEVICES_MAX)
		devices_used[index] = true;
}

/* 32 bits of the address do: one multiplication, and nothing to be masked. */
static __always_inline __u32 device_hash(__u64 dev)
{
	return (__u32)dev * 0x9e3779b1u >> (32 - DEVICES_BITS);
}

static __noinline struct device_record *find_device(__u64 dev)
{
	__u32 hash = device_hash(dev);
	__u32 others = DEVICES_MAX;

	for (__u32 i = 0; i < DEVICES_PROBES; i++) {
		__u32 index = (hash + i) & (DEVICES_MAX - 1);
		struct device_record *record =
			bpf_map_lookup_elem(&devices, &index);

		if (!record)
			return NULL;
		if (record->device == dev)
			return record;
		if (record->device)
			continue;
		record->device = dev;
		mark_used(index);
		remember_name(dev);
		return record;
	}
	mark_used(others);
	return bpf_map_lookup_elem(&devices, &others);
}

/* Where a device's record is if no other device has its place. */
static __always_inline struct device_record *likely_device(__u64 dev)
{
	__u32 index = device_hash(dev);

	return bpf_map_lookup_elem(&devices, &index);
}

static __always_inline struct device_record *device_of(__u64 dev)
{
	struct device_record *record = likely_device(dev);

	return record && record->device == dev ? record : find_device(dev);
}

static __noinline int count_replaced(__u64 dev, __u64 size)
{
	struct device_record *record = device_of(dev);

	if (!record)
		return 0;
	record->replaced++;
	record->bytes += size;
	count_value(record, SIZE, size);
	return 0;
}

static __noinline int count_outside(void)
{
	struct mapping_cpu_record *cpu = this_cpu();

	if (cpu)
		cpu->outside++;
	return 0;
}

static __always_inline __u64 stray_key(__u64 address)
{
	return address & ~(TLB_SLOT_BYTES - 1ull);
}

/* A mapping outside all shadows: what take_note() is inside of one. */
static __noinline int take_stray(__u64 dev, __u64 size, __u64 address,
				 __s32 stack)
{
	struct shadow_record note = {
		.device = dev,
		.at = bpf_ktime_get_ns(),
		.size = size,
		.stack = stack,
	};
	__u64 key = stray_key(address);
	struct shadow_record *old = bpf_map_lookup_elem(&strays, &key);

	if (old && old->device > SHADOW_BEFORE)
		count_replaced(old->device, old->size);
	if (bpf_map_update_elem(&strays, &key, &note, BPF_ANY))
		count_outside();
	return 0;
}

/*
 * The device comes last, for it is what makes a note: one who reads meanwhile
 * finds either none or a whole one.
 */
static __always_inline int take_note(struct shadow_record *note,
				     const __u64 *dev, const __u64 *size,
				     __u64 now)
{
	note->size = *size;
	note->at = now;
	barrier();
	note->device = *dev;
	return 0;
}

/* The long way: any range or none, and stacks. */
static __always_inline int map_ends(void *ctx, __u32 skip, __u64 dev,
				    __u64 size, __u64 address)
{
	__s32 stack = with_stacks ? bpf_get_stackid(ctx, &stacks, skip) : -1;
	struct shadow_record *note = shadow_of(address);

	if (!note)
		return take_stray(dev, size, address, stack);
	if (note->device > SHADOW_BEFORE)
		count_replaced(note->device, note->size);
	note->device = 0;
	barrier();
	take_note(note, &dev, &size, bpf_ktime_get_ns());
	note->stack = stack;
	return 0;
}

/**
 * struct scan - a search for the longest run of free slots
 * @pool: where
 * @free: free slots by the areas' counters
 * @area_free: most free slots of one area
 * @longest: longest run found
 * @wanted: the search ends when a run is that long
 */
struct scan {
	struct pool_record pool;
	__u64 free;
	__u64 area_free;
	__u32 longest;
	__u32 wanted;
};

static long scan_area(__u64 index, struct scan *scan)
{
	__u64 used = 0, free;

	if (index >= scan->pool.areas)
		return 1;
	bpf_probe_read_kernel(&used, sizeof(used),
			      (void *)(scan->pool.areas_addr +
				       index * layout_area_bytes() +
				       layout_used_offset()));
	free = used < scan->pool.area_slots ? scan->pool.area_slots - used : 0;
	scan->free += free;
	if (free > scan->area_free)
		scan->area_free = free;
	return 0;
}

/* A global function, so that the verifier goes through it once. */
__noinline __u32 longest_run(const struct segment_copy *copy)
{
	__u32 longest = 0;

	if (!copy)
		return 0;
	for (__u32 i = 0; i < TLB_SEGMENT_SLOTS; i++) {
		__u32 list =
			layout_slot_list(copy->slot + i * layout_slot_bytes());
		__u64 shorter = (__u64)longest - list;

		barrier_var(shorter);
		shorter >>= 63;
		barrier_var(shorter);
		longest ^= (longest ^ list) & -(__u32)shorter;
	}
	return longest;
}

static long scan_segment(__u64 index, struct scan *scan)
{
	__u64 first = index * TLB_SEGMENT_SLOTS;
	__u32 zero = 0, longest;
	struct segment_copy *copy = bpf_map_lookup_elem(&copies, &zero);

	if (!copy || first + TLB_SEGMENT_SLOTS > scan->pool.slots ||
	    bpf_probe_read_kernel(copy, TLB_SEGMENT_SLOTS * layout_slot_bytes(),
				  (void *)(scan->pool.slots_addr +
					   first * layout_slot_bytes())))
		return 1;
	longest = longest_run(copy);
	if (longest > scan->longest)
		scan->longest = longest;
	return scan->longest >= scan->wanted;
}

/* A storm of failures must not become a storm of scans. */
static __always_inline bool may_scan(struct mapping_cpu_record *cpu)
{
	__u64 now = bpf_ktime_get_ns();

	if (now - cpu->scan_window > SCANS_WINDOW_NS) {
		cpu->scan_window = now;
		cpu->scans = 0;
	}
	return cpu->scans++ < SCANS_MAX;
}

static __always_inline __u64 min_align_mask(__u64 dev)
{
	struct device *device = (void *)dev;
	struct device_dma_parameters *parms = BPF_CORE_READ(device, dma_parms);

	return parms ? BPF_CORE_READ(parms, min_align_mask) : 0;
}

/*
 * Why a request failed, from the pool as it is right after. The limit is that
 * of swiotlb_max_mapping_size(); an area has fewer free slots than wanted only
 * when all others do too, as all of them are searched.
 *
 * A global function for the same reason as longest_run().
 */
__noinline __u32 failure_cause(__u64 dev, __u64 orig, __u64 size)
{
	struct mapping_cpu_record *cpu = this_cpu();
	__u64 align = min_align_mask(dev), limit, wanted;
	struct scan scan = {};

	limit = TLB_SEGMENT_SLOTS * TLB_SLOT_BYTES;
	if (align)
		limit -=
			(align + TLB_SLOT_BYTES - 1) & ~(TLB_SLOT_BYTES - 1ull);
	if (size > limit)
		return FAIL_OVERSIZE;
	wanted = (size + (orig & align & (TLB_SLOT_BYTES - 1)) +
		  TLB_SLOT_BYTES - 1) >>
		 TLB_SHIFT;
	if (!cpu || !layout_read_pool(layout_mem_desc(layout_device_mem(dev)),
				      &scan.pool))
		return FAIL_EXHAUSTED;
	scan.wanted = wanted;
	bpf_loop(SCAN_AREAS_MAX, scan_area, &scan, 0);
	if (scan.free < wanted)
		return FAIL_EXHAUSTED;
	if (scan.area_free < wanted)
		return FAIL_FRAGMENTED;
	if (may_scan(cpu)) {
		bpf_loop(SCAN_SEGMENTS_MAX, scan_segment, &scan, 0);
		cpu->longest = scan.longest;
	} else {
		cpu->unscanned++;
	}
	return cpu->longest >= wanted ? FAIL_ALIGNMENT : FAIL_FRAGMENTED;
}

static __noinline int map_fails(__u64 dev, __u64 orig, __u64 size)
{
	struct device_record *record = device_of(dev);
	__u32 cause = failure_cause(dev, orig, size);

	/* The compiler, which sees into it, would leave out the check. */
	barrier_var(cause);
	if (record && cause < FAIL_CAUSES)
		record->failures[cause]++;
	return 0;
}

/*
 * As a number: the verifier allows a typed argument to be stored, but refuses
 * arithmetic on it.
 */
static __always_inline __u64 device_argument(void *ctx)
{
	__u64 dev = 0;

	bpf_get_func_arg(ctx, 0, &dev);
	return dev;
}

/* @size, @address: of the request, of the slot */
static __noinline int traced_map_ends(__u64 *ctx, __u64 size, __u64 address)
{
	__u64 dev = device_argument(ctx);

	if (address == MAPPING_ERROR)
		return map_fails(dev, ctx[1], size);
	return map_ends(ctx, FUNCTION_FRAMES, dev, size, address);
}

/* Whether the short way serves: a slot in the first range, without a note. */
static __always_inline bool is_vacant(const struct shadow_record *note)
{
	return note && note->device <= SHADOW_BEFORE;
}

/*
 * The clock is read first, as a call leaves no register as it was.
 *
 * @size: which argument has the size that is allocated
 * @result: where what the function returns stands behind them
 */
static __always_inline int traced_map(__u64 *ctx, __u32 size, __u32 result)
{
	__u64 *const volatile kept = ctx;
	__u64 now = bpf_ktime_get_ns();
	struct shadow_record *note;

	ctx = kept;
	note = short_shadow_of(ctx[result]);
	if (unlikely(!is_vacant(note)))
		return traced_map_ends(ctx, ctx[size], ctx[result]);
	return take_note(note, &ctx[0], &ctx[size], now);
}

/* 6.9 and later, without the separate size to allocate. */
SEC("fexit/swiotlb_tbl_map_single")
int map_fexit_6(__u64 *ctx)
{
	return traced_map(ctx, 2, 6);
}

/* Before that; attaches where a trampoline takes 7 arguments (6.6). */
SEC("fexit/swiotlb_tbl_map_single")
int map_fexit_7(__u64 *ctx)
{
	return traced_map(ctx, 3, 7);
}

/*
 * With kernel_dma_is_direct() this sees all maps where a trampoline takes six
 * arguments. The address that it returns is the bus address, which is the
 * physical one on x86-64.
 */
SEC("fexit/swiotlb_map")
int map_fexit_direct(__u64 *ctx)
{
	return traced_map(ctx, 2, 5);
}

/*
 * A return probe sees no arguments, so the entry leaves them on a small stack
 * of its CPU: interrupts nest, and each takes its own off again.
 */
#define CALLS_MAX 8u

struct map_call {
	__u64 task;
	__u64 dev;
	__u64 orig;
	__u64 size;
};

struct map_calls {
	struct map_call call[CALLS_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct map_calls);
} map_calls SEC(".maps");

static __always_inline void call_begins(__u64 dev, __u64 orig, __u64 size)
{
	__u32 zero = 0;
	struct map_calls *calls = bpf_map_lookup_elem(&map_calls, &zero);
	struct mapping_cpu_record *cpu;

	if (!calls)
		return;
	for (__u32 i = 0; i < CALLS_MAX; i++) {
		struct map_call *call = &calls->call[i];

		if (call->task)
			continue;
		call->task = bpf_get_current_task();
		call->dev = dev;
		call->orig = orig;
		call->size = size;
		return;
	}
	/* Full of calls whose return was missed, or moved to another CPU. */
	for (__u32 i = 0; i < CALLS_MAX; i++)
		calls->call[i].task = 0;
	cpu = this_cpu();
	if (cpu)
		cpu->lost_call += CALLS_MAX;
}

/* Return: true, and the newest call of this task is taken off. */
static __always_inline bool call_ends(struct map_call *ended)
{
	__u64 task = bpf_get_current_task();
	__u32 zero = 0;
	struct map_calls *calls = bpf_map_lookup_elem(&map_calls, &zero);
	struct mapping_cpu_record *cpu;

	if (!calls)
		return false;
	for (__s32 i = CALLS_MAX - 1; i >= 0; i--) {
		struct map_call *call = &calls->call[i & (CALLS_MAX - 1)];

		if (call->task != task)
			continue;
		*ended = *call;
		call->task = 0;
		return true;
	}
	cpu = this_cpu();
	if (cpu)
		cpu->lost_call++;
	return false;
}

SEC("kprobe/swiotlb_tbl_map_single")
int BPF_KPROBE(map_kprobe, void *dev, __u64 orig, __u64 mapping_size,
	       __u64 alloc_size)
{
	call_begins((__u64)dev, orig, alloc_size);
	return 0;
}

SEC("kretprobe/swiotlb_tbl_map_single")
int BPF_KRETPROBE(map_kretprobe, __u64 address)
{
	struct shadow_record *note;
	struct map_call call;

	if (!call_ends(&call))
		return 0;
	note = short_shadow_of(address);
	if (likely(is_vacant(note)))
		return take_note(note, &call.dev, &call.size,
				 bpf_ktime_get_ns());
	if (address == MAPPING_ERROR)
		return map_fails(call.dev, call.orig, call.size);
	return map_ends(ctx, 0, call.dev, call.size, address);
}

static __noinline int count_unseen(__u64 dev, __u64 note_device)
{
	struct device_record *record = device_of(dev);

	if (!record)
		return 0;
	if (note_device == SHADOW_BEFORE)
		record->ended_before++;
	else
		record->ended_unseen++;
	return 0;
}

/* Return: 1 when the mapping had a record outside all shadows. */
static __noinline int stray_ends(__u64 dev, __u64 address)
{
	__u64 key = stray_key(address);
	struct shadow_record *found = bpf_map_lookup_elem(&strays, &key), note;
	struct device_record *record;

	if (!found)
		return 0;
	note = *found;
	bpf_map_delete_elem(&strays, &key);
	if (note.device <= SHADOW_BEFORE) {
		count_unseen(dev, note.device);
		return 1;
	}
	record = device_of(note.device);
	if (!record)
		return 1;
	record->bytes += note.size;
	count_value(record, SIZE, note.size);
	count_value(record, LIFETIME, bpf_ktime_get_ns() - note.at);
	return 1;
}

/* An end without a note in a shadow. */
static __noinline int unnoted_ends(__u64 dev, __u64 address, __u64 note_device)
{
	if (note_device == SHADOW_BEFORE || !stray_ends(dev, address))
		count_unseen(dev, note_device);
	return 0;
}

/* How many ended is the sum of their lifetimes' histogram. */
static __always_inline int count_end(struct device_record *record,
				     struct shadow_record *note, __u64 now)
{
	record->bytes += note->size;
	count_value(record, SIZE, note->size);
	count_value(record, LIFETIME, now - note->at);
	note->device = 0;
	return 0;
}

/* The long way: any range or none, and mappings without a note. */
static __noinline int unmap_begins(__u64 dev, __u64 address)
{
	struct shadow_record *note = shadow_of(address);
	struct device_record *record;

	if (!note)
		return unnoted_ends(dev, address, 0);
	if (note->device > SHADOW_BEFORE) {
		record = device_of(note->device);
		return record ? count_end(record, note, bpf_ktime_get_ns()) : 0;
	}
	unnoted_ends(dev, address, note->device);
	note->device = 0;
	return 0;
}

/*
 * The short way: a note in the first range, of a device whose record is where
 * it is looked for first. That of no note, or of one from before the session,
 * is in no record. What is kept across calls is kept on the stack, which costs
 * less than to save a register, and the device is read twice.
 *
 * Return: whether that served.
 */
static __always_inline bool ends_shortly(__u64 address)
{
	struct shadow_record *note = short_shadow_of(address);
	struct shadow_record *const volatile kept_note = note;
	struct device_record *record;
	volatile __u64 now;
	__u32 index;

	if (unlikely(!note))
		return false;
	index = device_hash(note->device);
	now = bpf_ktime_get_ns();
	record = bpf_map_lookup_elem(&devices, &index);
	note = kept_note;
	if (unlikely(!record || record->device != note->device))
		return false;
	count_end(record, note, now);
	return true;
}

SEC("fentry")
int unmap_fentry(__u64 *ctx)
{
	__u64 *const volatile kept = ctx;

	return likely(ends_shortly(ctx[1]))
		       ? 0
		       : unmap_begins(device_argument(kept), kept[1]);
}

SEC("kprobe")
int BPF_KPROBE(unmap_kprobe, void *dev, __u64 address)
{
	return likely(ends_shortly(address))
		       ? 0
		       : unmap_begins((__u64)dev, address);
}

/*
 * Coherent memory of a device with a restricted pool is a mapping as well: it
 * takes slots, from swiotlb_alloc() to swiotlb_free(), and both speak of it by
 * its page.
 */

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

static __always_inline int alloc_ends(void *ctx, __u32 skip, __u64 dev,
				      __u64 size, __u64 page)
{
	__u64 address = pool_address(dev, page);

	if (!page)
		return map_fails(dev, 0, size);
	if (!address)
		return count_outside();
	return map_ends(ctx, skip, dev, size, address);
}

/* It is asked about all coherent memory, and told by the page which is its. */
static __always_inline int free_begins(__u64 dev, __u64 page)
{
	__u64 address = pool_address(dev, page);

	return address ? unmap_begins(dev, address) : 0;
}

SEC("fexit/swiotlb_alloc")
int alloc_fexit(__u64 *ctx)
{
	__u64 page = 0;

	bpf_get_func_ret(ctx, &page);
	return alloc_ends(ctx, FEXIT_FRAMES, device_argument(ctx), ctx[1],
			  page);
}

SEC("kprobe/swiotlb_alloc")
int BPF_KPROBE(alloc_kprobe, void *dev, __u64 size)
{
	call_begins((__u64)dev, 0, size);
	return 0;
}

SEC("kretprobe/swiotlb_alloc")
int BPF_KRETPROBE(alloc_kretprobe, __u64 page)
{
	struct map_call call;

	return call_ends(&call) ? alloc_ends(ctx, 0, call.dev, call.size, page)
				: 0;
}

SEC("fentry/swiotlb_free")
int free_fentry(__u64 *ctx)
{
	__u64 page = 0;

	bpf_get_func_arg(ctx, 1, &page);
	return free_begins(device_argument(ctx), page);
}

SEC("kprobe/swiotlb_free")
int BPF_KPROBE(free_kprobe, void *dev, __u64 page)
{
	return free_begins((__u64)dev, page);
}

/* Memory sections in all; a search for the first one ends here at the latest.
 */
#define SECTIONS_MAX (1u << 17)
/* struct mem_section.section_mem_map: there is memory; and its flag bits. */
#define SECTION_HAS_MAP	  2ull
#define SECTION_MAP_FLAGS 4095ull

struct section_search {
	__u64 roots;
	__u64 page_array;
};

static long look_at_section(__u64 index, struct section_search *search)
{
	__u64 each = bpf_core_type_size(struct mem_section);
	__u64 per_root = (1ull << page_shift) / each, root = 0, map = 0;
	__u64 *slot = (__u64 *)search->roots + index / per_root;

	if (bpf_probe_read_kernel(&root, sizeof(root), slot))
		return 1;
	if (!root ||
	    bpf_probe_read_kernel(&map, sizeof(map),
				  (void *)(root + index % per_root * each)) ||
	    !(map & SECTION_HAS_MAP))
		return 0;
	search->page_array = map & ~SECTION_MAP_FLAGS;
	return 1;
}

/*
 * With SPARSEMEM_VMEMMAP the pages of all memory are one array, and each
 * section of memory that is there points to its begin. Without, what this
 * finds is true of one section: pool_address() believes no page outside of the
 * pool.
 */
SEC("syscall")
int find_page_array(struct page_array_request *request)
{
	static const char name[] = "mem_section";
	struct section_search search = {};
	__u64 mem_section = 0;

	if (!bpf_kallsyms_lookup_name(name, sizeof(name), 0, &mem_section))
		bpf_probe_read_kernel(&search.roots, sizeof(search.roots),
				      (void *)mem_section);
	if (search.roots)
		bpf_loop(SECTIONS_MAX, look_at_section, &search, 0);
	request->page_array = search.page_array;
	return 0;
}

static __always_inline void sync_begins(__u64 dev)
{
	struct device_record *record = device_of(dev);

	if (record)
		record->syncs++;
}

SEC("fentry")
int sync_device_fentry(__u64 *ctx)
{
	sync_begins(device_argument(ctx));
	return 0;
}

SEC("fentry")
int sync_cpu_fentry(__u64 *ctx)
{
	sync_begins(device_argument(ctx));
	return 0;
}

SEC("kprobe")
int BPF_KPROBE(sync_device_kprobe, void *dev)
{
	sync_begins((__u64)dev);
	return 0;
}

SEC("kprobe")
int BPF_KPROBE(sync_cpu_kprobe, void *dev)
{
	sync_begins((__u64)dev);
	return 0;
}

/*
 * A copy is timed on its CPU: swiotlb_bounce() does not sleep, and one that
 * was interrupted by another is left out by its mark being gone.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct shadow_record);
} bouncing SEC(".maps");

SEC("fentry/swiotlb_bounce")
int bounce_fentry(__u64 *ctx)
{
	__u32 zero = 0;
	struct shadow_record *mark = bpf_map_lookup_elem(&bouncing, &zero);

	if (!mark)
		return 0;
	mark->device = ctx[1];
	mark->at = bpf_ktime_get_ns();
	return 0;
}

SEC("fexit/swiotlb_bounce")
int bounce_fexit(__u64 *ctx)
{
	__u32 zero = 0;
	struct shadow_record *mark = bpf_map_lookup_elem(&bouncing, &zero);
	struct device_record *record;

	if (!mark || mark->device != ctx[1])
		return 0;
	mark->device = 0;
	record = device_of(device_argument(ctx));
	if (!record)
		return 0;
	record->bounced++;
	record->bounce_ns += bpf_ktime_get_ns() - mark->at;
	return 0;
}

__u64 next_gone = DEVICE_GONE_FIRST;

/* The walk over the CPUs' records of a device ends here at the latest. */
#define CPUS_MAX 8192u

/**
 * struct retirement - a device that is gone
 * @dev: its address, up to now its key
 * @gone: its key from now on
 * @leaves_notes: it leaves mappings behind; a flag and no count, which from
 *	6.7 on would have the verifier go through each round of the loop
 */
struct retirement {
	__u64 dev;
	__u64 gone;
	__u64 leaves_notes;
};

/*
 * What a device counted moves to a table of its own, so that its place is free
 * for the next one: devices that come and go often share few addresses.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, RETIRED_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct retired_key);
	__type(value, struct device_record);
} retired SEC(".maps");

static __always_inline void move_record(struct device_record *record,
					__u64 gone, __u64 cpu)
{
	struct retired_key key = { .device = gone, .cpu = cpu };
	struct mapping_cpu_record *here = this_cpu();

	if (bpf_map_update_elem(&retired, &key, record, BPF_ANY) && here)
		here->unretired++;
	__builtin_memset(record, 0, sizeof(*record));
}

static long retire_record(__u64 cpu, struct retirement *retirement)
{
	__u32 hash = device_hash(retirement->dev);

	for (__u32 i = 0; i < DEVICES_PROBES; i++) {
		__u32 index = (hash + i) & (DEVICES_MAX - 1);
		struct device_record *record =
			bpf_map_lookup_percpu_elem(&devices, &index, cpu);

		if (!record)
			return 1;
		if (record->device == retirement->dev)
			move_record(record, retirement->gone, cpu);
	}
	return 0;
}

static long retire_note(__u64 index, struct retirement *retirement)
{
	struct shadow_record *note = shadow_at(index);

	if (!note)
		return 1;
	if (note->device == retirement->dev) {
		note->device = retirement->gone;
		retirement->leaves_notes = 1;
	}
	return 0;
}

static long retire_stray(struct bpf_map *map, __u64 *key,
			 struct shadow_record *note,
			 struct retirement *retirement)
{
	if (note->device == retirement->dev) {
		note->device = retirement->gone;
		retirement->leaves_notes = 1;
	}
	return 0;
}

/*
 * Its driver is off by now: what it still has mapped stays so. A device that
 * only ever mapped has no name yet.
 */
SEC("fexit/device_del")
int device_del_fexit(__u64 *ctx)
{
	struct retirement retirement = { .dev = device_argument(ctx) };
	struct device_name_record name = {};
	bool counted;

	counted = bpf_map_lookup_elem(&device_names, &retirement.dev);
	retirement.gone = __sync_fetch_and_add(&next_gone, DEVICE_GONE_STEP);
	bpf_loop(SHADOW_SLOTS_MAX, retire_note, &retirement, 0);
	bpf_for_each_map_elem(&strays, retire_stray, &retirement, 0);
	if (!counted && !retirement.leaves_notes)
		return 0;
	layout_device_name(retirement.dev, name.name);
	bpf_map_update_elem(&device_names, &retirement.gone, &name, BPF_ANY);
	bpf_map_delete_elem(&device_names, &retirement.dev);
	bpf_loop(CPUS_MAX, retire_record, &retirement, 0);
	return 0;
}

/* For a living device. */
SEC("syscall")
int read_device(struct device_request *request)
{
	struct device_name_record name = {};
	__u64 mem = layout_device_mem(request->device);

	layout_device_name(request->device, name.name);
	request->name = name;
	request->pool = mem ? layout_mem_desc(mem) : 0;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
