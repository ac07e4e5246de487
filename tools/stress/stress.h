/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * swiotlb_stress: makes known swiotlb load and known faults, and counts what
 * it did.  This header is what the files of the module share.
 *
 * Locking: stress_lock serialises the commands and protects the list of
 * devices and everything in a device, apart from what a load's own thread (or
 * timer) writes: its ring of mappings and its counts.
 */
#ifndef SWIOTLB_STRESS_H
#define SWIOTLB_STRESS_H

#include <linux/bits.h>
#include <linux/device.h>
#include <linux/dma-direction.h>
#include <linux/hrtimer.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/seqlock.h>
#include <linux/swiotlb.h>
#include <linux/types.h>

#define STRESS_NAME "swiotlb_stress"

/* The largest request the kernel can satisfy: one segment. */
#define STRESS_SEGMENT_BYTES ((size_t)IO_TLB_SEGSIZE << IO_TLB_SHIFT)
/* One slot more than a segment holds: no pool ever has room for it. */
#define STRESS_OVERSIZE_BYTES (STRESS_SEGMENT_BYTES + IO_TLB_SIZE)
/* The largest that is ever asked for: what a block device of 1 MiB does. */
#define STRESS_OVERSIZE_MAX ((size_t)1 << 20)
#define STRESS_MAX_SIZES    16
/* Whole segments in each area of a pool without memory. */
#define STRESS_HOLLOW_AREAS 4u
#define STRESS_HOLLOW_ALIGN (STRESS_HOLLOW_AREAS * STRESS_SEGMENT_BYTES)

/**
 * struct stress_counts - what was done, by one writer
 * @seq: lets a reader take all figures of one moment
 * @maps: mappings made
 * @unmaps: mappings undone; maps - unmaps are live
 * @map_bytes: sum of the sizes of the mappings made
 * @failures: mappings refused
 * @syncs: pairs of sync for the CPU and sync for the device
 * @allocs: pieces of coherent memory allocated
 * @frees: pieces freed; allocs - frees are live
 * @alloc_bytes: sum of the sizes of those allocated, whole pages
 * @live_slots: slots that what is live occupies
 * @max_map_ns: the longest call to map; outside @seq, for it can be reset
 *
 * Each instance has exactly one writer at a time: a load's thread or timer, or
 * whoever holds stress_lock.
 */
struct stress_counts {
	seqcount_t seq;
	u64 maps;
	u64 unmaps;
	u64 map_bytes;
	u64 failures;
	u64 syncs;
	u64 allocs;
	u64 frees;
	u64 alloc_bytes;
	u64 live_slots;
	u64 max_map_ns;
};

/**
 * struct stress_mapping - a live mapping, or a piece of coherent memory
 * @addr: what the kernel returned
 * @size: bytes
 * @slots: slots it occupies; 0 when it does not bounce
 * @dir: direction; must be the same for unmap
 * @memory: the coherent memory; NULL for a mapping
 */
struct stress_mapping {
	dma_addr_t addr;
	void *memory;
	u32 size;
	u32 slots;
	enum dma_data_direction dir;
};

/**
 * struct stress_kept - a mapping that a command left behind
 * @node: in stress_device.filled, .leaks or .allocated
 * @mapping: the mapping
 */
struct stress_kept {
	struct list_head node;
	struct stress_mapping mapping;
};

/**
 * struct stress_device - a device that maps
 * @node: in stress_devices
 * @id: N in swiotlb_stress.N, the name of a platform device
 * @dev: a platform device that is made here, or a PCI device without a driver;
 *	a reference of ours
 * @counts: of the commands, and of the loads that are gone
 * @loads: struct stress_load, running or done but not yet reaped
 * @filled: struct stress_kept of fill, exhaust and fragment
 * @leaks: struct stress_kept of leak, and of loads that leaked and are gone
 * @leaked: length of @leaks
 * @allocated: struct stress_kept of alloc
 * @buffer: what the kept mappings map; made when first needed
 * @block_bytes: size of the device's own pool, 0 without
 * @block_allocs: pools made
 * @block_frees: pools given back
 * @block_failures: pools refused
 * @restricted: memory of the device's restricted pool, NULL without
 * @hollow: its restricted pool that no memory is behind, NULL without
 * @restricted_bytes: size of either, 0 without
 * @elapsed_ns: how long the load that ended last took
 */
