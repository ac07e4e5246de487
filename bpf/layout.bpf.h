/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LAYOUT_BPF_H
#define LAYOUT_BPF_H

/*
 * The kernel's structures that differ between kernels, in every variant. No
 * other file knows a variant (tools/lint checks that). A new kernel is a new
 * variant here.
 *
 * When a program is loaded, CO-RE asks the kernel's BTF which variant runs. The
 * verifier then removes the branches that are not taken.
 */

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "include/audit.h"
#include "include/kfuncs.h"
#include "include/pools.h"

#pragma clang attribute push(__attribute__((preserve_access_index)),           \
			     apply_to = record)

/* 6.0 and later: kernel/dma/swiotlb.c */
struct io_tlb_area___v60 {
	unsigned long used;
	spinlock_t lock;
};

/* 6.0 and later as well; the patched kernels have all */
struct io_tlb_area___hints {
	unsigned int index;
	unsigned int area_index;
	unsigned int block_index;
};

/* 5.14 and later; "list" is short from 6.6 on: kernel/dma/swiotlb.c */
struct io_tlb_slot___v514 {
	__u64 orig_addr;
	unsigned long alloc_size;
	unsigned int list;
};

/* 6.10 and later: kernel/dma/swiotlb.c */
struct io_tlb_slot___v610 {
	unsigned short pad_slots;
};

/* 5.16 to 5.19: include/linux/swiotlb.h */
struct io_tlb_mem___v518 {
	__u64 start;
	__u64 end;
	unsigned long nslabs;
	unsigned long used;
	spinlock_t lock;
	struct io_tlb_slot___v514 *slots;
};

/* The RFC of April 2022, on 5.18, part 1 of 2: include/linux/swiotlb.h */
struct io_tlb_mem___rfc {
	unsigned int num_areas;
};

/* 6.0 to 6.5, and the RFC but for its count: include/linux/swiotlb.h */
struct io_tlb_mem___v60 {
	__u64 start;
	__u64 end;
	void *vaddr;
	unsigned long nslabs;
	unsigned int nareas;
	unsigned int area_nslabs;
	struct io_tlb_area___v60 *areas;
	struct io_tlb_slot___v514 *slots;
};

/* The RFC, part 2 of 2, and our patched 6.1: include/linux/swiotlb.h */
struct io_tlb_block___patched {
	unsigned long alloc_size;
	unsigned int list;
};

struct io_tlb_mem___patched {
	unsigned int area_block_number;
	struct io_tlb_mem *parent;
	struct io_tlb_block___patched *block;
};

/* 6.6 and later: include/linux/swiotlb.h */
struct io_tlb_pool___v66 {
	__u64 start;
	__u64 end;
	void *vaddr;
	unsigned long nslabs;
	unsigned int nareas;
	unsigned int area_nslabs;
	struct io_tlb_area___v60 *areas;
	struct io_tlb_slot___v514 *slots;
	struct list_head node; /* SWIOTLB_DYNAMIC */
};

/* Our patched 7.3, whose io_tlb_mem has the parent: include/linux/swiotlb.h */
struct io_tlb_pool___patched {
	unsigned int area_block_number;
	struct io_tlb_block___patched *block;
};

struct io_tlb_mem___v66 {
	struct io_tlb_pool___v66 defpool;
	unsigned long nslabs;
	bool can_grow;		/* SWIOTLB_DYNAMIC */
	struct list_head pools; /* likewise */
};

/* 6.4 and later, with DEBUG_FS: include/linux/swiotlb.h */
struct io_tlb_mem___debugfs {
	atomic_long_t total_used;
	atomic_long_t used_hiwater;
	atomic_long_t transient_nslabs; /* later than the others */
};

/* 7.x: include/linux/swiotlb.h */
struct io_tlb_mem___cc {
	bool cc_shared; /* memory that the host sees */
};

/* 5.14 and later: include/linux/swiotlb.h */
struct io_tlb_mem___force {
	bool force_bounce;
};

/* 5.12 and later: include/linux/device.h */
struct device___swiotlb {
	struct io_tlb_mem *dma_io_tlb_mem;
	struct list_head dma_io_tlb_pools; /* 6.6, SWIOTLB_DYNAMIC */
	bool dma_uses_io_tlb;		   /* likewise */
};

/* PREEMPT_RT: include/linux/spinlock_types.h */
struct spinlock___rt {
	struct rt_mutex_base lock;
};

/* CONFIG_QUEUED_SPINLOCKS: include/asm-generic/qspinlock_types.h */
struct qspinlock___v42 {
	atomic_t val;
};

/* FPROBE, 5.18 and later: kernel/trace/bpf_trace.c, include/linux/fprobe.h */
struct fprobe___multi {
	unsigned long nmissed;
};

struct bpf_kprobe_multi_link___multi {
	struct bpf_link link;
	struct fprobe___multi fp;
};

