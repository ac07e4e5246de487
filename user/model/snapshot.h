/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_SNAPSHOT_H
#define MODEL_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/boot.h"
#include "model/bounce.h"
#include "model/growth.h"
#include "model/histogram.h"
#include "model/name.h"
#include "model/preemption.h"
#include "model/trace.h"

#define SLOT_BYTES    2048u
#define SEGMENT_SLOTS 128u
#define BLOCK_SLOTS   1024u
#define BLOCK_BYTES   ((uint64_t)BLOCK_SLOTS * SLOT_BYTES)
#define STACK_DEPTH   24
#define PLACE_LEN     256
#define LOSS_HELP_LEN 320

/**
 * struct waits - time spent in the slow path of area locks
 * @contended: waits that ended
 * @total_ns: their sum
 * @max_ns: the longest
 * @wait: their distribution, in ns
 * @tracepoint: times lock:contention_begin fired for the same locks; only at
 *	LEVEL_TRACEPOINTS
 */
struct waits {
	uint64_t contended;
	uint64_t total_ns;
	uint64_t max_ns;
	struct histogram wait;
	uint64_t tracepoint;
};

/**
 * struct holds - times an area lock was held; only at LEVEL_HOLDS
 * @acquisitions: holds that ended
 * @total_ns: their sum
 * @max_ns: the longest
 * @hold: their distribution, in ns
 * @waiters: waits that began in one of them
 * @waited_ns: their sum
 */
struct holds {
	uint64_t acquisitions;
	uint64_t total_ns;
	uint64_t max_ns;
	struct histogram hold;
	uint64_t waiters;
	uint64_t waited_ns;
};

/**
 * struct cpu_waits - the waits of one CPU for one area's lock
 * @cpu: the CPU
 * @waits: its waits
 */
struct cpu_waits {
	unsigned int cpu;
	struct waits waits;
};

/** struct cpu_holds - the times that one CPU held one area's lock, likewise */
struct cpu_holds {
	unsigned int cpu;
	struct holds holds;
};

/**
 * struct area_blocks - the block list of one area
 * @total: blocks in the area
 * @free: blocks the list calls free
 * @allocated: blocks the list calls allocated
 * @orphaned: allocated blocks that no living device's pool covers
 * @unreclaimed: listed free while their slots are still taken by a block
 * @list_errors: run lengths that contradict their neighbours, blocks listed
 *	free that a living device's pool covers, and blocks that the pools of
 *	two devices cover
 * @run_errors: of these, the first
 * @held_free: and the second
 */
struct area_blocks {
	uint32_t total;
	uint32_t free;
	uint32_t allocated;
	uint32_t orphaned;
	uint32_t unreclaimed;
	uint32_t list_errors;
	uint32_t run_errors;
	uint32_t held_free;
};

/**
 * struct area - one area of a pool: its own lock, slots and blocks
 * @index: place in the pool, from 0
 * @slots: slots in it
 * @used: the kernel's own counter
 * @used_peak: highest @used seen by the samples of the window
 * @busy: slots whose run length says taken, counted one by one
 * @largest_free: longest run of free slots that one mapping could take (at
 *	most a segment)
 * @list_errors: slot run lengths that contradict their neighbours
 * @long_run: a run length that no segment of 128 slots has: the kernel has
 *	larger ones, which leaves @largest_free and @list_errors unknown;
 *	0 = none
 * @drift_known: false while the area changed too fast to compare
 * @drift: @used minus @busy; 0 on a sound kernel
 * @locks: waits on its lock, summed over CPUs
 * @waits_by_cpu: @locks were recorded by CPU
 * @cpu_waits: the CPUs that waited, in ascending order; all others have none
 * @nr_cpu_waits: how many
 * @holds: times its lock was held, summed over CPUs
 * @holds_by_cpu: @holds were recorded by the CPU that held it
 * @cpu_holds: the CPUs that held it, in ascending order; all others never did
 * @nr_cpu_holds: how many
 * @blocks: its block list; all 0 where the pool has none
 */
