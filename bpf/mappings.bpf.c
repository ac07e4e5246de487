// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every map and unmap runs through here, so each instruction counts.
 *
 * A map only writes the record of the mapping's first slot. The unmap reads the
 * record and counts. What is live, and thus what leaks, is read from the
 * kernel's slots. So a missed call costs a detail of one mapping, and is
 * counted.
 */
#include "shadow.bpf.h"

#include <bpf/bpf_tracing.h>

#include "bounces.bpf.h"
#include "calls.bpf.h"
#include "device_gone.bpf.h"
#include "failure.bpf.h"
#include "freed.bpf.h"
#include "growth.bpf.h"
#include "links.bpf.h"
#include "other_tools.bpf.h"
#include "pages.bpf.h"
#include "reach.bpf.h"
#include "stacks.bpf.h"
#include "unsynced.bpf.h"
#include "wrong_unmaps.bpf.h"

#define MAPPING_ERROR (~0ull)

/* Where the direction of a map stands in a word with its sizes. */
#define DIRECTION_SHIFT 62
#define DIRECTION_BITS	(3ull << DIRECTION_SHIFT)

/*
 * Frames at the top of a stack taken by a trampoline's program that are not the
 * kernel's: the program and the trampoline; one more if a function of the
 * program takes the stack, and another one if that function is called by a
 * function.
 */
#define FEXIT_FRAMES	2
#define FUNCTION_FRAMES (FEXIT_FRAMES + 1)
#define INNER_FRAMES	(FUNCTION_FRAMES + 1)

/* Set before the load. */
const volatile bool with_stacks;

/*
 * A function of its own, because the BPF stack on the path to the cause of a
 * failure is nearly full. At a trampoline (@skip) its frame is skipped as well.
 */
static __noinline __s32 take_stack(void *ctx, __u32 skip)
{
	struct mapping_cpu_record *cpu = this_cpu();
	struct call_stack stack = {};
	__s32 index = -1;
	long bytes = read_stack(ctx, &stack,
				skip && skip != AT_ENTRY ? skip + 1 : skip);

	if (bytes > 0)
		index = keep_stack(&stack, bytes / sizeof(__u64));
	if (index < 0 && cpu)
		cpu->unstacked++;
	return index;
}

/*
 * General path: any range or none, with stacks, or after a copy that was timed.
 */
static __always_inline int map_ends(void *ctx, __u32 skip, __u64 dev,
				    __u64 size, __u64 address, __u8 direction)
{
	const struct shadow_record mapping = {
		.device = dev,
		.at = bpf_ktime_get_ns(),
		.size = size,
		.stack = with_stacks ? take_stack(ctx, skip) : -1,
		.direction = direction,
	};
	struct shadow_record *entry = shadow_of(address);
	__u64 mapped = size;

	if (!entry)
		return add_overflow(&mapping, address);
	if (SHADOW_IS_KNOWN(entry->device))
		count_left_behind(entry->device, entry->size, address);
	else
		end_copy(entry, &mapping);
	store_first(&entry->device, 0);
	entry->stack = mapping.stack;
	entry->direction = direction;
	entry->synced = 0;
	return write_record(entry, &dev, &mapped, mapping.at);
}

/*
 * @sizes: size to allocate, which may be more than the size to map, and in the
 *	upper 2 bits the direction
 * @align: alignment that an IOMMU requires, minus 1
 * @address: of the slot
 */
static __noinline int traced_map_ends(__u64 *ctx, __u64 sizes, __u64 align,
				      __u64 address)
{
	const struct map_request request = {
		.dev = device_argument(ctx),
		.orig = ctx[1],
		.size = ctx[2],
		.wanted = sizes & ~DIRECTION_BITS,
		.alloc_align_mask = align,
	};

	if (address == MAPPING_ERROR)
		return map_fails(&request);
	return map_ends(ctx, FUNCTION_FRAMES, request.dev, request.size,
			address, sizes >> DIRECTION_SHIFT);
}

