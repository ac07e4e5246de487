// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each map and unmap by itself, in the order in which the areas' locks let them
 * in.
 *
 * The order is known where the lock is released: at the entry of
 * _raw_spin_unlock_irqrestore() the CPU still has the lock, so that a plain
 * counter in the lock's record numbers the releases. The program there leaves
 * the number, and the programs at the end of map and unmap take it. In between
 * a task may be preempted and interrupted, and interrupts map as well. So what
 * is left is kept by task, with its place on the stack: it belongs to the
 * innermost call around it.
 *
 * Only releases after which another number of slots is taken are counted. A
 * search that found nothing has changed nothing, and so the numbers of an
 * area's requests have gaps only where something else took its slots.
 *
 * Records go to a ring for each CPU, in memory that the loader has mapped. The
 * kernel's own ring buffer (BPF_MAP_TYPE_RINGBUF) has one spinlock for all
 * CPUs, which would put in order what is to be measured. A place in a ring is
 * reserved by an atomic addition, as interrupts nest.
 */
#include "lock_filter.bpf.h"

#include <bpf/bpf_tracing.h>

#include "calls.bpf.h"
#include "links.bpf.h"
#include "tables.bpf.h"

#include "include/trace.h"

#define MAPPING_ERROR (~0ull)

/* Of kernel stacks, which are 16 KiB or more: a call and what it calls. */
#define CALL_STACK_BYTES 8192u

/* Where the alignment stands in a word with the size. */
#define ALIGN_SHIFT 32

/* Entries of a CPU's ring, minus 1, and the bits of their number; set before
 * the load.
 */
const volatile __u32 ring_mask;
const volatile __u32 ring_bits;

/* The fourth of seven arguments, up to 6.9; set before the load. */
const volatile bool map_has_alloc_size;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct trace_record);
} rings SEC(".maps");

CPU_TABLE(trace_cpus, struct trace_cpu);

/* By the lock's address. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, struct trace_lock);
} trace_locks SEC(".maps");

HASH_TABLE_PROGRAM(trace_locks, __u64, struct trace_lock);

/* By hash of the task. The extra entries let probing run past the end. */
struct task_releases releases[RELEASES_MAX + RELEASES_PROBES];

static __noinline int count_lost_call(void)
{
	struct trace_cpu *cpu = cpu_entry(&trace_cpus);

	if (cpu)
		cpu->lost_call++;
	return 0;
}

/*
 * Releases
 */

static __always_inline struct task_releases *releases_at(__u32 index)
{
	barrier_var(index);
	return index < RELEASES_MAX + RELEASES_PROBES ? &releases[index] : NULL;
}

static __always_inline __u32 task_hash(__u64 task)
{
	return (__u32)(task >> 6) * 0x9e3779b1u >> (32 - RELEASES_BITS);
}

static __always_inline struct task_releases *find_releases(__u64 task)
{
	__u32 hash = task_hash(task);

	for (__u32 i = 0; i < RELEASES_PROBES; i++) {
		struct task_releases *row = releases_at(hash + i);

		if (row && row->task == task)
			return row;
	}
	return NULL;
}

/* Those whose function was never left have an entry for good: replace one. */
static __always_inline struct task_releases *claim_releases(__u64 task)
{
	__u32 hash = task_hash(task);
	struct task_releases *row;

	for (__u32 i = 0; i < RELEASES_PROBES; i++) {
		row = releases_at(hash + i);
		if (row && !row->task &&
		    !__sync_val_compare_and_swap(&row->task, 0, task)) {
			row->depth = 0;
			return row;
		}
	}
	row = releases_at(hash);
	if (row) {
		row->task = task;
		row->depth = 0;
	}
	return row;
}

/* The context is on the stack; in memory its address is a plain number. */
static __always_inline __u64 place_of(struct task_releases *row, void *ctx)
{
	*(volatile __u64 *)&row->here = (__u64)ctx;
	return *(volatile __u64 *)&row->here;
}

static __always_inline struct release *release_at(struct task_releases *row,
						  __u64 index)
{
	barrier_var(index);
	return index < RELEASES_NESTED ? &row->release[index] : NULL;
}

/* One that is as deep on the same stack, or deeper, is of a call that is over.
 */
static __always_inline __u64 living(struct task_releases *row, __u64 place)
{
	__u64 depth = row->depth;

	for (__u32 i = 0; i < RELEASES_NESTED; i++) {
		struct release *last = release_at(row, depth - 1);

		if (!last || place - last->place >= CALL_STACK_BYTES)
			break;
		depth--;
	}
	return depth;
}