struct stress_device {
	struct list_head node;
	int id;
	struct device *dev;
	struct stress_counts counts;
	struct list_head loads;
	struct list_head filled;
	struct list_head leaks;
	u64 leaked;
	struct list_head allocated;
	void *buffer;
	u64 block_bytes;
	u64 block_allocs;
	u64 block_frees;
	u64 block_failures;
	void *restricted;
	struct stress_hollow *hollow;
	u64 restricted_bytes;
	u64 elapsed_ns;
};

/**
 * struct stress_totals - what the deleted devices left behind
 * @added: devices ever added
 * @deleted: devices deleted
 * @orphans: mappings nobody can undo any more
 * @orphan_slots: slots of these, in pools that still exist
 * @orphan_block_bytes: bytes of pools nobody can give back any more
 * @orphan_pools: number of these pools
 * @lock_ns: how long the last command "lock" took
 * @peeked: the word that the last command "peek" read
 */
struct stress_totals {
	u64 added;
	u64 deleted;
	u64 orphans;
	u64 orphan_slots;
	u64 orphan_block_bytes;
	u64 orphan_pools;
	u64 lock_ns;
	u64 peeked;
};

/* The keys of a command's arguments, in the order of the table in control.c. */
enum stress_key {
	KEY_AREAS,
	KEY_AT,
	KEY_BITS,
	KEY_BY,
	KEY_COHERENT,
	KEY_COUNT,
	KEY_CPU,
	KEY_DEVICE,
	KEY_DIR,
	KEY_FAULT,
	KEY_FREE,
	KEY_HOLD,
	KEY_ID,
	KEY_IRQ,
	KEY_KIND,
	KEY_LEAK_EVERY,
	KEY_MASK,
	KEY_OFFSET,
	KEY_PAIRS,
	KEY_PAUSE,
	KEY_PCI,
	KEY_POINTER,
	KEY_POOL,
	KEY_RATE,
	KEY_SIZE,
	KEY_SIDE,
	KEY_SIZES,
	KEY_SLOW,
	KEY_STEADY,
	KEY_SYNC,
	KEY_TIME,
	KEY_US,
	KEY_VALUE,
	KEYS
};

/* Values of KEY_KIND. */
enum stress_kind { KIND_BOUNDARY, KIND_LIMIT };

/* Values of KEY_FAULT. */
enum stress_fault { FAULT_NONE, FAULT_DEVICE, FAULT_TWICE, FAULT_SIZE };

/* Values of KEY_POOL. */
enum stress_pool {
	POOL_USABLE,
	POOL_HOLLOW,
	POOL_DISABLED,
	POOL_PRIVATE,
	POOL_NONE
};

/* Values of KEY_SIDE. */
enum stress_side { SIDE_CPU, SIDE_DEVICE };

/* Values of KEY_FREE. */
enum stress_free { FREE_NO, FREE_PAGES, FREE_BLOCKS };

/**
 * struct stress_args - a parsed command
 * @given: BIT(key) of each key that was there
 * @value: by key; the default where it was not there
 * @sizes: of KEY_SIZES
 * @nr_sizes: how many
 * @dev: the device that KEY_DEVICE names; NULL when that key is not allowed or
 * was not given
 * @error: why the command failed, for people
 */
struct stress_args {
	unsigned long given;
	u64 value[KEYS];
	u32 sizes[STRESS_MAX_SIZES];
	unsigned int nr_sizes;
	struct stress_device *dev;
	char error[192];
};

extern struct mutex stress_lock;
extern struct list_head stress_devices;
extern struct stress_totals stress_totals;