/* Whether the fast path applies: a slot in the first range, without a record.
 */
static __always_inline bool is_vacant(const struct shadow_record *entry)
{
	return entry && entry->device <= SHADOW_BEFORE;
}

/*
 * The clock is read first, because a helper call clobbers the registers. ctx is
 * spilled to the stack by hand (volatile) meanwhile: that is cheaper than a
 * callee-saved register, which the program would have to save and restore.
 *
 * @allocated: index of the argument with the size to allocate; the third one is
 *	the size to map, which the unmap repeats
 * @align: index of the argument with the alignment that an IOMMU requires; 0 =
 *	there is no such argument, and no IOMMU
 * @direction: index of the argument with the direction
 * @result: index of the function's result, which follows the arguments
 */
static __always_inline int traced_map(__u64 *ctx, __u32 allocated, __u32 align,
				      __u32 direction, __u32 result)
{
	__u64 *const volatile kept = ctx;
	__u64 now = bpf_ktime_get_ns();
	struct shadow_record *entry;

	ctx = kept;
	entry = fast_shadow_of(ctx[result]);
	if (unlikely(!is_vacant(entry)))
		return traced_map_ends(
			ctx, ctx[allocated] | ctx[direction] << DIRECTION_SHIFT,
			align ? (__u32)ctx[align] : 0, ctx[result]);
	return write_record(entry, &ctx[0], &ctx[2], now);
}

/* 6.10 and later, without the separate size to allocate. */
SEC("fexit/swiotlb_tbl_map_single")
int map_fexit_6(__u64 *ctx)
{
	return traced_map(ctx, 2, 3, 4, 6);
}

/* Before 6.10; needs trampolines that support 7 arguments (6.6). */
SEC("fexit/swiotlb_tbl_map_single")
int map_fexit_7(__u64 *ctx)
{
	return traced_map(ctx, 3, 4, 5, 7);
}

/*
 * For kernels whose trampolines support six arguments only; it sees all maps if
 * kernel_dma_is_direct(). It returns the bus address, so it is for machines
 * where that is the physical one.
 */
SEC("fexit/swiotlb_map")
int map_fexit_direct(__u64 *ctx)
{
	return traced_map(ctx, 2, 0, 3, 5);
}

/*
 * swiotlb_tbl_map_single() has a separate size to allocate: the fourth argument
 * of seven, up to 6.9. Set before the load.
 */
const volatile bool map_has_alloc_size;

/*
 * Both sizes and the direction in one word, because a call record has one. The
 * sizes of a request that is not absurd are below 1 GiB.
 */
static __always_inline __u64 sizes_arguments(struct pt_regs *ctx)
{
	__u64 mapped = PT_REGS_PARM3(ctx), allocated = PT_REGS_PARM4(ctx);
	__u64 fifth = PT_REGS_PARM5(ctx), sixth = SIXTH_ARGUMENT(ctx);

	/* Read all: the verifier rejects an offset into ctx that varies. */
	barrier_var(mapped);
	barrier_var(allocated);
	barrier_var(fifth);
	barrier_var(sixth);
	if (map_has_alloc_size)
		return sixth << DIRECTION_SHIFT | allocated << 32 |
		       (__u32)mapped;
	return fifth << DIRECTION_SHIFT | mapped;
}

static __always_inline __u64 allocated_size(__u64 sizes)
{
	sizes &= ~DIRECTION_BITS;
	return map_has_alloc_size ? sizes >> 32 : sizes;
}

static __always_inline __u32 map_begins(struct pt_regs *ctx)
{
	return call_begins(CALL_ENTERED(ctx), CALL_ENTERED(ctx),
			   PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx),
			   sizes_arguments(ctx));
}

static __noinline int probed_map_fails(const struct call_record *call)
{
	const struct map_request request = {
		.dev = call->dev,
		.orig = call->subject,
		.size = (__u32)call->value,
		.wanted = allocated_size(call->value),
		.alloc_align_mask = ALLOC_ALIGN_UNKNOWN,
	};

	return map_fails(&request);
}