static __always_inline void
leave_release(void *ctx, const struct trace_lock *lock, __u64 now)
{
	__u64 task = bpf_get_current_task(), place, depth;
	struct task_releases *row = find_releases(task);
	struct release *left;

	if (!row)
		row = claim_releases(task);
	if (!row)
		return;
	place = place_of(row, ctx);
	depth = living(row, place);
	left = release_at(row, depth);
	if (!left)
		return;
	left->place = place;
	left->at = now;
	left->turn = lock->turn;
	left->area = lock->area;
	row->depth = depth + 1;
}

static __noinline int lock_released(void *ctx)
{
	__u64 address = first_argument(ctx), used = 0;
	struct trace_lock *lock = bpf_map_lookup_elem(&trace_locks, &address);

	if (!lock)
		return 0;
	bpf_probe_read_kernel(&used, sizeof(used),
			      (void *)(address - layout_lock_offset() +
				       layout_used_offset()));
	if (used == lock->used)
		return 0;
	lock->used = used;
	lock->turn++;
	leave_release(ctx, lock, bpf_ktime_get_ns());
	return 0;
}

SEC("fentry/_raw_spin_unlock_irqrestore")
int unlock_fentry(__u64 *ctx)
{
	return argument_is_foreign(ctx) ? 0 : lock_released(ctx);
}

/* Return: whether the call that ends has left one; and take it and what is
 * behind it, of calls whose end was missed.
 */
static __always_inline bool take_release(void *ctx, __u64 place,
					 struct release *taken)
{
	__u64 task = bpf_get_current_task();
	struct task_releases *row = find_releases(task);

	if (!row)
		return false;
	if (!place)
		place = place_of(row, ctx);
	for (__u32 i = RELEASES_NESTED; i-- > 0;) {
		struct release *left = &row->release[i];

		if (i >= row->depth || place - left->place >= CALL_STACK_BYTES)
			continue;
		*taken = *left;
		row->depth = i;
		/* An interrupt may have freed it, and another task have it. */
		if (!i)
			__sync_val_compare_and_swap(&row->task, task, 0);
		return true;
	}
	return false;
}

/*
 * Requests
 */

/**
 * struct traced - a request that ends
 * @device: of struct trace_record, as the other members
 * @address: likewise
 * @origin: likewise
 * @size: likewise, and above ALIGN_SHIFT the alignment
 * @place: of the call on the stack; 0 = that of a trampoline's context
 */
struct traced {
	__u64 device;
	__u64 address;
	__u64 origin;
	__u64 size;
	__u64 place;
};

static __noinline int put_request(void *ctx, const struct traced *traced,
				  __u32 kind)
{
	struct trace_cpu *cpu = cpu_entry(&trace_cpus);
	struct trace_record *record;
	struct release release = {};
	__u64 place;
	__u32 key;

	if (!cpu || !traced)
		return 0;
	if (!take_release(ctx, traced->place, &release) ||
	    traced->address == MAPPING_ERROR) {
		release.turn = 0;
		release.area = 0;
		release.at = bpf_ktime_get_ns();
	}
	if (kind == TRACE_UNMAP)
		cpu->unmaps++;
	else if (traced->address == MAPPING_ERROR)
		cpu->refused++;
	else
		cpu->maps++;
	place = __sync_fetch_and_add(&cpu->head, 1);
	key = (bpf_get_smp_processor_id() << ring_bits) +
	      ((__u32)place & ring_mask);
	record = bpf_map_lookup_elem(&rings, &key);
	if (!record)
		return 0;
	record->at = release.at;
	record->turn = release.turn;
	record->device = traced->device;
	record->address = traced->address;
	record->origin = traced->origin;
	record->size = traced->size;
	record->align = traced->size >> ALIGN_SHIFT;
	record->area = release.area;
	record->kind = kind;
	/* With all that is before it: the loader reads it at any time. */
	__sync_lock_test_and_set(&record->stamp, place + 1);
	return 0;
}

/* @size: index of the argument with the size to allocate; @align: 0 = none */
static __always_inline int traced_map(__u64 *ctx, __u32 size, __u32 align,
				      __u32 result)
{
	struct traced traced = {
		.origin = ctx[1],
		.address = ctx[result],
		.size = (__u32)ctx[size],
	};

	if (align)
		traced.size |= (__u64)(__u32)ctx[align] << ALIGN_SHIFT;
	traced.device = first_argument(ctx);
	return put_request(ctx, &traced, TRACE_MAP);
}

/* 6.10 and later, without the separate size to allocate. */
SEC("fexit/swiotlb_tbl_map_single")
int map_fexit_6(__u64 *ctx)
{
	return traced_map(ctx, 2, 3, 6);
}

/* Before 6.10; needs trampolines that support 7 arguments (6.6). */
SEC("fexit/swiotlb_tbl_map_single")
int map_fexit_7(__u64 *ctx)
{
	return traced_map(ctx, 3, 4, 7);
}

/* See mappings.bpf.c: for kernels whose trampolines support six arguments. */
SEC("fexit/swiotlb_map")
int map_fexit_direct(__u64 *ctx)
{
	return traced_map(ctx, 2, 0, 5);
}