struct area {
	uint32_t index;
	uint64_t slots;
	uint64_t used;
	uint64_t used_peak;
	uint64_t busy;
	uint32_t largest_free;
	uint32_t list_errors;
	uint32_t long_run;
	bool drift_known;
	int64_t drift;
	struct waits locks;
	bool waits_by_cpu;
	struct cpu_waits *cpu_waits;
	unsigned int nr_cpu_waits;
	struct holds holds;
	bool holds_by_cpu;
	struct cpu_holds *cpu_holds;
	unsigned int nr_cpu_holds;
	struct area_blocks blocks;
};

/** enum pool_kind - where a pool came from */
enum pool_kind {
	POOL_DEFAULT,	 /* io_tlb_default_mem */
	POOL_RESTRICTED, /* a restricted-dma-pool of the device tree */
	POOL_DEVICE,	 /* carved out by swiotlb_device_allocate() */
	POOL_DYNAMIC,	 /* grown at run time (SWIOTLB_DYNAMIC) */
	POOL_TRANSIENT,	 /* made for one mapping (SWIOTLB_DYNAMIC) */
};

/**
 * struct pool - one pool as the kernel's own structures show it
 * @id: its own for the whole session, counted from 0 in order of discovery
 * @key: the kernel's address of it, while the session is open; never shown
 * @name: "default", the device's name, or kind and number
 * @kind: see enum pool_kind
 * @device: name of (one of) the device(s) that use it; "" for the default pool
 * @parent_id: id of the pool it was carved from, -1 for none or unknown
 * @start: first physical address
 * @end: one past the last
 * @slots: slots in all
 * @lists_bytes: kernel memory for its lists, beside that of the slots
 * @used: sum of the areas' counters
 * @used_peak: highest sum seen in one sample (never a sum of peaks)
 * @total_used: slots taken of this pool and those that were added to it, by the
 *	kernel's own count; above INT64_MAX = it keeps none
 * @used_hiwater: its peak since boot, likewise
 * @transient_slots: slots of live pools that were made for one mapping each,
 *	likewise
 * @blocks_known: the kernel keeps a block list for this pool
 * @stale: its blocks were given back, and its device still has it
 * @areas: its areas
 * @nr_areas: how many
 */
struct pool {
	int id;
	uint64_t key;
	char name[NAME_LEN];
	enum pool_kind kind;
	char device[NAME_LEN];
	int parent_id;
	uint64_t start;
	uint64_t end;
	uint64_t slots;
	uint64_t lists_bytes;
	uint64_t used;
	uint64_t used_peak;
	uint64_t total_used;
	uint64_t used_hiwater;
	uint64_t transient_slots;
	bool blocks_known;
	bool stale;
	struct area *areas;
	unsigned int nr_areas;
};

/**
 * struct code_place - a place in the kernel's code that a stack refers to
 * @id: follows from @name alone (places.h)
 * @name: "function+0x1c [module]"
 */
struct code_place {
	uint64_t id;
	char name[PLACE_LEN];
};

/**
 * struct stack - return addresses, innermost first
 * @addr: ids of places; the addresses themselves until snapshot_name_stacks()
 * @depth: how many; 0 = not recorded
 */
struct stack {
	uint64_t addr[STACK_DEPTH];
	unsigned int depth;
};

/** enum wait_op - what a CPU was doing when it had to wait */
enum wait_op {
	WAIT_OTHER, /* neither of these: blocks, or a call that was missed */
	WAIT_MAP,
	WAIT_UNMAP,
};

/**
 * struct wait_caller - the waits of one device, operation and code path; only
 *	at LEVEL_CALLERS
 * @pool_id: the pool; -1 = one that is gone
 * @area: the area whose lock was waited for; 0 where the pool is gone
 * @op: while doing what
 * @device: on behalf of whom; "" = unknown
 * @stack: from where
 * @waits: the waits
 */
struct wait_caller {
	int pool_id;
	uint32_t area;
	enum wait_op op;
	char device[NAME_LEN];
	struct stack stack;
	struct waits waits;
};

/**
 * struct block_owner - who holds a run of blocks
 * @device: name; "" when its device is gone and the allocation was not seen
 * @device_gone: no living device's pool covers these blocks
 * @in_window: allocated while we watched
 * @pool_id: the pool the blocks were taken from
 * @area: area of that pool
 * @first_block: index in the pool
 * @blocks: how many
 * @areas: areas of the child pool; 0 = unknown
 * @age_known: the allocation was seen
 * @age_ns: how long ago
 * @stack: where from
 */
