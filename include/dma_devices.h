/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SWIOTLB_DMA_DEVICES_H
#define SWIOTLB_DMA_DEVICES_H

#include "base.h"

/* Devices that can bounce, as many as one walk has room for. */
#define DMA_DEVICES_MAX 1024u

/* struct dma_device_record.reason: why what a device maps is bounced */
#define DMA_NEVER     0u
#define DMA_UNKNOWN   1u /* operations that we do not know map for it */
#define DMA_FORCED    2u /* all of its pool's devices bounce everything */
#define DMA_ENCRYPTED 3u /* the host must see it, and not the memory */
#define DMA_MASK      4u /* memory beyond its DMA mask */
#define DMA_BUS_LIMIT 5u /* memory beyond what its bus passes on */
#define DMA_UNTRUSTED 6u /* what shares a page with other data */
#define DMA_UNALIGNED 7u /* small buffers that share a cache line */
#define DMA_XEN	      8u /* memory that is not contiguous for the machine */

/**
 * struct dma_device_record - how a device maps, and what limits it
 * @dev: its address
 * @mem: of the io_tlb_mem that it uses; 0 = none
 * @desc: of the descriptor of that one's first pool; 0 = none
 * @dma_mask: 0 = it cannot map
 * @bus_limit: highest bus address that its bus passes on; 0 = no limit
 * @min_align_mask: low bits of addresses that it wants kept
 * @pool_first: bus address of the pool's first byte, where it maps directly
 * @pool_last: of its last byte; 0 = it does not, or has no pool
 * @reason: DMA_*
 * @pci: 1 = it is on a PCI bus
 * @name: dev_name()
 * @driver: name of its driver; "" = none
 */
struct dma_device_record {
	__u64 dev;
	__u64 mem;
	__u64 desc;
	__u64 dma_mask;
	__u64 bus_limit;
	__u64 min_align_mask;
	__u64 pool_first;
	__u64 pool_last;
	__u32 reason;
	__u32 pci;
	char name[RECORD_NAME_LEN];
	char driver[RECORD_NAME_LEN];
};

RECORD_SIZE(struct dma_device_record, 200);

/**
 * struct dma_machine - what of the machine decides whether a device bounces
 * @memory_last: physical address of its last byte; 0 = unknown
 * @default_mem: as find_roots gave it
 * @encrypts: 1 = its host does not see its memory
 * @xen: 1 = it runs on Xen
 */
struct dma_machine {
	__u64 memory_last;
	__u64 default_mem;
	__u32 encrypts;
	__u32 xen;
};

RECORD_SIZE(struct dma_machine, 24);

/**
 * struct dma_devices_request - context of walk_dma_devices
 *
 * Devices that can bounce are added to dma_devices[], in calls of a limited
 * number of devices each. Those that are not for DMA are passed over: they have
 * no pool of their own, and no driver, or may not access memory (PCI), or no
 * firmware describes them.
 *
 * @machine: the machine
 * @devices_kset: as find_roots gave it
 * @node: where to go on; 0 = at the first device
 * @count: devices to visit, at most DEVICES_CHUNK
 * @found: records in dma_devices[], before and after
 * @too_many: devices that can bounce and did not fit, likewise
 * @never: devices that can map and never bounce, likewise
 * @ended: out: all devices have been visited
 * @torn: out: the list changed under the walk; begin anew
 * @visited: out: devices visited by this call
 */
struct dma_devices_request {
	struct dma_machine machine;
	__u64 devices_kset;
	__u64 node;
	__u32 count;
	__u32 found;
	__u32 too_many;
	__u32 never;
	__u32 ended;
	__u32 torn;
	__u32 visited;
	__u32 pad;
};

RECORD_SIZE(struct dma_devices_request, 72);

/**
 * struct dma_device_request - context of read_dma_device
 * @machine: the machine
 * @devices_kset: as find_roots gave it
 * @record: its dev is given; the rest is filled in, with a dma_mask of 0 where
 *	there is no such device
 */
struct dma_device_request {
	struct dma_machine machine;
	__u64 devices_kset;
	struct dma_device_record record;
};

RECORD_SIZE(struct dma_device_request, 232);

#endif
