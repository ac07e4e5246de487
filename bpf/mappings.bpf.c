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
#include "shadow.bpf.h"

#include <bpf/bpf_tracing.h>

#include "bounces.bpf.h"
#include "calls.bpf.h"
#include "device_gone.bpf.h"
#include "failure.bpf.h"
#include "freed.bpf.h"
#include "links.bpf.h"
#include "other_tools.bpf.h"
#include "pages.bpf.h"
#include "reach.bpf.h"
#include "stacks.bpf.h"
#include "wrong_unmaps.bpf.h"

#define MAPPING_ERROR (~0ull)

/*
 * Of a stack taken by a trampoline's program these are the program's and the
 * trampoline's; and that of the program's function, where one takes the stack,
 * or one that it calls.
 */
#define FEXIT_FRAMES	2
#define FUNCTION_FRAMES (FEXIT_FRAMES + 1)
#define INNER_FRAMES	(FUNCTION_FRAMES + 1)

/* Set before the load. */
const volatile bool with_stacks;

/*
 * A function of its own, as the stack on the way to the cause of a failure is
 * long already. Where one is taken from a trampoline, @skip, it is in it.
 */
static __noinline __s32 take_stack(void *ctx, __u32 skip)
{
	struct mapping_cpu_record *cpu = this_cpu();
	struct call_stack stack = {};
	__s32 index = -1;
	long bytes =
		bpf_get_stack(ctx, &stack, sizeof(stack), skip ? skip + 1 : 0);

	if (bytes > 0)
		index = keep_stack(&stack, bytes / sizeof(__u64));
	if (index < 0 && cpu)
		cpu->unstacked++;
	return index;
}

