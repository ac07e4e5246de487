// SPDX-License-Identifier: GPL-2.0-only
/* Single mappings, those that commands keep, and requests that cannot succeed.
 */
#include <linux/dma-direct.h>
#include <linux/dma-mapping.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/ktime.h>
#include <linux/list_sort.h>
#include <linux/math.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "stress.h"

/* What is refused on purpose is no news, unless a test reads the log. */
static bool warn;
module_param(warn, bool, 0600);
MODULE_PARM_DESC(warn, "refused requests are in the kernel's log");

/* Room for the largest request at the largest offset. */
#define DEVICE_BUFFER_BYTES (STRESS_OVERSIZE_MAX + PAGE_SIZE)

/* A boundary of 64 KiB, and the offset within a slot kept. */
#define BOUNDARY_MASK (64 * 1024 - 1)
#define ALIGN_MASK    (IO_TLB_SIZE - 1)
#define ALIGN_OFFSET  (IO_TLB_SIZE / 2)

/* What the page allocator has in one piece on each kernel. */
#define STRESS_FREED_BLOCK  (4ul << 20)
#define STRESS_OTHER_BLOCKS 48

static const enum dma_data_direction kept_dir = DMA_TO_DEVICE;

/* Physically contiguous, zeroed, page-aligned memory; NULL when there is none.
 */
void *stress_buffer_alloc(size_t size)
{
	return alloc_pages_exact(size, GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN);
}

void stress_buffer_free(void *buffer, size_t size)
{
	if (buffer)
		free_pages_exact(buffer, size);
}

void stress_device_buffer_free(struct stress_device *sdev)
{
	stress_buffer_free(sdev->buffer, DEVICE_BUFFER_BYTES);
	sdev->buffer = NULL;
}

/* Preemption off: a reader on this CPU would otherwise spin on a half-done
 * change. */
static void counts_begin(struct stress_counts *counts)
{
	preempt_disable();
	raw_write_seqcount_begin(&counts->seq);
}

static void counts_end(struct stress_counts *counts)
{
	raw_write_seqcount_end(&counts->seq);
	preempt_enable();
}

/* Adds one moment of @counts to @sum, which is private to the caller. */
void stress_counts_add(struct stress_counts *sum,
		       const struct stress_counts *counts)
{
	struct stress_counts now;
	unsigned int seq;

	do {
		seq = read_seqcount_begin(&counts->seq);
		now.maps = counts->maps;
		now.unmaps = counts->unmaps;
		now.map_bytes = counts->map_bytes;
		now.failures = counts->failures;
		now.syncs = counts->syncs;
		now.allocs = counts->allocs;
		now.frees = counts->frees;
		now.alloc_bytes = counts->alloc_bytes;
		now.live_slots = counts->live_slots;
	} while (read_seqcount_retry(&counts->seq, seq));
	sum->maps += now.maps;
	sum->unmaps += now.unmaps;
	sum->map_bytes += now.map_bytes;
	sum->failures += now.failures;
	sum->syncs += now.syncs;
	sum->allocs += now.allocs;
	sum->frees += now.frees;
	sum->alloc_bytes += now.alloc_bytes;
	sum->live_slots += now.live_slots;
	sum->max_map_ns = max(sum->max_map_ns, READ_ONCE(counts->max_map_ns));
}

/*
 * Slots of a mapping: the kernel keeps the low bits of the address that the
 * mask names. Behind an IOMMU it takes whole pages, and none for what is whole
 * pages already.
 */
static u32 slots_of(struct device *dev, void *buffer, size_t size,
		    dma_addr_t addr)
{
	size_t offset = virt_to_phys(buffer) & dma_get_min_align_mask(dev) &
			(IO_TLB_SIZE - 1);

	if (dev_is_pci(dev))
		return offset_in_page((unsigned long)buffer | size)
			       ? PAGE_ALIGN(size) >> IO_TLB_SHIFT
			       : 0;
	return dma_need_sync(dev, addr)
		       ? DIV_ROUND_UP(size + offset, IO_TLB_SIZE)
		       : 0;
}

/**
 * stress_map - map a buffer and count it
 * @sdev: the device
 * @counts: whose counts; the caller is their one writer
 * @buffer: physically contiguous; must stay until unmap
 * @size: bytes
 * @dir: direction
 * @timed: whether to measure how long the call takes
 * @mapping: filled in on success
 *
 * Any context.  Return: 0, or -ENOSPC when the kernel refused (counted as a
 * failure).
 */