/* Both sizes are below 4 GiB: nothing that is larger is ever mapped. */
static __always_inline __u64 size_and_align(struct pt_regs *ctx)
{
	__u64 third = PT_REGS_PARM3(ctx), fourth = PT_REGS_PARM4(ctx);
	__u64 fifth = PT_REGS_PARM5(ctx);

	/* Read all: the verifier rejects an offset into ctx that varies. */
	barrier_var(third);
	barrier_var(fourth);
	barrier_var(fifth);
	if (map_has_alloc_size)
		return fifth << ALIGN_SHIFT | (__u32)fourth;
	return fourth << ALIGN_SHIFT | (__u32)third;
}

static __always_inline __u32 map_begins(struct pt_regs *ctx)
{
	return call_begins(CALL_ENTERED(ctx), CALL_ENTERED(ctx),
			   PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx),
			   size_and_align(ctx));
}

static __always_inline int map_returns(struct pt_regs *ctx,
				       const struct call_record *call)
{
	const struct traced traced = {
		.device = call->dev,
		.address = PT_REGS_RC(ctx),
		.origin = call->subject,
		.size = call->value,
		.place = call->id,
	};

	return put_request(ctx, &traced, TRACE_MAP);
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

SEC("fexit")
int unmap_fexit(__u64 *ctx)
{
	struct traced traced = {
		.address = ctx[1],
		.size = (__u32)ctx[2],
	};

	traced.device = first_argument(ctx);
	return put_request(ctx, &traced, TRACE_UNMAP);
}

static __always_inline __u32 unmap_begins(struct pt_regs *ctx)
{
	return call_begins(CALL_ENTERED(ctx), CALL_ENTERED(ctx),
			   PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx),
			   (__u32)PT_REGS_PARM3(ctx));
}

static __always_inline int unmap_returns(struct pt_regs *ctx,
					 const struct call_record *call)
{
	const struct traced traced = {
		.device = call->dev,
		.address = call->subject,
		.size = call->value,
		.place = call->id,
	};

	return put_request(ctx, &traced, TRACE_UNMAP);
}

SEC("kprobe")
int unmap_kprobe(struct pt_regs *ctx)
{
	unmap_begins(ctx);
	return 0;
}

SEC("kretprobe")
int unmap_kretprobe(struct pt_regs *ctx)
{
	struct call_record call;

	return call_ends(CALL_RETURNED(ctx), CALL_RETURNED(ctx), &call)
		       ? unmap_returns(ctx, &call)
		       : 0;
}

SEC("kprobe.session")
int unmap_session(struct pt_regs *ctx)
{
	struct call_record call;

	if (!session_returns(ctx)) {
		session_begins(ctx, unmap_begins(ctx));
		return 0;
	}
	return session_ends(ctx, &call) ? unmap_returns(ctx, &call) : 0;
}

/*
 * State, on demand
 */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, TRACE_AREAS);
	__type(key, __u32);
	__type(value, struct area_reading);
} area_readings SEC(".maps");

static long read_area_lock(__u64 index, struct area_readings_request *request)
{
	__u64 area = request->areas_addr +
		     (request->first + index) * layout_area_bytes();
	__u64 address = area + layout_lock_offset();
	__u32 key = index;
	struct area_reading *reading =
		bpf_map_lookup_elem(&area_readings, &key);
	struct trace_lock *lock = bpf_map_lookup_elem(&trace_locks, &address);
	struct area_record hints = {};

	if (!reading)
		return 1;
	reading->state = lock ? layout_lock_state(address) : LOCK_UNKNOWN;
	reading->turn = lock ? lock->turn : 0;
	if (!layout_read_hints(area, &hints))
		return 1;
	reading->index = hints.index;
	request->done++;
	return 0;
}

SEC("syscall")
int read_area_locks(struct area_readings_request *ctx)
{
	struct area_readings_request request = *ctx;

	request.done = 0;
	bpf_loop(request.count, read_area_lock, &request, 0);
	ctx->done = request.done;
	return 0;
}

SEC("syscall")
int describe_device(struct traced_device *ctx)
{
	struct device *device = (void *)ctx->device;
	struct device_dma_parameters *parms = BPF_CORE_READ(device, dma_parms);
	__u64 mask = parms ? BPF_CORE_READ(parms, segment_boundary_mask) : 0;
	char name[RECORD_NAME_LEN] = {};

	layout_device_name(ctx->device, name);
	__builtin_memcpy(ctx->name, name, sizeof(name));
	/* dma_get_seg_boundary(): 4 GiB where the device does not say */
	ctx->boundary_mask = mask ? mask : 0xffffffff;
	ctx->min_align_mask = layout_min_align_mask(ctx->device);
	ctx->bus = layout_bus_address(ctx->device, ctx->address);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