static __always_inline int map_returns(struct pt_regs *ctx,
				       const struct call_record *call)
{
	__u64 address = PT_REGS_RC(ctx);
	struct shadow_record *entry = fast_shadow_of(address);

	if (likely(is_vacant(entry)))
		return write_record(entry, &call->dev, &call->value,
				    bpf_ktime_get_ns());
	if (address == MAPPING_ERROR)
		return probed_map_fails(call);
	return map_ends(ctx, 0, call->dev, (__u32)call->value, address,
			call->value >> DIRECTION_SHIFT);
}

SEC("kprobe")
int map_kprobe(struct pt_regs *ctx)
{
	map_begins(ctx);
	return 0;
}

SEC("kretprobe")
int map_kretprobe(struct pt_regs *ctx)
{
	struct call_record call;

	return call_ends(CALL_RETURNED(ctx), CALL_RETURNED(ctx), &call)
		       ? map_returns(ctx, &call)
		       : 0;
}

SEC("kprobe.session")
int map_session(struct pt_regs *ctx)
{
	struct call_record call;

	if (!session_returns(ctx)) {
		session_begins(ctx, map_begins(ctx));
		return 0;
	}
	return session_ends(ctx, &call) ? map_returns(ctx, &call) : 0;
}

static __always_inline int count_unseen(__u64 dev, __u64 recorded_device)
{
	struct device_record *record = device_of(dev);

	if (!record)
		return 0;
	if (recorded_device == SHADOW_BEFORE)
		record->ended_before++;
	else
		record->ended_unseen++;
	return 0;
}

/*
 * A global function, so that the verifier goes through it once.
 *
 * Return: 1 if the mapping had a record in the overflow table.
 */
__noinline int overflow_ends(__u64 dev, __u64 address)
{
	__u64 key = overflow_key(address);
	struct shadow_record *found = bpf_map_lookup_elem(&overflow, &key),
			     entry;
	struct device_record *record;

	if (!found)
		return 0;
	entry = *found;
	bpf_map_delete_elem(&overflow, &key);
	if (!SHADOW_IS_KNOWN(entry.device)) {
		count_unseen(dev, entry.device);
		return 1;
	}
	record = device_of(entry.device);
	if (!record)
		return 1;
	record->bytes += entry.size;
	count_value(record, SIZE, entry.size);
	count_value(record, LIFETIME, bpf_ktime_get_ns() - entry.at);
	return 1;
}

/* An unmap of a mapping that has no record in the shadow. */
static __always_inline int unrecorded_ends(__u64 dev, __u64 address,
					   __u64 recorded_device)
{
	if (recorded_device == SHADOW_BEFORE || !overflow_ends(dev, address))
		count_unseen(dev, recorded_device);
	return 0;
}

/* The count of unmaps is the sum of the lifetime histogram. */
static __always_inline int count_end(struct device_record *record,
				     struct shadow_record *entry, __u64 now)
{
	record->bytes += entry->size;
	count_value(record, SIZE, entry->size);
	count_value(record, LIFETIME, now - entry->at);
	entry->device = 0;
	return 0;
}

/* The mapping's record, in either table; its device is 0 if there is none. */
static __always_inline struct shadow_record
mapped_at(__u64 address, const struct shadow_record *entry)
{
	__u64 key = overflow_key(address);
	struct shadow_record mapped = {};

	if (!entry)
		entry = bpf_map_lookup_elem(&overflow, &key);
	if (entry)
		mapped = *entry;
	return mapped;
}

/*
 * General path: any range or none, mappings without a record, and wrong unmaps.
 * An unmap of a free slot ends no mapping.
 */