noinline int stress_map(struct stress_device *sdev,
			struct stress_counts *counts, void *buffer, size_t size,
			enum dma_data_direction dir, bool timed,
			struct stress_mapping *mapping)
{
	struct device *dev = sdev->dev;
	u64 start = timed ? ktime_get_ns() : 0, ns;
	bool failed;

	mapping->addr = dma_map_single_attrs(dev, buffer, size, dir,
					     warn ? 0 : DMA_ATTR_NO_WARN);
	ns = timed ? ktime_get_ns() - start : 0;
	failed = dma_mapping_error(dev, mapping->addr);
	if (!failed) {
		mapping->size = size;
		mapping->memory = NULL;
		mapping->dir = dir;
		mapping->slots = slots_of(dev, buffer, size, mapping->addr);
	}
	counts_begin(counts);
	if (failed) {
		counts->failures++;
	} else {
		counts->maps++;
		counts->map_bytes += size;
		counts->live_slots += mapping->slots;
	}
	counts_end(counts);
	if (ns > READ_ONCE(counts->max_map_ns))
		WRITE_ONCE(counts->max_map_ns, ns);
	return failed ? -ENOSPC : 0;
}

/**
 * stress_alloc - allocate coherent memory and count it
 * @sdev: the device
 * @counts: whose counts; the caller is their one writer
 * @size: bytes
 * @mapping: filled in on success; stress_unmap() frees it
 *
 * With a restricted pool it comes from there and takes slots.  Return: 0, or
 * -ENOSPC when the kernel refused (counted as a failure).
 */
noinline int stress_alloc(struct stress_device *sdev,
			  struct stress_counts *counts, size_t size,
			  struct stress_mapping *mapping)
{
	size_t bytes = PAGE_ALIGN(size);

	mapping->memory = dma_alloc_coherent(sdev->dev, size, &mapping->addr,
					     GFP_KERNEL | __GFP_NOWARN);
	mapping->slots = sdev->restricted ? bytes >> IO_TLB_SHIFT : 0;
	counts_begin(counts);
	if (!mapping->memory) {
		counts->failures++;
	} else {
		mapping->size = size;
		counts->allocs++;
		counts->alloc_bytes += bytes;
		counts->live_slots += mapping->slots;
	}
	counts_end(counts);
	return mapping->memory ? 0 : -ENOSPC;
}

/* Hands the mapping to the CPU and back to the device, as a driver that reuses
 * a buffer does. */
void stress_sync(struct stress_device *sdev, struct stress_counts *counts,
		 const struct stress_mapping *mapping)
{
	struct device *dev = sdev->dev;

	dma_sync_single_for_cpu(dev, mapping->addr, mapping->size,
				mapping->dir);
	dma_sync_single_for_device(dev, mapping->addr, mapping->size,
				   mapping->dir);
	counts_begin(counts);
	counts->syncs++;
	counts_end(counts);
}

static void count_unmap(struct stress_counts *counts,
			const struct stress_mapping *mapping)
{
	counts_begin(counts);
	if (mapping->memory)
		counts->frees++;
	else
		counts->unmaps++;
	counts->live_slots -= mapping->slots;
	counts_end(counts);
}

/* Undoes a mapping, or frees coherent memory, and counts it.  Any context; with
 * coherent memory, where interrupts are on. */
noinline void stress_unmap(struct stress_device *sdev,
			   struct stress_counts *counts,
			   const struct stress_mapping *mapping)
{
	struct device *dev = sdev->dev;

	if (mapping->memory)
		dma_free_coherent(dev, mapping->size, mapping->memory,
				  mapping->addr);
	else
		dma_unmap_single_attrs(dev, mapping->addr, mapping->size,
				       mapping->dir, 0);
	count_unmap(counts, mapping);
}

/* Makes the memory that the device's kept mappings map.  0, or -ENOMEM. */
int stress_need_buffer(struct stress_args *args)
{
	struct stress_device *sdev = args->dev;

	if (!sdev->buffer)
		sdev->buffer = stress_buffer_alloc(DEVICE_BUFFER_BYTES);
	if (!sdev->buffer)
		return stress_fail(args, -ENOMEM,
				   "no %lu contiguous bytes for device %d",
				   (unsigned long)DEVICE_BUFFER_BYTES,
				   sdev->id);
	return 0;
}

/* The kept mappings all map the same memory: they only read it, and nothing
 * looks at the copies. */