/*
 * How a device's DMA is mapped: include/linux/device.h. dma_ops is there where
 * something may map for a device that is not the CPU's own address space
 * (CONFIG_DMA_OPS, all kernels before 6.12), dma_iommu from 6.12 on.
 */
struct device___ops {
	const void *dma_ops;
	bool dma_iommu : 1;
};

/* Architectures with devices whose DMA bypasses caches: include/linux/device.h
 */
struct device___coherent {
	bool dma_coherent : 1;
};

#pragma clang attribute pop

/* 6.12 and later, the type in the highest byte: include/linux/page-flags.h */
enum pagetype___v612 {
	PGTY_buddy___v612 = 0xf0,
};

/* 6.11: a bit that is clear for the type, include/linux/page-flags.h */
enum pagetype___v611 {
	PG_buddy___v611 = 0x40000000,
};

/* Before: macros with the same meaning, include/linux/page-flags.h (6.1) */
#define BUDDY_BASE_V61	0xf0000000u
#define BUDDY_BIT_V61	0x00000080u
#define BUDDY_BASE_V611 0x80000000u

/* Larger than struct io_tlb_slot of any kernel. */
#define LAYOUT_SLOT_MAX	 32u
#define LAYOUT_BLOCK_MAX 32u

/* Regions of a bus that are looked at; device trees have one to three. */
#define BUS_REGIONS_MAX 8u

/** layout_variant() - LAYOUT_* of the running kernel */
static __always_inline __u32 layout_variant(void)
{
	if (bpf_core_field_exists(struct io_tlb_mem___v66, defpool))
		return LAYOUT_V66;
	if (bpf_core_field_exists(struct io_tlb_mem___v60, nareas))
		return LAYOUT_V60;
	if (bpf_core_field_exists(struct io_tlb_mem___rfc, num_areas))
		return LAYOUT_RFC;
	if (bpf_core_field_exists(struct io_tlb_mem___v518, slots))
		return LAYOUT_V518;
	return LAYOUT_NONE;
}

/** layout_has_blocks() - pools have a block list */
static __always_inline bool layout_has_blocks(void)
{
	return bpf_core_field_exists(struct io_tlb_mem___patched, block) ||
	       bpf_core_field_exists(struct io_tlb_pool___patched, block);
}

/** layout_has_dynamic() - an io_tlb_mem may have several pools */
static __always_inline bool layout_has_dynamic(void)
{
	return bpf_core_field_exists(struct io_tlb_mem___v66, pools);
}

/** layout_has_transient() - devices have lists of pools for one mapping each */
static __always_inline bool layout_has_transient(void)
{
	return bpf_core_field_exists(struct device___swiotlb, dma_io_tlb_pools);
}

/** layout_has_multi_links() - there are links of kprobe.multi */
static __always_inline bool layout_has_multi_links(void)
{
	return bpf_core_type_exists(struct bpf_kprobe_multi_link___multi);
}

/** layout_multi_missed() - calls that such a link missed */
static __always_inline __u64 layout_multi_missed(const struct bpf_link *link)
{
	const struct bpf_kprobe_multi_link___multi *multi =
		(const void *)link -
		bpf_core_field_offset(struct bpf_kprobe_multi_link___multi,
				      link);

	return BPF_CORE_READ(multi, fp.nmissed);
}

/** layout_pool_of_node() - the pool of a node of a list of pools */
static __always_inline __u64 layout_pool_of_node(__u64 node)
{
	return node - bpf_core_field_offset(struct io_tlb_pool___v66, node);
}

/** layout_mem_pools() - head of the list of an io_tlb_mem's pools; see
 * layout_has_dynamic()
 */
static __always_inline __u64 layout_mem_pools(__u64 mem)
{
	return mem + bpf_core_field_offset(struct io_tlb_mem___v66, pools);
}

/** layout_device_pools() - head of the list of a device's transient pools; see
 * layout_has_transient()
 */
static __always_inline __u64 layout_device_pools(__u64 dev)
{
	return dev +
	       bpf_core_field_offset(struct device___swiotlb, dma_io_tlb_pools);
}

/** layout_mem_slots() - of all pools of an io_tlb_mem but transient ones; of
 * kernels with dynamic pools
 */
static __always_inline __u64 layout_mem_slots(__u64 mem)
{
	struct io_tlb_mem___v66 *dynamic = (void *)mem;

	return layout_has_dynamic() ? BPF_CORE_READ(dynamic, nslabs) : 0;
}

/** layout_pool_slots() - of one pool of such a kernel */
static __always_inline __u64 layout_pool_slots(__u64 pool)
{
	struct io_tlb_pool___v66 *dynamic = (void *)pool;

	return layout_has_dynamic() ? BPF_CORE_READ(dynamic, nslabs) : 0;
}

/** layout_can_grow() - pools are added to this io_tlb_mem when it is full */
static __always_inline bool layout_can_grow(__u64 mem)
{
	struct io_tlb_mem___v66 *dynamic = (void *)mem;

	return layout_has_dynamic() && BPF_CORE_READ(dynamic, can_grow);
}