struct block_owner {
	char device[NAME_LEN];
	bool device_gone;
	bool in_window;
	int pool_id;
	uint32_t area;
	uint32_t first_block;
	uint32_t blocks;
	uint32_t areas;
	bool age_known;
	uint64_t age_ns;
	struct stack stack;
};

/**
 * struct block_totals - the block paths over the window, and the state now
 * @counted: the counters below were attached (LEVEL_BLOCKS)
 * @requests: calls of swiotlb_device_allocate() that succeeded
 * @releases: calls of swiotlb_device_free() that gave a pool back
 * @failed: calls of swiotlb_device_allocate() that failed
 * @failed_with_room: of these, while some area had a long enough free run
 * @allocated: blocks taken in the window
 * @freed: blocks given back in the window
 * @live: blocks allocated now, from the block lists
 * @leaked: blocks whose device is gone, and, when the window has an end,
 *	blocks allocated in it and live after it
 * @unreclaimed: sum of the areas'
 * @list_errors: sum of the areas'
 */
struct block_totals {
	bool counted;
	uint64_t requests;
	uint64_t releases;
	uint64_t failed;
	uint64_t failed_with_room;
	uint64_t allocated;
	uint64_t freed;
	uint64_t live;
	uint64_t leaked;
	uint64_t unreclaimed;
	uint64_t list_errors;
};

/**
 * enum failure_cause - why a mapping failed, decided when it failed
 *
 * Only FAILURE_FRAGMENTED and FAILURE_EXHAUSTED are helped by a larger pool.
 */
enum failure_cause {
	FAILURE_OVERSIZE,   /* more than the device can ever map at once */
	FAILURE_ALIGNMENT,  /* enough free slots in a row, none aligned so */
	FAILURE_FRAGMENTED, /* enough free slots, no run that long */
	FAILURE_EXHAUSTED,  /* not enough free slots */
	FAILURE_REACH,	    /* the slots found are beyond the device's reach */
	FAILURE_KIND,	    /* the host must not, or has to, see the pool */
	FAILURE_NO_POOL,    /* there is none */
	FAILURE_DISABLED,   /* the kernel could not decrypt the pool */
	FAILURE_CAUSES,
};

/* struct refusal.alloc_align_mask: not known */
#define ALLOC_ALIGN_NOT_KNOWN UINT64_MAX

/**
 * struct refusal - refused requests of one device, cause and order of size
 * @cause: why
 * @device: who asked
 * @from_bytes: sizes from here on, up to twice as much
 * @count: how many
 * @differing: of these, how many were of another size than @size
 * @size: bytes that the first one asked for
 * @limit: bytes that the device can map at once at most
 * @min_align_mask: low bits of an address that the device wants kept
 * @alloc_align_mask: alignment that an IOMMU asked for, minus 1; 0 = none
 * @boundary_mask: no mapping crosses a multiple of it plus 1; 0 = no boundary
 * @reach: highest bus address that the device can use; 0 = no limit
 * @queue: of FAILURE_OVERSIZE, the disk behind the device whose queue allows
 *	most; "" = no disk is behind it
 * @queue_limit: bytes that this queue allows in one request; 0 likewise
 */
struct refusal {
	enum failure_cause cause;
	char device[NAME_LEN];
	uint64_t from_bytes;
	uint64_t count;
	uint64_t differing;
	uint64_t size;
	uint64_t limit;
	uint64_t min_align_mask;
	uint64_t alloc_align_mask;
	uint64_t boundary_mask;
	uint64_t reach;
	char queue[NAME_LEN];
	uint64_t queue_limit;
};

/**
 * enum unmap_fault - what is wrong with an unmap
 *
 * An unmap is counted once, by the first that applies.
 */
enum unmap_fault {
	UNMAP_WRONG_DEVICE, /* another device had mapped it */
	UNMAP_TWICE,	    /* its slot is free: nothing is mapped there */
	UNMAP_WRONG_SIZE,   /* as much had not been mapped */
	UNMAP_FAULTS,
};