static int keep_one(struct stress_device *sdev, void *buffer, size_t size,
		    enum dma_data_direction dir, struct list_head *list)
{
	struct stress_kept *kept = kmalloc(sizeof(*kept), GFP_KERNEL);
	int err;

	if (!kept)
		return -ENOMEM;
	err = stress_map(sdev, &sdev->counts, buffer, size, dir, true,
			 &kept->mapping);
	if (err)
		kfree(kept);
	else
		list_add_tail(&kept->node, list);
	return err;
}

static void release_one(struct stress_device *sdev, struct stress_kept *kept)
{
	stress_unmap(sdev, &sdev->counts, &kept->mapping);
	list_del(&kept->node);
	kfree(kept);
	cond_resched();
}

/* Undoes and forgets all mappings of a list. */
void stress_release_kept(struct stress_device *sdev, struct list_head *list)
{
	struct stress_kept *kept, *next;

	list_for_each_entry_safe (kept, next, list, node)
		release_one(sdev, kept);
}

static enum dma_data_direction leak_dir(const struct stress_args *args)
{
	return args->given & BIT(KEY_DIR) ? args->value[KEY_DIR] : kept_dir;
}

static int check_size(struct stress_args *args)
{
	if (args->value[KEY_SIZE] > STRESS_SEGMENT_BYTES)
		return stress_fail(
			args, -EINVAL,
			"size=%llu: more than the %zu bytes a segment holds",
			args->value[KEY_SIZE], STRESS_SEGMENT_BYTES);
	return stress_need_buffer(args);
}

/**
 * struct stress_freed - memory that is mapped, and freed when all of it is
 * @node: in the list of a command
 * @page: the first page
 * @order: of the allocation
 */
struct stress_freed {
	struct list_head node;
	struct page *page;
	unsigned int order;
};

/* Zeroed memory, of its own or from the end of the last block. NULL: none. */
static void *freed_buffer(struct list_head *freed, size_t bytes,
			  unsigned int order, size_t *left)
{
	struct stress_freed *memory;

	if (*left >= bytes) {
		memory = list_last_entry(freed, struct stress_freed, node);
		*left -= bytes;
		return page_address(memory->page) + *left;
	}
	memory = kmalloc(sizeof(*memory), GFP_KERNEL);
	if (!memory)
		return NULL;
	memory->order = order;
	memory->page =
		alloc_pages(GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN, order);
	if (!memory->page) {
		kfree(memory);
		return NULL;
	}
	list_add_tail(&memory->node, freed);
	*left = (PAGE_SIZE << order) - bytes;
	return page_address(memory->page) + *left;
}

/* Last taken, first freed: then the kernel's free lists are as they were. */
static void free_memory(struct list_head *freed)
{
	struct stress_freed *memory, *next;

	list_for_each_entry_safe_reverse (memory, next, freed, node) {
		__free_pages(memory->page, memory->order);
		kfree(memory);
		cond_resched();
	}
}

/*
 * The kernel gives away first what was freed last: these blocks, freed after
 * all else, are in front of it. A later command takes these again, and behind
 * them one that an earlier command has freed; it is behind them afterwards too.
 */
static void take_others(struct list_head *others, unsigned int order)
{
	size_t left = 0;
	int i;

	for (i = 0; i < STRESS_OTHER_BLOCKS; i++, left = 0)
		if (!freed_buffer(others, PAGE_SIZE, order, &left))
			break;
}

/*
 * All are mapped before the first is freed, or each would get the page that the
 * one before gave back. Single pages go to the CPU's list of free pages and are
 * soon given to others; a block of 4 MiB is the last that the kernel divides.
 * To unmap later harms nobody: nothing is copied back.
 */
static int leak_freed(struct stress_args *args, u64 *done)
{
	size_t bytes = PAGE_ALIGN(args->value[KEY_OFFSET] +
				  args->value[KEY_SIZE]),
	       left = 0;
	unsigned int order = args->value[KEY_FREE] == FREE_BLOCKS
				     ? get_order(STRESS_FREED_BLOCK)
				     : get_order(bytes);
	struct stress_device *sdev = args->dev;
	LIST_HEAD(others);
	LIST_HEAD(freed);
	int err = 0;

	for (; *done < args->value[KEY_COUNT] && !err; *done += !err) {
		void *buffer = freed_buffer(&freed, bytes, order, &left);

		err = buffer ? keep_one(sdev, buffer + args->value[KEY_OFFSET],
					args->value[KEY_SIZE], leak_dir(args),
					&sdev->leaks)
			     : -ENOMEM;
		sdev->leaked += !err;
		cond_resched();
	}
	if (args->value[KEY_FREE] == FREE_BLOCKS)
		take_others(&others, order);
	free_memory(&freed);
	free_memory(&others);
	return err;
}