/** layout_area_bytes() - size of an area; the whole pool where it has none */
static __always_inline __u32 layout_area_bytes(void)
{
	if (bpf_core_type_exists(struct io_tlb_area___v60))
		return bpf_core_type_size(struct io_tlb_area___v60);
	return bpf_core_type_size(struct io_tlb_mem___v518);
}

/** layout_lock_offset() - the lock's place in an area */
static __always_inline __u32 layout_lock_offset(void)
{
	if (bpf_core_type_exists(struct io_tlb_area___v60))
		return bpf_core_field_offset(struct io_tlb_area___v60, lock);
	return bpf_core_field_offset(struct io_tlb_mem___v518, lock);
}

/** layout_used_offset() - the used counter's place in an area */
static __always_inline __u32 layout_used_offset(void)
{
	if (bpf_core_type_exists(struct io_tlb_area___v60))
		return bpf_core_field_offset(struct io_tlb_area___v60, used);
	return bpf_core_field_offset(struct io_tlb_mem___v518, used);
}

static __always_inline void layout_read_v66(__u64 desc, struct pool_record *p)
{
	struct io_tlb_pool___v66 *pool = (void *)desc;

	p->start = BPF_CORE_READ(pool, start);
	p->end = BPF_CORE_READ(pool, end);
	p->slots = BPF_CORE_READ(pool, nslabs);
	p->areas = BPF_CORE_READ(pool, nareas);
	p->area_slots = BPF_CORE_READ(pool, area_nslabs);
	p->areas_addr = (__u64)BPF_CORE_READ(pool, areas);
	p->slots_addr = (__u64)BPF_CORE_READ(pool, slots);
}

static __always_inline void layout_read_v60(__u64 desc, struct pool_record *p)
{
	struct io_tlb_mem___v60 *mem = (void *)desc;
	struct io_tlb_mem___rfc *rfc = (void *)desc;

	p->start = BPF_CORE_READ(mem, start);
	p->end = BPF_CORE_READ(mem, end);
	p->slots = BPF_CORE_READ(mem, nslabs);
	if (layout_variant() == LAYOUT_RFC)
		p->areas = BPF_CORE_READ(rfc, num_areas);
	else
		p->areas = BPF_CORE_READ(mem, nareas);
	p->area_slots = BPF_CORE_READ(mem, area_nslabs);
	p->areas_addr = (__u64)BPF_CORE_READ(mem, areas);
	p->slots_addr = (__u64)BPF_CORE_READ(mem, slots);
}

static __always_inline void layout_read_v518(__u64 desc, struct pool_record *p)
{
	struct io_tlb_mem___v518 *mem = (void *)desc;

	p->start = BPF_CORE_READ(mem, start);
	p->end = BPF_CORE_READ(mem, end);
	p->slots = BPF_CORE_READ(mem, nslabs);
	p->areas = 1;
	p->area_slots = p->slots;
	p->areas_addr = desc;
	p->slots_addr = (__u64)BPF_CORE_READ(mem, slots);
}

/**
 * layout_pool_valid() - the record describes a pool that can exist
 *
 * A descriptor that is freed while we read it gives anything; what follows
 * must be able to rely on these relations.
 */
static __always_inline bool layout_pool_valid(const struct pool_record *p)
{
	return p->slots && p->slots < (1u << 30) && p->areas &&
	       p->areas <= p->slots && p->area_slots && p->slots_addr &&
	       p->areas_addr && p->end - p->start == p->slots << TLB_SHIFT &&
	       (__u64)p->areas * p->area_slots <= p->slots;
}

/* The block list lies where what describes memory does. */
static __always_inline void layout_read_blocks(__u64 desc,
					       struct pool_record *p)
{
	struct io_tlb_pool___patched *pool = (void *)desc;
	struct io_tlb_mem___patched *mem = (void *)desc;

	p->area_blocks = 0;
	p->blocks_addr = 0;
	if (bpf_core_field_exists(struct io_tlb_pool___patched, block)) {
		p->area_blocks = BPF_CORE_READ(pool, area_block_number);
		p->blocks_addr = (__u64)BPF_CORE_READ(pool, block);
	} else if (bpf_core_field_exists(struct io_tlb_mem___patched, block)) {
		p->area_blocks = BPF_CORE_READ(mem, area_block_number);
		p->blocks_addr = (__u64)BPF_CORE_READ(mem, block);
	}
}

/**
 * layout_read_pool() - read a pool descriptor
 * @desc: address of an io_tlb_mem, or from 6.6 on of an io_tlb_pool
 * @p: filled in but for kind, device, parent and the totals
 *
 * Return: true when it holds a valid pool.
 */
static __always_inline bool layout_read_pool(__u64 desc, struct pool_record *p)
{
	__u32 variant = layout_variant();

	p->desc = desc;
	if (variant == LAYOUT_V66)
		layout_read_v66(desc, p);
	else if (variant == LAYOUT_V60 || variant == LAYOUT_RFC)
		layout_read_v60(desc, p);
	else if (variant == LAYOUT_V518)
		layout_read_v518(desc, p);
	else
		return false;

	layout_read_blocks(desc, p);
	return layout_pool_valid(p);
}

