// SPDX-License-Identifier: GPL-2.0-only
/*
 * A pool of any size: no memory is behind it. What is bounced is lost, which a
 * load does not mind. The kernel's own code maps and unmaps in it.
 */
#include <linux/io.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "stress.h"

#ifdef CONFIG_SWIOTLB_DYNAMIC

/* Nothing answers there: far above a guest's memory, in 40 bits. */
#define HOLLOW_START (1ull << 38)

/* Private to kernel/dma/swiotlb.c, 6.12 to 7.3. */
struct io_tlb_area {
	unsigned long used;
	unsigned int index;
	spinlock_t lock;
};

struct io_tlb_slot {
	phys_addr_t orig_addr;
	size_t alloc_size;
	unsigned short list;
	unsigned short pad_slots;
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

static void init_slots(struct io_tlb_pool *pool)
{
	unsigned long i;

	for (i = 0; i < pool->nslabs; i++) {
		pool->slots[i] = (struct io_tlb_slot){
			.orig_addr = ~(phys_addr_t)0,
			.list = IO_TLB_SEGSIZE - i % IO_TLB_SEGSIZE,
		};
		if (!(i % PAGE_SIZE))
			cond_resched();
	}
}

/* As swiotlb_init_io_tlb_pool() and rmem_swiotlb_device_init() do. */
static void init_allocator(struct stress_hollow *hollow, size_t size)
{
	struct io_tlb_pool *pool = &hollow->mem.defpool;
	unsigned int i;

	pool->start = HOLLOW_START;
	pool->end = HOLLOW_START + size;
	pool->nslabs = size >> IO_TLB_SHIFT;
	pool->nareas = STRESS_HOLLOW_AREAS;
	pool->area_nslabs = pool->nslabs / STRESS_HOLLOW_AREAS;
	pool->areas = hollow->areas;
	for (i = 0; i < STRESS_HOLLOW_AREAS; i++)
		spin_lock_init(&hollow->areas[i].lock);
	init_slots(pool);
	hollow->mem.nslabs = pool->nslabs;
	hollow->mem.force_bounce = true;
	spin_lock_init(&hollow->mem.lock);
	INIT_LIST_HEAD(&hollow->mem.pools);
	list_add(&pool->node, &hollow->mem.pools);
}

/**
 * stress_hollow_make - give a device a pool without memory
 * @dev: the device, with nothing mapped
 * @size: of the pool in bytes, whole segments in each area
 *
 * Return: the pool, or an ERR_PTR().
 */
struct stress_hollow *stress_hollow_make(struct device *dev, size_t size)
{
	struct stress_hollow *hollow = kzalloc(sizeof(*hollow), GFP_KERNEL);
	struct io_tlb_pool *pool;

	if (!hollow)
		return ERR_PTR(-ENOMEM);
	pool = &hollow->mem.defpool;
	pool->slots =
		vmalloc(array_size(size >> IO_TLB_SHIFT, sizeof(*pool->slots)));
	pool->vaddr = (void __force *)ioremap(HOLLOW_START, size);
	if (!pool->slots || !pool->vaddr) {
		if (pool->vaddr)
			iounmap((void __iomem __force *)pool->vaddr);
		vfree(pool->slots);
		kfree(hollow);
		return ERR_PTR(-ENOMEM);
	}
	init_allocator(hollow, size);
	hollow->former = dev->dma_io_tlb_mem;
	dev->dma_io_tlb_mem = &hollow->mem;
	return hollow;
}

/* Gives the device back what it had; nothing may be mapped in the pool. */
void stress_hollow_end(struct device *dev, struct stress_hollow *hollow)
{
	struct io_tlb_pool *pool = &hollow->mem.defpool;

	dev->dma_io_tlb_mem = hollow->former;
	iounmap((void __iomem __force *)pool->vaddr);
	vfree(pool->slots);
	kfree(hollow);
}

#else

struct stress_hollow *stress_hollow_make(struct device *dev, size_t size)
{
	return ERR_PTR(-EOPNOTSUPP);
}

void stress_hollow_end(struct device *dev, struct stress_hollow *hollow)
{
}

#endif