static int leak_kept(struct stress_args *args, u64 *done)
{
	struct stress_device *sdev = args->dev;
	int err = 0;

	for (; *done < args->value[KEY_COUNT] && !err; *done += !err) {
		err = keep_one(sdev, sdev->buffer + args->value[KEY_OFFSET],
			       args->value[KEY_SIZE], leak_dir(args),
			       &sdev->leaks);
		sdev->leaked += !err;
		cond_resched();
	}
	return err;
}

int stress_leak(struct stress_args *args)
{
	u64 done = 0;
	int err = check_size(args);

	if (err)
		return err;
	if (args->value[KEY_FREE])
		err = leak_freed(args, &done);
	else
		err = leak_kept(args, &done);
	if (err)
		return stress_fail(args, err,
				   "leak: refused after %llu of %llu", done,
				   args->value[KEY_COUNT]);
	return 0;
}

/*
 * Unmaps wrongly. The kernel survives it: it gives back as many slots as were
 * taken, whoever asks for whatever size, and of a slot that is free none
 * (swiotlb_release_slots(), 6.1 to 7.3, of an address at the begin of a slot).
 * Nothing is copied back, and with interrupts off nobody else on this CPU takes
 * the slot between two unmaps.
 */
static noinline void unmap_wrongly(struct stress_device *sdev,
				   struct device *by, enum stress_fault fault,
				   const struct stress_mapping *mapping)
{
	size_t size = fault == FAULT_SIZE ? mapping->size / 2 : mapping->size;
	int times = fault == FAULT_TWICE ? 2 : 1;
	unsigned long flags;

	local_irq_save(flags);
	while (times--)
		dma_unmap_single_attrs(by, mapping->addr, size, mapping->dir,
				       0);
	local_irq_restore(flags);
	count_unmap(&sdev->counts, mapping);
}

/* Each is in the default pool, which both devices must have for it. */
static int check_fault(struct stress_args *args, struct stress_device *by)
{
	struct stress_device *sdev = args->dev;
	struct stress_kept *kept;

	if (args->value[KEY_FAULT] == FAULT_DEVICE && (!by || by == sdev))
		return stress_fail(
			args, -EINVAL,
			"unleak: fault=device needs 'by=', another device");
	if (dev_is_pci(sdev->dev) || (by && dev_is_pci(by->dev)))
		return stress_fail(
			args, -EOPNOTSUPP,
			"unleak: no faults behind an IOMMU, which unmaps first");
	if (by && (by->block_bytes || by->restricted_bytes ||
		   sdev->block_bytes || sdev->restricted_bytes))
		return stress_fail(args, -EBUSY,
				   "unleak: a device has a pool of its own");
	list_for_each_entry (kept, &sdev->leaks, node)
		if (!kept->mapping.slots || kept->mapping.size < 2 ||
		    kept->mapping.addr & (IO_TLB_SIZE - 1))
			return stress_fail(
				args, -ENXIO,
				"unleak: a mapping does not bounce, or is not at the begin of a slot");
	return 0;
}

static int unleak_wrongly(struct stress_args *args)
{
	struct stress_device *by =
		args->given & BIT(KEY_BY)
			? stress_device_find(args->value[KEY_BY])
			: NULL;
	struct stress_device *sdev = args->dev;
	struct stress_kept *kept, *next;
	int err = check_fault(args, by);

	if (err)
		return err;
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		return stress_fail(args, -EOPNOTSUPP,
				   "unleak: no faults where locks sleep");
	list_for_each_entry_safe (kept, next, &sdev->leaks, node) {
		unmap_wrongly(sdev, by ? by->dev : sdev->dev,
			      args->value[KEY_FAULT], &kept->mapping);
		list_del(&kept->node);
		kfree(kept);
		cond_resched();
	}
	return 0;
}

/*
 * Writes to the memory that kept mappings map, as the CPU would, or to the
 * slots of the leaked ones, as the device would. Each time other values.
 */
int stress_write(struct stress_args *args)
{
	struct stress_device *sdev = args->dev;
	static unsigned char value;
	struct stress_kept *kept;
	int err = stress_need_buffer(args);

	if (err)
		return err;
	value = value % 255 + 1;
	if (args->value[KEY_SIDE] == SIDE_CPU)
		memset(sdev->buffer, value, DEVICE_BUFFER_BYTES);
	else
		list_for_each_entry (kept, &sdev->leaks, node)
			memset(phys_to_virt(dma_to_phys(sdev->dev,
							kept->mapping.addr)),
			       value, kept->mapping.size);
	return 0;
}