/** layout_mem_desc() - the descriptor of an io_tlb_mem's first pool */
static __always_inline __u64 layout_mem_desc(__u64 mem)
{
	if (layout_variant() == LAYOUT_V66)
		return mem +
		       bpf_core_field_offset(struct io_tlb_mem___v66, defpool);
	return mem;
}

/** layout_mem_parent() - the io_tlb_mem that one was carved from; 0 = none */
static __always_inline __u64 layout_mem_parent(__u64 addr)
{
	struct io_tlb_mem___patched *mem = (void *)addr;

	if (!bpf_core_field_exists(struct io_tlb_mem___patched, parent))
		return 0;
	return (__u64)BPF_CORE_READ(mem, parent);
}

/**
 * layout_parent_desc() - the descriptor of the pool that one was carved from
 * @desc: of the first pool of an io_tlb_mem
 *
 * Return: 0 where there is none, or where the kernel does not say.
 */
static __always_inline __u64 layout_parent_desc(__u64 desc)
{
	__u64 parent = layout_mem_parent(desc - layout_mem_desc(0));

	return parent ? layout_mem_desc(parent) : 0;
}

/** layout_pool_vaddr() - the kernel's address of a pool's memory; 0 = unknown
 */
static __always_inline __u64 layout_pool_vaddr(__u64 desc)
{
	struct io_tlb_pool___v66 *pool = (void *)desc;
	struct io_tlb_mem___v60 *mem = (void *)desc;

	if (layout_variant() == LAYOUT_V66)
		return (__u64)BPF_CORE_READ(pool, vaddr);
	return bpf_core_field_exists(struct io_tlb_mem___v60, vaddr)
		       ? (__u64)BPF_CORE_READ(mem, vaddr)
		       : 0;
}

#define LAYOUT_TOTAL(mem, member)                                              \
	(bpf_core_field_exists((mem)->member)                                  \
		 ? BPF_CORE_READ(mem, member.counter)                          \
		 : POOL_COUNT_UNKNOWN)

/**
 * layout_read_totals() - what the kernel counts of all pools of an io_tlb_mem
 * @desc: the descriptor of its first pool; 0 = of another one, which has none
 * @p: its totals are set; POOL_COUNT_UNKNOWN where the kernel has none
 */
static __always_inline void layout_read_totals(__u64 desc,
					       struct pool_record *p)
{
	struct io_tlb_mem___debugfs *mem = (void *)(desc - layout_mem_desc(0));

	p->total_used = POOL_COUNT_UNKNOWN;
	p->used_hiwater = POOL_COUNT_UNKNOWN;
	p->transient_slots = POOL_COUNT_UNKNOWN;
	if (!desc)
		return;
	p->total_used = LAYOUT_TOTAL(mem, total_used);
	p->used_hiwater = LAYOUT_TOTAL(mem, used_hiwater);
	p->transient_slots = LAYOUT_TOTAL(mem, transient_nslabs);
}

/** layout_device_mem() - the io_tlb_mem that a device uses; 0 = none */
static __always_inline __u64 layout_device_mem(__u64 dev)
{
	struct device___swiotlb *device = (void *)dev;

	if (!bpf_core_field_exists(struct device___swiotlb, dma_io_tlb_mem))
		return 0;
	return (__u64)BPF_CORE_READ(device, dma_io_tlb_mem);
}

/**
 * layout_mem_shared() - the memory of an io_tlb_mem is encrypted for neither
 * the kernel nor its host; false where the kernel does not say so (before 7.x)
 */
static __always_inline bool layout_mem_shared(__u64 mem)
{
	struct io_tlb_mem___cc *allocator = (void *)mem;

	return bpf_core_field_exists(allocator->cc_shared) &&
	       BPF_CORE_READ(allocator, cc_shared);
}

/** layout_device_bounced() - it has been given slots, of some pool */
static __always_inline bool layout_device_bounced(__u64 dev)
{
	struct device___swiotlb *device = (void *)dev;

	return !bpf_core_field_exists(struct device___swiotlb,
				      dma_uses_io_tlb) ||
	       BPF_CORE_READ(device, dma_uses_io_tlb);
}

/** layout_mem_range() - first address and end of an io_tlb_mem's first pool */
static __always_inline void layout_mem_range(__u64 mem, __u64 *start,
					     __u64 *end)
{
	struct io_tlb_pool___v66 *pool = (void *)layout_mem_desc(mem);
	struct io_tlb_mem___v518 *older = (void *)mem;

	if (layout_variant() == LAYOUT_V66) {
		*start = BPF_CORE_READ(pool, start);
		*end = BPF_CORE_READ(pool, end);
	} else {
		*start = BPF_CORE_READ(older, start);
		*end = BPF_CORE_READ(older, end);
	}
}