/** enum leak_reason - why a mapping can never be given back any more */
enum leak_reason {
	LEAK_NONE,
	LEAK_DEVICE_GONE,  /* its device has been removed */
	LEAK_MEMORY_FREED, /* the memory that it maps has been freed */
};

/**
 * struct copies - copies between buffers and slots
 * @count: how many
 * @bytes: copied
 * @ns: time it took
 */
struct copies {
	uint64_t count;
	uint64_t bytes;
	uint64_t ns;
};

/** enum copy_kind - when and in which direction a copy is made */
enum copy_kind {
	COPIES_AT_MAP,	    /* to the slots, at each map */
	COPIES_AT_SYNC,	    /* to the slots, at a sync for the device */
	COPIES_FROM_DEVICE, /* from them, at a sync for the CPU or an unmap */
	COPIES_KINDS,
};

/**
 * struct mapping_totals - mappings in the window, and the state now
 * @counted: the counters below were attached (LEVEL_MAPPINGS)
 * @maps: mappings made
 * @unmaps: mappings ended
 * @syncs: calls that sync
 * @bytes: mapped in sum
 * @bounce_ns: time spent copying
 * @copies: by enum copy_kind
 * @redundant: those at map for mappings that the device only writes: the kernel
 *	makes them to keep what the device leaves as it was
 * @failures: mappings refused, by enum failure_cause
 * @wrong: unmaps that were wrong, by enum unmap_fault; of the device that
 *	unmapped
 * @live: mappings now, read from the slots
 * @live_slots: slots they take
 * @leaked: of these, those that can never be given back: enum leak_reason
 * @grown: by how many live mappings grew since the level was attached, beyond
 *	what they fluctuate; of devices that are not gone
 * @freed_known: mappings could be checked for freed memory; without, only a
 *	device that is gone proves a leak
 * @unconfirmed: mappings whose memory was found free, or that were found out
 *	of sync, for the first time; they count when a later snapshot finds the
 *	same
 * @unsynced: live mappings whose buffer and slots differ and that have never
 *	been synced; only at LEVEL_BOUNCES
 * @unknown_age: live mappings made before the session, or whose making was
 *	missed
 * @unowned: of these, those whose making was missed
 * @oldest_ns: age of the oldest live mapping of known age; 0 = none
 */
struct mapping_totals {
	bool counted;
	uint64_t maps;
	uint64_t unmaps;
	uint64_t syncs;
	uint64_t bytes;
	uint64_t bounce_ns;
	struct copies copies[COPIES_KINDS];
	struct copies redundant;
	uint64_t failures[FAILURE_CAUSES];
	uint64_t wrong[UNMAP_FAULTS];
	uint64_t live;
	uint64_t live_slots;
	uint64_t leaked;
	uint64_t grown;
	bool freed_known;
	uint64_t unconfirmed;
	uint64_t unsynced;
	uint64_t unknown_age;
	uint64_t unowned;
	uint64_t oldest_ns;
};

/**
 * struct pools_made - pools of one kind that the kernel made at run time
 * @made: how many
 * @failed: how often there was no memory for one
 * @bytes: of those made
 * @ns: time it took, failures included
 */
struct pools_made {
	uint64_t made;
	uint64_t failed;
	uint64_t bytes;
	uint64_t ns;
};

/**
 * struct pool_makings - how the default pool grew (SWIOTLB_DYNAMIC)
 * @counted: both functions that make pools were attached
 * @transient: for one mapping each, which waited for it
 * @dynamic: added for good
 */
struct pool_makings {
	bool counted;
	struct pools_made transient;
	struct pools_made dynamic;
};

/**
 * struct device - what one device did with swiotlb; only at LEVEL_MAPPINGS
 * @id: stable while the level is attached, counted from 1 in order of discovery
 * @key: what groups of mappings of the same snapshot call it; never shown
 * @name: dev_name()
 * @gone: it has been removed
 * @pool_id: the pool it uses; -1 unknown
 * @totals: as struct mapping_totals, for this device
 * @growth: how its live mappings grew, since the level was attached
 * @bounce: why it bounces, and what limits its mappings
 * @lifetime: how long its mappings lived, in ns
 * @size: how large its mappings were, in bytes
 * @waits: waits on area locks during its maps and unmaps, the sum of its
 *	callers; only at LEVEL_CALLERS
 */