/* Syncs the leaked mappings from an offset on, for the CPU and back. */
int stress_sync_kept(struct stress_args *args)
{
	struct stress_device *sdev = args->dev;
	size_t offset = args->value[KEY_OFFSET];
	struct stress_mapping part;
	struct stress_kept *kept;

	list_for_each_entry (kept, &sdev->leaks, node) {
		part = kept->mapping;
		if (offset >= part.size)
			return stress_fail(
				args, -EINVAL,
				"sync: offset=%zu: mappings have %u bytes",
				offset, part.size);
		part.addr += offset;
		part.size -= offset;
		stress_sync(sdev, &sdev->counts, &part);
	}
	return 0;
}

int stress_unleak(struct stress_args *args)
{
	int err = 0;

	if (args->value[KEY_FAULT])
		err = unleak_wrongly(args);
	else
		stress_release_kept(args->dev, &args->dev->leaks);
	if (!err)
		args->dev->leaked = 0;
	return err;
}

/* Allocates coherent memory and keeps it. */
int stress_allocate(struct stress_args *args)
{
	struct stress_device *sdev = args->dev;
	struct stress_kept *kept;
	u64 i;
	int err;

	for (i = 0; i < args->value[KEY_COUNT]; i++) {
		kept = kmalloc(sizeof(*kept), GFP_KERNEL);
		err = kept ? stress_alloc(sdev, &sdev->counts,
					  args->value[KEY_SIZE], &kept->mapping)
			   : -ENOMEM;
		if (err) {
			kfree(kept);
			return stress_fail(args, err,
					   "alloc: refused after %llu of %llu",
					   i, args->value[KEY_COUNT]);
		}
		list_add_tail(&kept->node, &sdev->allocated);
		cond_resched();
	}
	return 0;
}

int stress_free(struct stress_args *args)
{
	stress_release_kept(args->dev, &args->dev->allocated);
	return 0;
}

/* Maps until the kernel refuses, or @count mappings are made.  0, or a negative
 * errno. */
static int fill_pool(struct stress_args *args, size_t offset, size_t size,
		     u64 count)
{
	struct stress_device *sdev = args->dev;
	struct stress_kept *last;
	u64 i;
	int err;

	for (i = 0; i < count; i++) {
		err = keep_one(sdev, sdev->buffer + offset, size, kept_dir,
			       &sdev->filled);
		if (err == -ENOSPC)
			return i ? 0
				 : stress_fail(
					   args, err,
					   "the pool had no room for a single mapping");
		if (err)
			return stress_fail(args, err,
					   "error %d after %llu mappings", err,
					   i);
		last = list_last_entry(&sdev->filled, struct stress_kept, node);
		if (!last->mapping.slots) {
			release_one(sdev, last);
			return stress_fail(
				args, -ENXIO,
				"device %d does not bounce (boot with swiotlb=force)",
				sdev->id);
		}
		if (fatal_signal_pending(current))
			return stress_fail(args, -EINTR,
					   "interrupted after %llu mappings",
					   i + 1);
		cond_resched();
	}
	return 0;
}

int stress_fill(struct stress_args *args)
{
	u64 count =
		args->given & BIT(KEY_COUNT) ? args->value[KEY_COUNT] : U64_MAX;
	int err = check_size(args);

	return err
		       ?: fill_pool(args, args->value[KEY_OFFSET],
				    args->value[KEY_SIZE], count);
}

/* One-slot mappings at a slot boundary; a mask of more than a slot would leave
 * slots unused. */
static int fill_slots(struct stress_args *args)
{
	int err = stress_need_buffer(args);

	if (err)
		return err;
	if (dma_get_min_align_mask(args->dev->dev) >= IO_TLB_SIZE)
		return stress_fail(
			args, -EINVAL,
			"device %d's min-align mask keeps it from using every slot",
			args->dev->id);
	return fill_pool(args, 0, IO_TLB_SIZE, U64_MAX);
}

int stress_exhaust(struct stress_args *args)
{
	return fill_slots(args);
}

static int by_address(void *priv, const struct list_head *a,
		      const struct list_head *b)
{
	return list_entry(a, struct stress_kept, node)->mapping.addr >
	       list_entry(b, struct stress_kept, node)->mapping.addr;
}