/**
 * layout_bus_address() - what a device has to say for a physical address
 *
 * As translate_phys_to_dma() in include/linux/dma-direct.h. Buses of most
 * machines do not translate, and have no map.
 *
 * Return: ~0 when the device's bus does not show it at all.
 */
static __always_inline __u64 layout_bus_address(__u64 dev, __u64 phys)
{
	struct device *device = (void *)dev;
	const struct bus_dma_region *map = BPF_CORE_READ(device, dma_range_map);

	if (!map)
		return phys;
	for (__u32 i = 0; i < BUS_REGIONS_MAX; i++, map++) {
		__u64 start = BPF_CORE_READ(map, cpu_start);
		__u64 size = BPF_CORE_READ(map, size);

		if (!size)
			break;
		if (phys - start < size)
			return BPF_CORE_READ(map, dma_start) + (phys - start);
	}
	return ~0ull;
}

/** layout_device_mask() - its DMA mask; 0 = it cannot map */
static __always_inline __u64 layout_device_mask(__u64 dev)
{
	struct device *device = (void *)dev;
	__u64 *mask_at = BPF_CORE_READ(device, dma_mask), mask = 0;

	bpf_probe_read_kernel(&mask, sizeof(mask), mask_at);
	return mask;
}

/**
 * layout_device_reach() - the highest bus address that a device can use
 *
 * The lower one of its mask and of its bus's limit, 0 of which is none
 * (dma_capable()).
 */
static __always_inline __u64 layout_device_reach(__u64 dev)
{
	struct device *device = (void *)dev;
	__u64 mask = layout_device_mask(dev);
	__u64 limit = BPF_CORE_READ(device, bus_dma_limit);

	if (!limit || (mask && mask < limit))
		limit = mask;
	return limit ? limit : ~0ull;
}

/**
 * layout_maps_directly() - the device uses bus addresses as they are
 *
 * With an IOMMU, or Xen, in between it is these that must reach memory.
 */
static __always_inline bool layout_maps_directly(__u64 dev)
{
	struct device___ops *device = (void *)dev;

	if (bpf_core_field_exists(struct device___ops, dma_ops) &&
	    BPF_CORE_READ(device, dma_ops))
		return false;
	return !bpf_core_field_exists(struct device___ops, dma_iommu) ||
	       !BPF_CORE_READ_BITFIELD_PROBED(device, dma_iommu);
}

/** layout_mem_forces() - devices that use an io_tlb_mem bounce all they map */
static __always_inline bool layout_mem_forces(__u64 mem)
{
	struct io_tlb_mem___force *force = (void *)mem;

	return bpf_core_field_exists(struct io_tlb_mem___force, force_bounce) &&
	       BPF_CORE_READ(force, force_bounce);
}

/**
 * layout_has_iommu() - an IOMMU translates for a device that does not map
 *	directly
 *
 * Before 6.12 by its group: the operations of dma-iommu have no other mark.
 */
static __always_inline bool layout_has_iommu(__u64 dev)
{
	struct device *device = (void *)dev;
	struct device___ops *ops = (void *)dev;

	if (bpf_core_field_exists(struct device___ops, dma_iommu))
		return BPF_CORE_READ_BITFIELD_PROBED(ops, dma_iommu);
	return BPF_CORE_READ(device, iommu_group);
}

/* What layout_device_bus() tells apart. */
enum device_bus { ON_PCI, ON_PNP, ON_OTHER_BUS };

/** layout_device_bus() - the kind of bus that a device is on */
static __always_inline enum device_bus layout_device_bus(__u64 dev)
{
	struct device *device = (void *)dev;
	const char *bus = BPF_CORE_READ(device, bus, name);
	char name[4] = {};

	if (bpf_probe_read_kernel_str(name, sizeof(name), bus) !=
		    sizeof(name) ||
	    name[0] != 'p')
		return ON_OTHER_BUS;
	if (name[1] == 'c' && name[2] == 'i' && !name[3])
		return ON_PCI;
	return name[1] == 'n' && name[2] == 'p' && !name[3] ? ON_PNP
							    : ON_OTHER_BUS;
}

/**
 * layout_is_described() - the device tree or ACPI describes it
 *
 * Other platform devices are made by software, with a DMA mask that the bus
 * gives all of its devices (setup_pdev_dma_masks()).
 */
static __always_inline bool layout_is_described(__u64 dev)
{
	struct device *device = (void *)dev;

	return BPF_CORE_READ(device, fwnode);
}

/**
 * layout_has_pnp_id() - it is one of the board's own devices
 *
 * Those that the bus pnp had: ACPI names them by their PNP id. From 7.x on some
 * are on the platform bus, such as the clock PNP0B00 (drivers/rtc/rtc-cmos.c).
 */
static __always_inline bool layout_has_pnp_id(__u64 dev)
{
	struct device *device = (void *)dev;
	char name[4] = {};

	bpf_probe_read_kernel_str(name, sizeof(name),
				  BPF_CORE_READ(device, kobj.name));
	return name[0] == 'P' && name[1] == 'N' && name[2] == 'P';
}