struct device {
	uint32_t id;
	uint64_t key;
	char name[NAME_LEN];
	bool gone;
	int pool_id;
	struct mapping_totals totals;
	struct growth growth;
	struct bounce bounce;
	struct histogram lifetime;
	struct histogram size;
	struct waits waits;
};

/**
 * struct mapping_group - live mappings of one device, stack and leak_reason
 * @device_key: key of the device; 0 = unknown
 * @device: its name; "" = unknown
 * @pool_id: the pool that holds them
 * @count: how many
 * @bytes: mapped in sum
 * @slots: slots they take
 * @leak: why they count as leaked
 * @unsynced: they have been written on one side and never been synced
 * @age_known: false when made before the session
 * @oldest_ns: age of the oldest
 * @stack: where from, when stacks were asked for
 */
struct mapping_group {
	uint64_t device_key;
	char device[NAME_LEN];
	int pool_id;
	uint64_t count;
	uint64_t bytes;
	uint64_t slots;
	enum leak_reason leak;
	bool unsynced;
	bool age_known;
	uint64_t oldest_ns;
	struct stack stack;
};

/**
 * struct wrong_unmap - unmaps of one device and code path that were wrong
 * @fault: what was wrong
 * @device: who unmapped
 * @mapped_by: who had mapped; "" = unknown
 * @count: how often
 * @pool_id: of the first one, the pool; -1 = one that is gone
 * @slot: the slot in that pool
 * @mapped_bytes: as much had been mapped; 0 = unknown
 * @unmapped_bytes: as much was unmapped; 0 = unknown
 * @stack: where from
 */
struct wrong_unmap {
	enum unmap_fault fault;
	char device[NAME_LEN];
	char mapped_by[NAME_LEN];
	uint64_t count;
	int pool_id;
	uint64_t slot;
	uint64_t mapped_bytes;
	uint64_t unmapped_bytes;
	struct stack stack;
};

/** enum audit_rule - what always holds of the allocator's data: audit.h */
enum audit_rule {
	AUDIT_RUNS,
	AUDIT_COUNTERS,
	AUDIT_SIZES,
	AUDIT_OVERLAPS,
	AUDIT_PADDING,
	AUDIT_OWNERS,
	AUDIT_BOUNDS,
	AUDIT_BLOCKS,
	AUDIT_CHILDREN,
	AUDIT_RULES,
};

/**
 * struct audit_result - what the audit found of one invariant; only at
 *	LEVEL_AUDIT
 * @rule: the invariant
 * @known: it could be read
 * @absent: this kernel has nothing that could break it, so it is not known
 * @errors: how often it does not hold
 * @pool_id: the pool of the first error; -1 = there is none
 * @area: its area; -1 = it is in no area
 * @slot: its slot in the pool; -1 = not known
 * @reason: why it is not known; "" = it is
 */
struct audit_result {
	enum audit_rule rule;
	bool known;
	bool absent;
	uint64_t errors;
	int pool_id;
	int area;
	int slot;
	char reason[NAME_LEN * 2];
};

/** enum hook_state - how a hook is attached */
enum hook_state {
	HOOK_STATE, /* read on demand, nothing attached */
	HOOK_FENTRY,
	HOOK_FEXIT,
	HOOK_SESSION,
	HOOK_MULTI,
	HOOK_RETURN_MULTI,
	HOOK_KPROBE,
	HOOK_KRETPROBE,
	HOOK_TRACEPOINT,
	HOOK_ABSENT,
};

/**
 * struct hook - one row of what is attached
 * @name: what it observes, such as "locks.wait"
 * @target: the kernel function or tracepoint it sits on; "" when absent
 * @level: the level it belongs to, 0 = state
 * @state: how it is attached
 * @partial: attached this way, or not at all, its level's figures may be too
 *	small
 * @reason: why not better, or not at all, and what to do; "" when best
 */