/* Puts the reason into the arguments, and returns @err. */
__printf(3, 4) int stress_fail(struct stress_args *args, int err,
			       const char *fmt, ...);
/* Runs one command line, which it changes.  0, or a negative errno with the
 * reason in last_error. */
int stress_control(char *line);
/* Copies the reason of the last command's failure ("" after success); returns
 * its length. */
size_t stress_last_error(char *buf, size_t size);

int stress_device_add(struct stress_args *args);
int stress_device_del(struct stress_args *args);
int stress_min_align(struct stress_args *args);
int stress_dma_mask(struct stress_args *args);
struct stress_device *stress_device_find(u64 id);
bool stress_device_idle(struct stress_device *sdev);
void stress_devices_release(void);
/* Sum of a device's own counts and those of all its loads. */
void stress_device_counts(struct stress_device *sdev,
			  struct stress_counts *sum);

void *stress_buffer_alloc(size_t size);
void stress_buffer_free(void *buffer, size_t size);
int stress_map(struct stress_device *sdev, struct stress_counts *counts,
	       void *buffer, size_t size, enum dma_data_direction dir,
	       bool timed, struct stress_mapping *mapping);
int stress_alloc(struct stress_device *sdev, struct stress_counts *counts,
		 size_t size, struct stress_mapping *mapping);
void stress_sync(struct stress_device *sdev, struct stress_counts *counts,
		 const struct stress_mapping *mapping);
void stress_unmap(struct stress_device *sdev, struct stress_counts *counts,
		  const struct stress_mapping *mapping);
void stress_counts_add(struct stress_counts *sum,
		       const struct stress_counts *counts);
void stress_release_kept(struct stress_device *sdev, struct list_head *kept);
void stress_device_buffer_free(struct stress_device *sdev);
int stress_need_buffer(struct stress_args *args);
int stress_leak(struct stress_args *args);
int stress_allocate(struct stress_args *args);
int stress_free(struct stress_args *args);
int stress_unleak(struct stress_args *args);
int stress_write(struct stress_args *args);
int stress_sync_kept(struct stress_args *args);
int stress_fill(struct stress_args *args);
int stress_exhaust(struct stress_args *args);
int stress_fragment(struct stress_args *args);
int stress_drain(struct stress_args *args);
int stress_oversize(struct stress_args *args);
int stress_beyond_reach(struct stress_args *args);
int stress_misaligned(struct stress_args *args);

int stress_start(struct stress_args *args);
int stress_stop(struct stress_args *args);
int stress_wait(struct stress_args *args);
void stress_loads_stop(struct stress_device *sdev);
void stress_loads_add_counts(struct stress_device *sdev,
			     struct stress_counts *sum);
void stress_loads_reset_max(struct stress_device *sdev);
unsigned int stress_loads_running(struct stress_device *sdev);
u64 stress_loads_leaked(struct stress_device *sdev);

int stress_block_alloc(struct stress_args *args);
int stress_block_free(struct stress_args *args);
int stress_device_block_free(struct stress_device *sdev);

int stress_restrict(struct stress_args *args);
int stress_unrestrict(struct stress_args *args);
bool stress_device_restricted(const struct stress_device *sdev);
int stress_device_unrestrict(struct stress_device *sdev);
struct stress_hollow *stress_hollow_make(struct device *dev, size_t size,
					 enum stress_pool kind);
void stress_hollow_end(struct device *dev, struct stress_hollow *hollow);

int stress_encrypt(struct stress_args *args);
int stress_unencrypt(struct stress_args *args);
void stress_encrypt_exit(void);

int stress_peek(struct stress_args *args);
int stress_poke(struct stress_args *args);
int stress_unpoke(struct stress_args *args);
void stress_poke_exit(void);

int stress_lock_test(struct stress_args *args);
int stress_hold_lock(struct stress_args *args);

int stress_reset_max(struct stress_args *args);
int stress_truth_init(void);
void stress_truth_exit(void);

#endif