/** layout_pci_device() - the pci_dev of a device on PCI */
static __always_inline struct pci_dev *layout_pci_device(__u64 dev)
{
	return (void *)(dev - bpf_core_field_offset(struct pci_dev, dev));
}

/** layout_masters_bus() - of a device on PCI: it may access memory */
static __always_inline bool layout_masters_bus(__u64 dev)
{
	return BPF_CORE_READ_BITFIELD_PROBED(layout_pci_device(dev),
					     is_busmaster);
}

/**
 * layout_is_untrusted() - of a device on PCI: it may be an attacker's
 *
 * An IOMMU then maps whole pages for it only, and what is no page is bounced
 * (dev_is_untrusted(), drivers/iommu/dma-iommu.c).
 */
static __always_inline bool layout_is_untrusted(__u64 dev)
{
	return BPF_CORE_READ_BITFIELD_PROBED(layout_pci_device(dev), untrusted);
}

/**
 * layout_bounces_unaligned() - small buffers of a device that share a cache
 *	line with others are bounced
 *
 * CONFIG_DMA_BOUNCE_UNALIGNED_KMALLOC of 6.5, which arm64 and riscv select with
 * their swiotlb; told from the layout, which is of 6.6.
 */
static __always_inline bool layout_bounces_unaligned(__u64 dev)
{
	struct device___coherent *device = (void *)dev;

	return bpf_core_field_exists(struct device___coherent, dma_coherent) &&
	       layout_variant() == LAYOUT_V66 &&
	       !BPF_CORE_READ_BITFIELD_PROBED(device, dma_coherent);
}

/** layout_device_driver() - name of its driver; false = it has none */
static __always_inline bool layout_device_driver(__u64 dev, char *name)
{
	struct device *device = (void *)dev;
	struct device_driver *driver = BPF_CORE_READ(device, driver);

	name[0] = 0;
	if (!driver)
		return false;
	bpf_probe_read_kernel_str(name, RECORD_NAME_LEN,
				  BPF_CORE_READ(driver, name));
	return true;
}

/** layout_min_align_mask() - low bits of addresses that a device wants kept */
static __always_inline __u64 layout_min_align_mask(__u64 dev)
{
	struct device *device = (void *)dev;
	struct device_dma_parameters *parms = BPF_CORE_READ(device, dma_parms);

	return parms ? BPF_CORE_READ(parms, min_align_mask) : 0;
}

/** layout_device_name() - dev_name() into @name of RECORD_NAME_LEN bytes */
static __always_inline void layout_device_name(__u64 dev, char *name)
{
	struct device *device = (void *)dev;
	const char *text = BPF_CORE_READ(device, init_name);

	if (!text)
		text = BPF_CORE_READ(device, kobj.name);
	if (bpf_probe_read_kernel_str(name, RECORD_NAME_LEN, text) < 0)
		name[0] = 0;
}

/**
 * layout_spinlocks_sleep() - they are rt_mutexes (PREEMPT_RT)
 *
 * Their first member is a raw lock, wait_lock, so it has the same address as
 * the area lock. Waits for it are not waits for the area.
 */
static __always_inline bool layout_spinlocks_sleep(void)
{
	return bpf_core_field_exists(struct spinlock___rt, lock);
}

/* Bit 0 only says that somebody waits (kernel/locking/rtmutex_common.h). */
#define OWNER_HAS_WAITERS 1ull

/** layout_lock_owner() - task that has a spinlock that sleeps; 0 = none */
static __always_inline __u64 layout_lock_owner(__u64 lock)
{
	struct rt_mutex_base *mutex = (void *)lock;

	return (__u64)BPF_CORE_READ(mutex, owner) & ~OWNER_HAS_WAITERS;
}

/**
 * layout_lock_state() - LOCK_TAKEN or LOCK_FREE; LOCK_UNKNOWN where spinlocks
 * are neither queued nor asleep
 */
static __always_inline __u32 layout_lock_state(__u64 lock)
{
	__u32 word = 0;

	if (layout_spinlocks_sleep())
		return layout_lock_owner(lock) ? LOCK_TAKEN : LOCK_FREE;
	if (!bpf_core_type_exists(struct qspinlock___v42) ||
	    bpf_probe_read_kernel(&word, sizeof(word), (void *)lock))
		return LOCK_UNKNOWN;
	/* struct qspinlock: the byte "locked". */
	return word & 0xff ? LOCK_TAKEN : LOCK_FREE;
}

/** layout_page_type_is_buddy() - of struct page.page_type: a free block */
static __always_inline bool layout_page_type_is_buddy(__u32 type)
{
	if (bpf_core_enum_value_exists(enum pagetype___v612, PGTY_buddy___v612))
		return type >> 24 == bpf_core_enum_value(enum pagetype___v612,
							 PGTY_buddy___v612);
	if (bpf_core_enum_value_exists(enum pagetype___v611, PG_buddy___v611)) {
		__u32 bit = bpf_core_enum_value(enum pagetype___v611,
						PG_buddy___v611);

		return (type & (BUDDY_BASE_V611 | bit)) == BUDDY_BASE_V611;
	}
	return (type & (BUDDY_BASE_V61 | BUDDY_BIT_V61)) == BUDDY_BASE_V61;
}