static __noinline int unmap_begins(void *ctx, __u32 skip,
				   const struct unmap *unmap)
{
	struct shadow_record *entry = shadow_of(unmap->address), mapped;
	struct device_record *record;
	__u32 wrong;

	if (is_out_of_reach(unmap))
		return refused_for_reach(unmap, entry);
	mapped = mapped_at(unmap->address, entry);
	wrong = judge_unmap(unmap, &mapped);
	if (wrong != WRONG_NOT)
		count_wrong(unmap, &mapped, wrong, take_stack(ctx, skip));
	if (wrong == WRONG_TWICE)
		return 0;
	if (!entry)
		return unrecorded_ends(unmap->dev, unmap->address, 0);
	if (SHADOW_IS_KNOWN(entry->device)) {
		record = device_of(entry->device);
		return record ? count_end(record, entry, bpf_ktime_get_ns())
			      : 0;
	}
	unrecorded_ends(unmap->dev, unmap->address, entry->device);
	entry->device = 0;
	return 0;
}

/*
 * Fast path: the mapping's record is in the first range and has the device and
 * the size of the unmap, and the device's counters are in its first hash slot.
 * An empty record, or one of a mapping from before the session, has no such
 * device and falls through to the general path.
 *
 * Values that live across a helper call are spilled to the stack by hand
 * (volatile), and the device is loaded twice: that is cheaper than callee-saved
 * registers, which the program would have to save and restore on every unmap.
 *
 * Return: whether the fast path applied.
 */
static __always_inline bool end_fast(const __u64 *dev, __u64 address,
				     const __u64 *size)
{
	struct shadow_record *entry = fast_shadow_of(address);
	struct shadow_record *const volatile kept_record = entry;
	struct device_record *record;
	struct cpu_devices *cpu;
	volatile __u64 now;

	if (unlikely(!entry || entry->device != *dev || entry->size != *size))
		return false;
	now = bpf_ktime_get_ns();
	cpu = cpu_entry(&devices);
	entry = kept_record;
	if (unlikely(!cpu))
		return false;
	record = &cpu->device[device_hash(entry->device)];
	if (unlikely(record->device != entry->device))
		return false;
	count_end(record, entry, now);
	return true;
}

/* Noinline: inlined, it would make the fast path save registers. */
static __noinline int traced_unmap_begins(__u64 *ctx, __u64 address, __u64 size,
					  __u64 attributes)
{
	const struct unmap unmap = {
		.dev = device_argument(ctx),
		.address = address,
		.size = size,
		.attributes = attributes,
	};

	return unmap_begins(ctx, INNER_FRAMES, &unmap);
}

static __noinline int probed_unmap_begins(struct pt_regs *ctx, __u64 address,
					  __u64 size, __u64 attributes)
{
	const struct unmap unmap = {
		.dev = PT_REGS_PARM1(ctx),
		.address = address,
		.size = size,
		.attributes = attributes,
	};

	return unmap_begins(ctx, AT_ENTRY, &unmap);
}

SEC("fentry")
int unmap_fentry(__u64 *ctx)
{
	__u64 *const volatile kept = ctx;

	return likely(end_fast(&ctx[0], ctx[1], &ctx[2]))
		       ? 0
		       : traced_unmap_begins(kept, kept[1], kept[2], kept[4]);
}

SEC("kprobe")
int unmap_kprobe(struct pt_regs *ctx)
{
	__u64 dev = PT_REGS_PARM1(ctx), size = PT_REGS_PARM3(ctx);
	struct pt_regs *const volatile kept = ctx;

	return likely(end_fast(&dev, PT_REGS_PARM2(ctx), &size))
		       ? 0
		       : probed_unmap_begins(kept, PT_REGS_PARM2(kept),
					     PT_REGS_PARM3(kept),
					     PT_REGS_PARM5(kept));
}

/*
 * Coherent memory of a device with a restricted pool is a mapping as well: it
 * takes slots from swiotlb_alloc() to swiotlb_free(). Both functions name it by
 * its page. Only swiotlb_alloc() rounds the size up to pages; swiotlb_free()
 * does not use its size.
 */