struct hook {
	char name[NAME_LEN];
	char target[NAME_LEN];
	unsigned int level;
	enum hook_state state;
	bool partial;
	char reason[256];
};

/**
 * struct loss - something that was missed, by cause
 * @cause: short name, such as "locks.no_begin"
 * @help: what it means for the reader, one line
 * @events: what was missed, bits of enum event
 * @count: how often in the window
 */
struct loss {
	char cause[NAME_LEN];
	char help[LOSS_HELP_LEN];
	unsigned int events;
	uint64_t count;
};

/**
 * struct table - kernel memory that a table of the tool takes
 * @concern: what it is for, such as "mappings"
 * @name: of the table, or of a part of it
 * @bytes: of its keys and values
 * @grows: it takes that much when it is full, and less before
 */
struct table {
	char concern[NAME_LEN];
	char name[NAME_LEN + 16];
	uint64_t bytes;
	bool grows;
};

/**
 * struct log_entry - what the kernel's log has of one cause and device
 * @cause: id of the cause: swiotlb-explain(8)
 * @device: the device; "" = the lines do not name it
 * @driver: its driver, likewise
 * @in_window: printed since the session began; else before
 * @requests: lines, each of which is one failed request at least
 * @size_min: fewest bytes asked for; 0 = no line has a size
 * @size_max: most bytes asked for
 * @first_ago_ns: age of the first line
 * @last_ago_ns: age of the last line
 * @text: the first line, without its time
 */
struct log_entry {
	char cause[NAME_LEN];
	char device[NAME_LEN];
	char driver[NAME_LEN];
	bool in_window;
	uint64_t requests;
	uint64_t size_min;
	uint64_t size_max;
	uint64_t first_ago_ns;
	uint64_t last_ago_ns;
	char text[NAME_LEN * 4];
};

/**
 * struct log_totals - what the kernel's log says of failed requests
 *
 * A lower bound: printk() is rate-limited here (10 lines in 5 s), silent for
 * DMA_ATTR_NO_WARN, and its buffer is a ring.
 *
 * @known: it could be read
 * @since_boot: nothing of it has been overwritten or cleared
 * @requests: failed requests
 * @suppressed: lines about them that the kernel says it has suppressed
 * @reason: why it could not be read; "" when it could
 */
struct log_totals {
	bool known;
	bool since_boot;
	uint64_t requests;
	uint64_t suppressed;
	char reason[NAME_LEN * 2];
};

/**
 * struct bounce_device - a device that can bounce
 * @name: dev_name()
 * @driver: name of its driver; "" = none
 * @pci: it is on a PCI bus
 * @pool_id: the pool it uses; -1 = none, or unknown
 * @bounce: why, and its limits
 */
struct bounce_device {
	char name[NAME_LEN];
	char driver[NAME_LEN];
	bool pci;
	int pool_id;
	struct bounce bounce;
};

/**
 * struct bounce_totals - what of the machine decides who bounces, and how many
 *	do not
 * @known: the devices could be visited
 * @memory_end: one past the last physical address of its memory; 0 = unknown
 * @never: devices that can map and never bounce
 * @untold: devices that can bounce and are not in the list
 * @reason: why the devices are unknown, or some are; "" = none is
 */
struct bounce_totals {
	bool known;
	uint64_t memory_end;
	uint64_t never;
	uint64_t untold;
	char reason[NAME_LEN * 2];
};

/** struct kernel_info - the kernel that was observed */
struct kernel_info {
	char release[NAME_LEN];
	char arch[NAME_LEN];
	char layout[NAME_LEN]; /* such as "io_tlb_mem with nareas, blocks" */
	unsigned int cpus;
	char boot_args[NAME_LEN * 4]; /* the swiotlb= and related ones */
	bool pools_grow; /* a full default pool gets further ones */
	enum preemption preemption;
	char boot_id[NAME_LEN]; /* of this boot alone; "" = unknown */
};

/**
 * struct window - the time that a snapshot speaks of
 * @start_ns: CLOCK_REALTIME
 * @duration_ns: how long
 * @ended: it had an end (a duration, a command): what was allocated in it and
 *	is live after it is a leak
 * @interrupted: the user ended it early
 * @command: argv of the command, NULL-terminated; NULL for none
 * @exit_status: its wait status as a shell gives it; -1 unknown or none
 */