/*
 * Of all slots that were free, keeps one in as many as @size needs: what is
 * left are runs of one slot less.
 */
int stress_fragment(struct stress_args *args)
{
	u64 size = args->given & BIT(KEY_SIZE) ? args->value[KEY_SIZE]
					       : 2 * IO_TLB_SIZE;
	u64 slots = DIV_ROUND_UP(size, IO_TLB_SIZE);
	struct stress_device *sdev = args->dev;
	struct stress_kept *kept, *next;
	int err;

	if (slots < 2 || slots > IO_TLB_SEGSIZE)
		return stress_fail(
			args, -EINVAL,
			"fragment: size=%llu: must be from %d to %zu", size,
			IO_TLB_SIZE + 1, STRESS_SEGMENT_BYTES);
	if (!list_empty(&sdev->filled))
		return stress_fail(args, -EBUSY,
				   "fragment: drain device %d first", sdev->id);
	err = fill_slots(args);
	if (err)
		return err;
	list_sort(NULL, &sdev->filled, by_address);
	list_for_each_entry_safe (kept, next, &sdev->filled, node) {
		if ((kept->mapping.addr >> IO_TLB_SHIFT) % slots)
			release_one(sdev, kept);
	}
	return 0;
}

int stress_drain(struct stress_args *args)
{
	stress_release_kept(args->dev, &args->dev->filled);
	return 0;
}

/* Makes requests that must be refused.  -ENXIO when one was not. */
static int refused(struct stress_args *args, size_t offset, size_t size)
{
	struct stress_device *sdev = args->dev;
	struct stress_mapping mapping;
	u64 i;

	for (i = 0; i < args->value[KEY_COUNT]; i++) {
		if (!stress_map(sdev, &sdev->counts, sdev->buffer + offset,
				size, kept_dir, true, &mapping)) {
			stress_unmap(sdev, &sdev->counts, &mapping);
			return stress_fail(
				args, -ENXIO,
				"%zu bytes at offset %zu were mapped: %s", size,
				offset,
				mapping.slots
					? "the kernel allows it"
					: "the device does not bounce (boot with swiotlb=force)");
		}
		cond_resched();
	}
	return 0;
}

int stress_oversize(struct stress_args *args)
{
	size_t size = args->given & BIT(KEY_SIZE) ? args->value[KEY_SIZE]
						  : STRESS_OVERSIZE_BYTES;
	int err;

	if (size <= STRESS_SEGMENT_BYTES || size > STRESS_OVERSIZE_MAX)
		return stress_fail(
			args, -EINVAL,
			"oversize: size=%zu: must be from %zu to %zu", size,
			STRESS_SEGMENT_BYTES + 1, STRESS_OVERSIZE_MAX);
	err = stress_need_buffer(args);
	return err ?: refused(args, 0, size);
}

/* With a mask that the pool lies above. */
int stress_beyond_reach(struct stress_args *args)
{
	int err = check_size(args);

	return err ?: refused(args, 0, args->value[KEY_SIZE]);
}

/*
 * The buffer begins in the middle of a slot and the mask keeps that offset, so
 * it takes one slot more than its size does.
 *
 * boundary: 64 KiB take 33 slots and thus always cross a multiple of 64 KiB,
 * which they must not.  The size is far below the device's limit, and without
 * the mask the same request succeeds.
 *
 * limit: 256 KiB less a quarter of a slot take 129 slots, one more than a
 * segment has. The size is below a segment, but above the device's limit (254
 * KiB).
 *
 * A mask of more than a slot would do, too, but with one the search of Linux
 * 6.1 may miss the place where it began, and then it never ends.
 */
int stress_misaligned(struct stress_args *args)
{
	struct device_dma_parameters saved, *parms = args->dev->dev->dma_parms;
	bool limit = args->value[KEY_KIND] == KIND_LIMIT;
	int err = stress_need_buffer(args);

	if (err)
		return err;
	/* A load would map with parameters other than it unmaps with. */
	if (stress_loads_running(args->dev))
		return stress_fail(
			args, -EBUSY,
			"misaligned: stop the loads of device %d first",
			args->dev->id);
	saved = *parms;
	parms->min_align_mask = ALIGN_MASK;
	if (!limit)
		parms->segment_boundary_mask = BOUNDARY_MASK;
	err = refused(args, ALIGN_OFFSET,
		      limit ? STRESS_SEGMENT_BYTES - ALIGN_OFFSET / 2
			    : BOUNDARY_MASK + 1);
	*parms = saved;
	return err;
}