/** layout_slot_bytes() - size of an entry of slots[] */
static __always_inline __u32 layout_slot_bytes(void)
{
	return bpf_core_type_size(struct io_tlb_slot___v514);
}

/*
 * From a copy of a slot. Plain accesses, because for these libbpf fits the
 * size of the load to the kernel's field as well.
 */

/** layout_slot_list() - run length of a slot */
static __always_inline __u32 layout_slot_list(const void *slot)
{
	return ((const struct io_tlb_slot___v514 *)slot)->list;
}

/** layout_slot_alloc_size() - bytes from this slot to its mapping's end */
static __always_inline __u64 layout_slot_alloc_size(const void *slot)
{
	return ((const struct io_tlb_slot___v514 *)slot)->alloc_size;
}

/** layout_slot_orig_addr() - what is bounced; ~0 = nothing */
static __always_inline __u64 layout_slot_orig_addr(const void *slot)
{
	return ((const struct io_tlb_slot___v514 *)slot)->orig_addr;
}

/** layout_has_padding() - a slot says how many of its mapping are before it */
static __always_inline bool layout_has_padding(void)
{
	return bpf_core_field_exists(struct io_tlb_slot___v610, pad_slots);
}

/** layout_slot_padding() - that number; 0 where the kernel does not keep it */
static __always_inline __u32 layout_slot_padding(const void *slot)
{
	return layout_has_padding()
		       ? ((const struct io_tlb_slot___v610 *)slot)->pad_slots
		       : 0;
}

/**
 * layout_read_hints() - where the next searches in an area begin
 * @addr: of the area
 * @record: filled in
 *
 * Return: false when it cannot be read.
 */
static __always_inline bool layout_read_hints(__u64 addr,
					      struct area_record *record)
{
	struct io_tlb_area___hints *area = (void *)addr;

	record->members = 0;
	if (bpf_core_field_exists(area->index)) {
		record->members |= AREA_HAS_INDEX;
		if (bpf_core_read(&record->index, sizeof(record->index),
				  &area->index))
			return false;
	}
	if (bpf_core_field_exists(area->area_index)) {
		record->members |= AREA_HAS_AREA_INDEX;
		if (bpf_core_read(&record->area_index,
				  sizeof(record->area_index),
				  &area->area_index))
			return false;
	}
	if (bpf_core_field_exists(area->block_index)) {
		record->members |= AREA_HAS_BLOCK_INDEX;
		if (bpf_core_read(&record->block_index,
				  sizeof(record->block_index),
				  &area->block_index))
			return false;
	}
	return true;
}

/*
 * An address as a pointer that may be followed (6.2): the verifier makes a move
 * of it, and loads that fault give 0.
 */
static void *(*const bpf_rdonly_cast)(const void *obj,
				      __u32 btf_id) = (void *)KFUNC_RDONLY_CAST;

/**
 * layout_slot_there() - a slot in the kernel's memory, to be used like a copy
 * @address: of the slot
 * @slot_type: kernel_slot_type(), not 0
 */
static __always_inline const void *layout_slot_there(__u64 address,
						     __u32 slot_type)
{
	return bpf_rdonly_cast((const void *)address, slot_type);
}

/**
 * layout_word_there() - a word of the kernel's memory, 0 where there is none
 * @address: of the word
 * @slot_type: kernel_slot_type(), not 0
 *
 * The verifier takes a word of most structures for a pointer, but orig_addr of
 * a slot for a number.
 */
static __always_inline __u64 layout_word_there(__u64 address, __u32 slot_type)
{
	const struct io_tlb_slot___v514 *slot = layout_slot_there(
		address - bpf_core_field_offset(struct io_tlb_slot___v514,
						orig_addr),
		slot_type);

	return slot->orig_addr;
}

#define LAYOUT_COPIED_SLOT(slots, i)                                           \
	((const struct io_tlb_slot___v514 *)(slots) + (i))
#define LAYOUT_KERNEL_SLOT(slots, i)                                           \
	((const struct io_tlb_slot___v514 *)layout_slot_there(                 \
		(slots).address + (i) * sizeof(struct io_tlb_slot___v514),     \
		(slots).type))

/*
 * With the place in the load itself, which a loop would have to add up; one by
 * one, as the stack does not hold them all.
 */
#define LAYOUT_COMPARE(slot, slots, i)                                         \
	differs |= slot(slots, i)->list ^ (TLB_SEGMENT_SLOTS - (i));           \
	barrier_var(differs);
