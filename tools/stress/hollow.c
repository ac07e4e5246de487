// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a device can have in place of a pool with memory, set up as the kernel's
 * own code finds it:
 *
 * - hollow: a pool of any size. What is bounced is lost, which a load does not
 *   mind.
 * - disabled: likewise, marked as one whose memory could not be decrypted
 *   (swiotlb_mark_pool_used(), 7.3).
 * - private: likewise, not of memory that the host sees (cc_shared, 7.3).
 * - none: an allocator without a slot, as with swiotlb=noforce.
 */
#include <linux/cc_platform.h>
#include <linux/io.h>
#include <linux/slab.h>
#include <linux/version.h>
#include <linux/vmalloc.h>

#include "stress.h"

/* Private to kernel/dma/swiotlb.c, 6.12 to 7.3, and with device blocks. */
struct io_tlb_area {
	unsigned long used;
#ifdef IO_TLB_BLOCKSIZE
	unsigned int area_index;
	unsigned int index;
	unsigned int block_index;
#else
	unsigned int index;
#endif
	spinlock_t lock;
};

/**
 * struct stress_hollow - the pool
 * @mem: the allocator, with its one pool
 * @areas: of the pool
 * @former: what the device had
 */
struct stress_hollow {
	struct io_tlb_mem mem;
	struct io_tlb_area areas[STRESS_HOLLOW_AREAS];
	struct io_tlb_mem *former;
};

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)

/* Nothing answers there: far above a guest's memory, in 40 bits. */
#define HOLLOW_START (1ull << 38)

struct io_tlb_slot {
	phys_addr_t orig_addr;
	size_t alloc_size;
	unsigned short list;
	unsigned short pad_slots;
};

static void init_slots(struct io_tlb_pool *pool, bool disabled)
{
	unsigned long i;

	for (i = 0; i < pool->nslabs; i++) {
		pool->slots[i] = (struct io_tlb_slot){
			.orig_addr = ~(phys_addr_t)0,
			.list = disabled ? 0
					 : IO_TLB_SEGSIZE - i % IO_TLB_SEGSIZE,
		};
		if (!(i % PAGE_SIZE))
			cond_resched();
	}
}

static void init_areas(struct stress_hollow *hollow, bool disabled)
{
	struct io_tlb_pool *pool = &hollow->mem.defpool;
	unsigned int i;

	for (i = 0; i < STRESS_HOLLOW_AREAS; i++) {
		spin_lock_init(&hollow->areas[i].lock);
		hollow->areas[i].used = disabled ? pool->area_nslabs : 0;
	}
}

/* As swiotlb_init_io_tlb_pool() and rmem_swiotlb_device_init() do. */
static void init_pool(struct stress_hollow *hollow, size_t size, bool disabled)
{
	struct io_tlb_pool *pool = &hollow->mem.defpool;

	pool->start = HOLLOW_START;
	pool->end = HOLLOW_START + size;
	pool->nslabs = size >> IO_TLB_SHIFT;
	pool->nareas = STRESS_HOLLOW_AREAS;
	pool->area_nslabs = pool->nslabs / STRESS_HOLLOW_AREAS;
	pool->areas = hollow->areas;
	init_areas(hollow, disabled);
	init_slots(pool, disabled);
	hollow->mem.nslabs = pool->nslabs;
}

static void free_pool(struct stress_hollow *hollow)
{
	struct io_tlb_pool *pool = &hollow->mem.defpool;

	if (pool->vaddr)
		iounmap((void __iomem __force *)pool->vaddr);
	vfree(pool->slots);
}

#ifdef CONFIG_SWIOTLB_DYNAMIC
static void init_list(struct io_tlb_mem *mem)
{
	spin_lock_init(&mem->lock);
	INIT_LIST_HEAD(&mem->pools);
}

static void add_pool(struct io_tlb_mem *mem)
{
	list_add(&mem->defpool.node, &mem->pools);
}
#else
static void init_list(struct io_tlb_mem *mem)
{
}

static void add_pool(struct io_tlb_mem *mem)
{
}
#endif

static void init_allocator(struct io_tlb_mem *mem, enum stress_pool kind)
{
	init_list(mem);
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 3, 0)
	mem->cc_shared =
		kind != POOL_PRIVATE && cc_platform_has(CC_ATTR_MEM_ENCRYPT);
#endif
}

static int make_pool(struct stress_hollow *hollow, size_t size,
		     enum stress_pool kind)
{
	struct io_tlb_pool *pool = &hollow->mem.defpool;

	init_allocator(&hollow->mem, kind);
	if (kind == POOL_NONE)
		return 0;
	pool->slots =
		vmalloc(array_size(size >> IO_TLB_SHIFT, sizeof(*pool->slots)));
	pool->vaddr = (void __force *)ioremap(HOLLOW_START, size);
	if (!pool->slots || !pool->vaddr)
		return -ENOMEM;
	init_pool(hollow, size, kind == POOL_DISABLED);
	add_pool(&hollow->mem);
	return 0;
}

#else

static void free_pool(struct stress_hollow *hollow)
{
}

static int make_pool(struct stress_hollow *hollow, size_t size,
		     enum stress_pool kind)
{
	return kind == POOL_NONE ? 0 : -EOPNOTSUPP;
}

#endif

/**
 * stress_hollow_make - give a device a pool without memory, or none
 * @dev: the device, with nothing mapped
 * @size: of the pool in bytes, whole segments in each area
 * @kind: of pool; before 6.6 POOL_NONE alone
 *
 * Return: what stress_hollow_end() takes, or an ERR_PTR().
 */
struct stress_hollow *stress_hollow_make(struct device *dev, size_t size,
					 enum stress_pool kind)
{
	struct stress_hollow *hollow = kzalloc(sizeof(*hollow), GFP_KERNEL);
	int err;

	if (!hollow)
		return ERR_PTR(-ENOMEM);
	err = make_pool(hollow, size, kind);
	if (err) {
		free_pool(hollow);
		kfree(hollow);
		return ERR_PTR(err);
	}
	hollow->mem.force_bounce = true;
	hollow->former = dev->dma_io_tlb_mem;
	dev->dma_io_tlb_mem = &hollow->mem;
	return hollow;
}

/* Gives the device back what it had; nothing may be mapped in the pool. */
void stress_hollow_end(struct device *dev, struct stress_hollow *hollow)
{
	dev->dma_io_tlb_mem = hollow->former;
	free_pool(hollow);
	kfree(hollow);
}