static __always_inline int alloc_ends(void *ctx, __u32 skip, __u64 dev,
				      __u64 size, __u64 page)
{
	__u64 address = pool_address(dev, page);
	const struct map_request request = { .dev = dev,
					     .size = size,
					     .wanted = size };

	if (!page)
		return map_fails(&request);
	if (!address)
		return count_outside();
	return map_ends(ctx, skip, dev, size, address, DMA_BIDIRECTIONAL);
}

SEC("fexit/swiotlb_alloc")
int alloc_fexit(__u64 *ctx)
{
	__u64 page = 0;

	bpf_get_func_ret(ctx, &page);
	return alloc_ends(ctx, FEXIT_FRAMES, device_argument(ctx), ctx[1],
			  page);
}

SEC("kprobe")
int alloc_kprobe(struct pt_regs *ctx)
{
	call_begins(CALL_ENTERED(ctx), CALL_ENTERED(ctx), PT_REGS_PARM1(ctx), 0,
		    PT_REGS_PARM2(ctx));
	return 0;
}

SEC("kretprobe")
int alloc_kretprobe(struct pt_regs *ctx)
{
	struct call_record call;

	return call_ends(CALL_RETURNED(ctx), CALL_RETURNED(ctx), &call)
		       ? alloc_ends(ctx, 0, call.dev, call.value,
				    PT_REGS_RC(ctx))
		       : 0;
}

/*
 * swiotlb_free() is called for all coherent memory. Only pages inside the
 * device's pool are ours.
 */
SEC("fentry/swiotlb_free")
int free_fentry(__u64 *ctx)
{
	__u64 page = 0, address;

	bpf_get_func_arg(ctx, 1, &page);
	address = pool_address(device_argument(ctx), page);
	return address ? traced_unmap_begins(ctx, address, 0, 0) : 0;
}

SEC("kprobe")
int free_kprobe(struct pt_regs *ctx)
{
	__u64 address = pool_address(PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx));

	return address ? probed_unmap_begins(ctx, address, 0, 0) : 0;
}

/* 7.3 and later: the argument is the address itself. */
SEC("fentry")
int free_pool_fentry(__u64 *ctx)
{
	return traced_unmap_begins(ctx, ctx[1], 0, 0);
}

SEC("kprobe")
int free_pool_kprobe(struct pt_regs *ctx)
{
	return probed_unmap_begins(ctx, PT_REGS_PARM2(ctx), 0, 0);
}

/* A device that is being removed has left the list of all devices. */
static __always_inline bool device_is_listed(__u64 dev)
{
	struct device *device = (void *)dev;
	__u64 entry = dev + bpf_core_field_offset(struct device, kobj.entry);

	return (__u64)BPF_CORE_READ(device, kobj.entry.next) != entry;
}

/*
 * Removes the overflow entry of a mapping that is in no pool. Its unmap was
 * missed, unless its device is being removed, so that its pool was not found.
 */
SEC("syscall")
int collect_overflow(struct overflow_request *request)
{
	__u64 key = request->address;
	struct shadow_record *found = bpf_map_lookup_elem(&overflow, &key),
			     entry;

	if (!found)
		return 0;
	entry = *found;
	if (entry.at != request->at || !SHADOW_IS_KNOWN(entry.device) ||
	    entry.device & 1 || !device_is_listed(entry.device))
		return 0;
	if (!bpf_map_delete_elem(&overflow, &key))
		count_replaced(entry.device, entry.size);
	return 0;
}

/* Reads a living device. */
SEC("syscall")
int read_device(struct device_request *request)
{
	struct device_name_record name = {};
	__u64 mem = layout_device_mem(request->device);

	layout_device_name(request->device, name.name);
	request->name = name;
	request->pool = mem ? layout_mem_desc(mem) : 0;
	request->reaches_all = !layout_maps_directly(request->device) ||
			       reaches_all(request->device);
	return 0;
}

/* See collect_refused(). */
SEC("syscall")
int collect_unreached(struct unreached_request *request)
{
	return collect_refused(request->address);
}

char LICENSE[] SEC("license") = "GPL";
