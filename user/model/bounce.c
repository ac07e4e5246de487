/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/bounce.h"

#include "model/snapshot.h"

const char *bounce_reason_name(enum bounce_reason reason)
{
	static const char *const names[BOUNCE_REASONS] = {
		[BOUNCE_NEVER] = "never",
		[BOUNCE_FORCED] = "forced",
		[BOUNCE_ENCRYPTION] = "memory_encryption",
		[BOUNCE_RESTRICTED_POOL] = "restricted_pool",
		[BOUNCE_DEVICE_POOL] = "device_pool",
		[BOUNCE_MASK] = "dma_mask",
		[BOUNCE_BUS_LIMIT] = "bus_limit",
		[BOUNCE_UNTRUSTED] = "untrusted",
		[BOUNCE_UNALIGNED] = "unaligned",
		[BOUNCE_XEN] = "xen",
	};

	return reason < BOUNCE_REASONS ? names[reason] : NULL;
}

bool bounces_any(const struct bounce *bounce)
{
	return bounce->reason != BOUNCE_UNKNOWN &&
	       bounce->reason != BOUNCE_NEVER;
}

/* dma_direct_max_mapping_size() and iommu_dma_max_mapping_size() of 6.12 */
uint64_t bounce_max_mapping(const struct bounce *bounce)
{
	uint64_t kept = (bounce->min_align_mask + SLOT_BYTES - 1) / SLOT_BYTES *
			SLOT_BYTES;

	if (!bounce->known || !bounces_any(bounce) ||
	    bounce->reason == BOUNCE_UNALIGNED)
		return 0;
	return (uint64_t)SEGMENT_SLOTS * SLOT_BYTES - kept;
}

uint64_t bounce_reach(const struct bounce *bounce)
{
	uint64_t reach = bounce->dma_mask ? bounce->dma_mask : UINT64_MAX;

	return bounce->bus_limit && bounce->bus_limit < reach
		       ? bounce->bus_limit
		       : reach;
}