/* The long way: any range or none, and stacks. */
static __always_inline int map_ends(void *ctx, __u32 skip, __u64 dev,
				    __u64 size, __u64 address)
{
	__s32 stack = with_stacks ? take_stack(ctx, skip) : -1;
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

/*
 * @allocated: what is looked for, which may be more than is asked for
 * @align: alignment that an IOMMU asks for, minus 1
 * @address: of the slot
 */
static __noinline int traced_map_ends(__u64 *ctx, __u64 allocated, __u64 align,
				      __u64 address)
{
	const struct map_request request = {
		.dev = device_argument(ctx),
		.orig = ctx[1],
		.size = ctx[2],
		.wanted = allocated,
		.alloc_align_mask = align,
	};

	if (address == MAPPING_ERROR)
		return map_fails(&request);
	return map_ends(ctx, FUNCTION_FRAMES, request.dev, request.size,
			address);
}

/* Whether the short way serves: a slot in the first range, without a note. */
static __always_inline bool is_vacant(const struct shadow_record *note)
{
	return note && note->device <= SHADOW_BEFORE;
}

/*
 * The clock is read first, as a call leaves no register as it was.
 *
 * @allocated: which argument has the size that is allocated; the third one has
 *	the size that is mapped, and is unmapped later
 * @align: which one has the alignment that an IOMMU asks for; 0 = there is no
 *	such argument, and no IOMMU
 * @result: where what the function returns stands behind them
 */
static __always_inline int traced_map(__u64 *ctx, __u32 allocated, __u32 align,
				      __u32 result)
{
	__u64 *const volatile kept = ctx;
	__u64 now = bpf_ktime_get_ns();
	struct shadow_record *note;

	ctx = kept;
	note = short_shadow_of(ctx[result]);
	if (unlikely(!is_vacant(note)))
		return traced_map_ends(ctx, ctx[allocated],
				       align ? (__u32)ctx[align] : 0,
				       ctx[result]);
	return take_note(note, &ctx[0], &ctx[2], now);
}

/* 6.10 and later, without the separate size to allocate. */
SEC("fexit/swiotlb_tbl_map_single")
int map_fexit_6(__u64 *ctx)
{
	return traced_map(ctx, 2, 3, 6);
}

/* Before that; attaches where a trampoline takes 7 arguments (6.6). */
SEC("fexit/swiotlb_tbl_map_single")
int map_fexit_7(__u64 *ctx)
{
	return traced_map(ctx, 3, 4, 7);
}

/*
 * With kernel_dma_is_direct() this sees all maps where a trampoline takes six
 * arguments. The address that it returns is the bus address, which is the
 * physical one on x86-64.
 */
SEC("fexit/swiotlb_map")
int map_fexit_direct(__u64 *ctx)
{
	return traced_map(ctx, 2, 0, 5);
}

/*
 * swiotlb_tbl_map_single() is told the size to allocate apart from the size to
 * map: the fourth argument of seven, up to 6.9. Set before the load.
 */
const volatile bool map_has_alloc_size;

/* Both in one word, as a call keeps one. */
static __always_inline __u64 sizes_arguments(struct pt_regs *ctx)
{
	__u64 mapped = PT_REGS_PARM3(ctx), allocated = PT_REGS_PARM4(ctx);

	/* Both are read: the verifier allows no choice of where to read. */
	barrier_var(mapped);
	barrier_var(allocated);
	return map_has_alloc_size ? allocated << 32 | (__u32)mapped : mapped;
}

static __always_inline __u64 allocated_size(__u64 sizes)
{
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
	struct shadow_record *note = short_shadow_of(address);

	if (likely(is_vacant(note)))
		return take_note(note, &call->dev, &call->value,
				 bpf_ktime_get_ns());
	if (address == MAPPING_ERROR)
		return probed_map_fails(call);
	return map_ends(ctx, 0, call->dev, (__u32)call->value, address);
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

/* The mapping's record, wherever it is; of device 0 when there is none. */
static __always_inline struct shadow_record
mapped_at(__u64 address, const struct shadow_record *note)
{
	__u64 key = stray_key(address);
	struct shadow_record mapped = {};

	if (!note)
		note = bpf_map_lookup_elem(&strays, &key);
	if (note)
		mapped = *note;
	return mapped;
}

/*
 * The long way: any range or none, mappings without a note, and unmaps that are
 * wrong. One of a slot that is free ends nothing.
 */
static __noinline int unmap_begins(void *ctx, __u32 skip,
				   const struct unmap *unmap)
{
	struct shadow_record *note = shadow_of(unmap->address);
	struct shadow_record mapped = mapped_at(unmap->address, note);
	__u32 wrong = judge_unmap(unmap, &mapped);
	struct device_record *record;

	if (is_out_of_reach(unmap))
		return refused_for_reach(unmap, note);
	if (wrong != WRONG_NOT)
		count_wrong(unmap, &mapped, wrong, take_stack(ctx, skip));
	if (wrong == WRONG_TWICE)
		return 0;
	if (!note)
		return unnoted_ends(unmap->dev, unmap->address, 0);
	if (note->device > SHADOW_BEFORE) {
		record = device_of(note->device);
		return record ? count_end(record, note, bpf_ktime_get_ns()) : 0;
	}
	unnoted_ends(unmap->dev, unmap->address, note->device);
	note->device = 0;
	return 0;
}

/*
 * The short way: a note in the first range, of that device and that size, of a
 * device whose record is where it is looked for first. That of no note, or of
 * one from before the session, is in no record. What is kept across calls is
 * kept on the stack, which costs less than to save a register, and the device
 * is read twice.
 *
 * Return: whether that served.
 */
static __always_inline bool ends_shortly(const __u64 *dev, __u64 address,
					 const __u64 *size)
{
	struct shadow_record *note = short_shadow_of(address);
	struct shadow_record *const volatile kept_note = note;
	struct device_record *record;
	struct cpu_devices *cpu;
	volatile __u64 now;

	if (unlikely(!note || note->device != *dev || note->size != *size))
		return false;
	now = bpf_ktime_get_ns();
	cpu = cpu_entry(&devices);
	note = kept_note;
	if (unlikely(!cpu))
		return false;
	record = &cpu->device[device_hash(note->device)];
	if (unlikely(record->device != note->device))
		return false;
	count_end(record, note, now);
	return true;
}

/* No part of the program, for it would have it save registers. */
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

	return unmap_begins(ctx, 0, &unmap);
}

SEC("fentry")
int unmap_fentry(__u64 *ctx)
{
	__u64 *const volatile kept = ctx;

	return likely(ends_shortly(&ctx[0], ctx[1], &ctx[2]))
		       ? 0
		       : traced_unmap_begins(kept, kept[1], kept[2], kept[4]);
}

SEC("kprobe")
int unmap_kprobe(struct pt_regs *ctx)
{
	__u64 dev = PT_REGS_PARM1(ctx), size = PT_REGS_PARM3(ctx);
	struct pt_regs *const volatile kept = ctx;

	return likely(ends_shortly(&dev, PT_REGS_PARM2(ctx), &size))
		       ? 0
		       : probed_unmap_begins(kept, PT_REGS_PARM2(kept),
					     PT_REGS_PARM3(kept),
					     PT_REGS_PARM5(kept));
}

/*
 * Coherent memory of a device with a restricted pool is a mapping as well: it
 * takes slots, from swiotlb_alloc() to swiotlb_free(), and both speak of it by
 * its page. Its size is taken up to whole pages by the first alone, and the
 * second does not use it.
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
	return map_ends(ctx, skip, dev, size, address);
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

/* It is asked about all coherent memory, and told by the page which is its. */
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

/* 7.3 and later: it is told the address itself. */
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

/* One that is about to go has left the list of all devices. */
static __always_inline bool device_is_listed(__u64 dev)
{
	struct device *device = (void *)dev;
	__u64 entry = dev + bpf_core_field_offset(struct device, kobj.entry);

	return (__u64)BPF_CORE_READ(device, kobj.entry.next) != entry;
}

/*
 * For a mapping that no pool has: its end was missed, unless its pool could not
 * be found as its device was leaving the list.
 */
SEC("syscall")
int collect_stray(struct stray_request *request)
{
	__u64 key = request->address;
	struct shadow_record *found = bpf_map_lookup_elem(&strays, &key), note;

	if (!found)
		return 0;
	note = *found;
	if (note.at != request->at || note.device <= SHADOW_BEFORE ||
	    note.device & 1 || !device_is_listed(note.device))
		return 0;
	if (!bpf_map_delete_elem(&strays, &key))
		count_replaced(note.device, note.size);
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