#define LAYOUT_COMPARE_4(slot, slots, i)                                       \
	LAYOUT_COMPARE(slot, slots, i)                                         \
	LAYOUT_COMPARE(slot, slots, (i) + 1)                                   \
	LAYOUT_COMPARE(slot, slots, (i) + 2)                                   \
	LAYOUT_COMPARE(slot, slots, (i) + 3)
#define LAYOUT_COMPARE_16(slot, slots, i)                                      \
	LAYOUT_COMPARE_4(slot, slots, i)                                       \
	LAYOUT_COMPARE_4(slot, slots, (i) + 4)                                 \
	LAYOUT_COMPARE_4(slot, slots, (i) + 8)                                 \
	LAYOUT_COMPARE_4(slot, slots, (i) + 12)
#define LAYOUT_COMPARE_ALL(slot, slots)                                        \
	LAYOUT_COMPARE_16(slot, slots, 0)                                      \
	LAYOUT_COMPARE_16(slot, slots, 16)                                     \
	LAYOUT_COMPARE_16(slot, slots, 32)                                     \
	LAYOUT_COMPARE_16(slot, slots, 48)                                     \
	LAYOUT_COMPARE_16(slot, slots, 64)                                     \
	LAYOUT_COMPARE_16(slot, slots, 80)                                     \
	LAYOUT_COMPARE_16(slot, slots, 96)                                     \
	LAYOUT_COMPARE_16(slot, slots, 112)

/**
 * layout_segment_is_free() - all slots of a segment are free
 * @copy: of the segment's slots
 *
 * Most segments are: each run length then follows from its slot's place.
 */
static __always_inline bool layout_segment_is_free(const void *copy)
{
	__u32 differs = LAYOUT_COPIED_SLOT(copy, 0)->list ^ TLB_SEGMENT_SLOTS;

	if (differs)
		return false;
	LAYOUT_COMPARE_ALL(LAYOUT_COPIED_SLOT, copy)
	return !differs;
}

/**
 * layout_segment_is_free_there() - the same, from the kernel's memory
 * @address: of the segment's first slot, in the kernel
 * @slot_type: kernel_slot_type(), not 0
 *
 * For slots of the usual size. It takes half of what a copy takes.
 */
static __always_inline bool layout_segment_is_free_there(__u64 address,
							 __u32 slot_type)
{
	const struct {
		__u64 address;
		__u32 type;
	} slots = { address, slot_type };
	__u32 differs = LAYOUT_KERNEL_SLOT(slots, 0)->list ^ TLB_SEGMENT_SLOTS;

	if (differs)
		return false;
	LAYOUT_COMPARE_ALL(LAYOUT_KERNEL_SLOT, slots)
	return !differs;
}

/** layout_slot_is_usual() - slots have the size of those that we were built
 * with, as layout_segment_is_free_there() requires
 */
static __always_inline bool layout_slot_is_usual(void)
{
	return layout_slot_bytes() == sizeof(struct io_tlb_slot___v514);
}

/** layout_block_bytes() - size of an entry of block[] */
static __always_inline __u32 layout_block_bytes(void)
{
	if (!bpf_core_type_exists(struct io_tlb_block___patched))
		return 0;
	return bpf_core_type_size(struct io_tlb_block___patched);
}

/**
 * layout_read_block() - what the block list says of one block
 * @blocks_addr: block[] of the pool
 * @index: the block
 * @run: set to its run length; 0 = allocated
 * @recorded: set to whether it has the size of an allocation. Our patched
 *	kernel fills that in and clears it with the free, the RFC never does.
 *
 * Return: false when it cannot be read.
 */
static __always_inline bool layout_read_block(__u64 blocks_addr, __u32 index,
					      __u32 *run, bool *recorded)
{
	struct io_tlb_block___patched *block;
	unsigned long size = 0;

	if (!bpf_core_type_exists(struct io_tlb_block___patched))
		return false;
	block = (void *)(blocks_addr + (__u64)index * layout_block_bytes());
	if (bpf_core_read(run, sizeof(*run), &block->list) ||
	    bpf_core_read(&size, sizeof(size), &block->alloc_size))
		return false;
	*recorded = size != 0;
	return true;
}

/** layout_slot_list_addr() - address of a slot's run length in the kernel */
static __always_inline __u64 layout_slot_list_addr(__u64 slots_addr,
						   __u64 index)
{
	return slots_addr + index * layout_slot_bytes() +
	       bpf_core_field_offset(struct io_tlb_slot___v514, list);
}

/** layout_read_slot_list() - a slot's run length, straight from the kernel */
static __always_inline __u32 layout_read_slot_list(__u64 slots_addr,
						   __u64 index)
{
	__u64 addr = layout_slot_list_addr(slots_addr, index);
	__u32 list = 0;

	if (bpf_core_field_size(struct io_tlb_slot___v514, list) == 2) {
		__u16 half = 0;

		bpf_probe_read_kernel(&half, sizeof(half), (void *)addr);
		return half;
	}
	bpf_probe_read_kernel(&list, sizeof(list), (void *)addr);
	return list;
}

#endif
