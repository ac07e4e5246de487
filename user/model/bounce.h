/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_BOUNCE_H
#define MODEL_BOUNCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct snapshot;

/** enum bounce_reason - why what a device maps is bounced */
enum bounce_reason {
	BOUNCE_UNKNOWN,
	BOUNCE_NEVER,
	BOUNCE_FORCED,		/* swiotlb=force */
	BOUNCE_ENCRYPTION,	/* the device must not see the guest's memory */
	BOUNCE_RESTRICTED_POOL, /* it may use that memory alone */
	BOUNCE_DEVICE_POOL,	/* as swiotlb_device_allocate() sets */
	BOUNCE_MASK,		/* memory beyond its DMA mask */
	BOUNCE_BUS_LIMIT,	/* memory beyond what its bus passes on */
	BOUNCE_UNTRUSTED,	/* behind an IOMMU: what is not whole pages */
	BOUNCE_UNALIGNED,	/* small buffers that share a cache line */
	BOUNCE_XEN,		/* what is not contiguous for the machine */
	BOUNCE_REASONS,
};

/**
 * struct bounce - why a device bounces, and what limits its mappings
 * @known: the device could be read
 * @reason: see enum bounce_reason
 * @dma_mask: highest bus address that it can use; 0 = all of 64 bits
 * @bus_limit: highest bus address that its bus passes on; 0 = no limit
 * @min_align_mask: low bits of addresses that it wants kept
 * @unreached_slots: slots of its pool that it cannot reach
 */
struct bounce {
	bool known;
	enum bounce_reason reason;
	uint64_t dma_mask;
	uint64_t bus_limit;
	uint64_t min_align_mask;
	uint64_t unreached_slots;
};

/** bounce_reason_name() - "forced", "dma_mask", ...; NULL of BOUNCE_UNKNOWN */
const char *bounce_reason_name(enum bounce_reason reason);

/** bounces_any() - what it maps can be bounced */
bool bounces_any(const struct bounce *bounce);

/**
 * bounce_max_mapping() - the largest mapping of a device
 *
 * As swiotlb_max_mapping_size() says, for those devices of which
 * dma_max_mapping_size() tells that.
 *
 * Return: bytes; 0 = swiotlb does not limit it, or not known
 */
uint64_t bounce_max_mapping(const struct bounce *bounce);

/** bounce_reach() - the highest bus address that a device can use */
uint64_t bounce_reach(const struct bounce *bounce);

#endif