struct window {
	uint64_t start_ns;
	uint64_t duration_ns;
	bool ended;
	bool interrupted;
	char **command;
	int exit_status;
};

/**
 * struct fired - a trigger of a recorder that fired
 * @at_ns: CLOCK_REALTIME of the sample at which its assertion began to hold
 * @assertion: as it was written; what does not fit is cut
 * @subject: of whom it held, such as "pool default, area 3"; "" = the system
 * @value: of that figure then, in its unit
 */
struct fired {
	uint64_t at_ns;
	char assertion[NAME_LEN * 4];
	char subject[NAME_LEN * 3];
	int64_t value;
};

/**
 * struct snapshot - a sample, or the figures of an interval; plain data
 *
 * Owned by the caller, released with snapshot_release(). Counters of a sample
 * count from the start of the session, those of an interval in it; what is
 * derived is known of an interval alone (interval.h).
 */
struct snapshot {
	struct kernel_info kernel;
	struct boot_request boot;
	struct window window;
	unsigned int levels;  /* attached, bits of enum level */
	uint64_t taken_ns;    /* CLOCK_MONOTONIC */
	uint64_t realtime_ns; /* CLOCK_REALTIME at the same time; 0 = unknown */
	uint64_t boottime_ns; /* CLOCK_BOOTTIME likewise */

	struct fired *fired; /* at a sample, or in the time reported */
	size_t nr_fired;

	struct pool *pools;
	size_t nr_pools;

	struct block_totals blocks;
	struct block_owner *owners;
	size_t nr_owners;

	struct mapping_totals mappings;
	struct device *devices;
	size_t nr_devices;
	struct mapping_group *live_groups;
	size_t nr_live_groups;
	struct wrong_unmap *wrong_unmaps;
	size_t nr_wrong_unmaps;

	struct refusal *refusals;
	size_t nr_refusals;

	struct bounce_totals bounces;
	struct bounce_device *bounce_devices;
	size_t nr_bounce_devices;
	struct pool_makings growth;

	struct audit_result *audit; /* a row an invariant */
	size_t nr_audit;

	struct trace_totals traced;
	struct trace trace;

	struct waits gone_waits; /* for locks of pools that are gone */
	struct holds gone_holds;

	struct wait_caller *callers;
	size_t nr_callers;

	struct log_totals log;
	struct log_entry *log_entries;
	size_t nr_log_entries;

	struct hook *hooks;
	size_t nr_hooks;

	struct loss *losses;
	size_t nr_losses;

	struct table *tables;
	size_t nr_tables;

	struct code_place *places; /* of all stacks, by ascending id */
	size_t nr_places;
};

/** snapshot_release() - free what @snap owns and make it empty */
void snapshot_release(struct snapshot *snap);

/**
 * snapshot_copy() - a copy that shares nothing with @from
 * @to: zeroed or released; to be released by the caller
 * @from: what to copy
 *
 * Return: 0, or -ENOMEM and @to is empty.
 */
int snapshot_copy(struct snapshot *to, const struct snapshot *from);

/** snapshot_pool() - the pool with that id, or NULL */
const struct pool *snapshot_pool(const struct snapshot *snap, int id);

/** snapshot_default_pool() - io_tlb_default_mem, or NULL */
const struct pool *snapshot_default_pool(const struct snapshot *snap);

/** snapshot_hook() - the hook of that name, or NULL */
const struct hook *snapshot_hook(const struct snapshot *snap, const char *name);

/** snapshot_loss_total() - everything that was missed */
uint64_t snapshot_loss_total(const struct snapshot *snap);

/**
 * snapshot_table_bytes() - kernel memory of the tool's own tables
 * @snap: the snapshot
 * @grows: those that grow, as if they were full; else those that do not
 */
uint64_t snapshot_table_bytes(const struct snapshot *snap, bool grows);

/** snapshot_blocks_known() - some pool has a block list */
bool snapshot_blocks_known(const struct snapshot *snap);

/** snapshot_has_gone_pools() - locks of pools that are gone have figures */
bool snapshot_has_gone_pools(const struct snapshot *snap);

/** snapshot_orphaned_blocks() - allocated blocks whose device is gone */
uint64_t snapshot_orphaned_blocks(const struct snapshot *snap);

/** snapshot_stale_blocks() - blocks of stale pools */
uint64_t snapshot_stale_blocks(const struct snapshot *snap);

/**
 * snapshot_level_missing() - why nothing of a level is attached
 * @snap: the snapshot
 * @level: one bit of enum level
 *
 * Return: NULL when something of it is attached, else the reason.
 */
const char *snapshot_level_missing(const struct snapshot *snap,
				   unsigned int level);

/**
 * counter_known() - whether a counter of slots can be believed
 *
 * A counter of the kernel can run below 0, and is then a huge number.
 */
bool counter_known(uint64_t slots);

/**
 * snapshot_add_losses() - append causes of missed events
 * @snap: where
 * @losses: the causes; a count may be 0
 * @count: how many
 *
 * Return: 0 or -ENOMEM.
 */
int snapshot_add_losses(struct snapshot *snap, const struct loss *losses,
			size_t count);

/** waits_add() - add @other to @waits, as for all areas of a pool */
void waits_add(struct waits *waits, const struct waits *other);

/** holds_add() - add @other to @holds */
void holds_add(struct holds *holds, const struct holds *other);

/**
 * area_cpu_waits() - what one CPU waited for an area's lock
 *
 * Return: its waits, all 0 at first; NULL when there is no memory.
 */
struct waits *area_cpu_waits(struct area *area, unsigned int cpu);

/** area_cpu_holds() - the same of times it held the lock */
struct holds *area_cpu_holds(struct area *area, unsigned int cpu);

/** area_waits_of() - what a CPU waited for an area's lock; NULL = it did not */
const struct waits *area_waits_of(const struct area *area, unsigned int cpu);

/** area_holds_of() - the same of times it held the lock */
const struct holds *area_holds_of(const struct area *area, unsigned int cpu);

/**
 * area_is_home() - whether a CPU searches this area first when it maps
 *
 * The kernel starts at its own number modulo the count of areas, a power of
 * two.
 */
bool area_is_home(const struct pool *pool, const struct area *area,
		  unsigned int cpu);

/**
 * area_foreign_waits() - waits of CPUs whose home is another area of the pool
 * @pool: the pool
 * @area: an area of it
 * @waits: set to their sum
 *
 * Such a CPU maps here because its own area is full, or unmaps here what
 * another CPU mapped.
 *
 * Return: false when waits were not recorded by CPU.
 */
bool area_foreign_waits(const struct pool *pool, const struct area *area,
			struct waits *waits);

/** area_foreign_holds() - the same for times the lock was held */
bool area_foreign_holds(const struct pool *pool, const struct area *area,
			struct holds *holds);

/** stack_same() - they have the same addresses */
bool stack_same(const struct stack *a, const struct stack *b);

/** caller_same() - all but the waits is equal */
bool caller_same(const struct wait_caller *a, const struct wait_caller *b);

/** callers_sort() - the longest in sum first */
void callers_sort(struct wait_caller *callers, size_t count);

/** wait_op_name() - "map", "unmap", "other" */
const char *wait_op_name(enum wait_op op);

/** pool_kind_name() - the word that users see */
const char *pool_kind_name(enum pool_kind kind);

/** leak_reason_name() - "device_gone", "memory_freed"; NULL of LEAK_NONE */
const char *leak_reason_name(enum leak_reason reason);

/** pool_is_own() - it serves one device, or those that share it, and no other
 */
bool pool_is_own(enum pool_kind kind);

/** hook_state_name() - the word that users see */
const char *hook_state_name(enum hook_state state);

/**
 * snapshot_reset_peaks() - reset the peaks of pools and areas
 *
 * Each is what is in use in @snap then.
 */
void snapshot_reset_peaks(struct snapshot *snap);

/**
 * snapshot_finish() - derive what follows from the parts and the window
 *
 * Sums areas into pools and blocks, counts leaks by the rule of
 * struct block_totals. interval_make() does that for what views get.
 */
void snapshot_finish(struct snapshot *snap);

#endif
