/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/bounce.h"

#include <inttypes.h>
#include <stdio.h>

#include "model/snapshot.h"
#include "util/units.h"

/**
 * struct reason_row - a reason
 * @name: in reports
 * @text: for people: what is bounced, and why
 */
struct reason_row {
	const char *name;
	const char *text;
};

static const struct reason_row reasons[BOUNCE_REASONS] = {
	[BOUNCE_UNKNOWN] = { NULL, "unknown" },
	[BOUNCE_NEVER] = { "never", "never" },
	[BOUNCE_FORCED] = { "forced", "all: swiotlb=force" },
	[BOUNCE_ENCRYPTION] = { "memory_encryption", "all: memory encryption" },
	[BOUNCE_RESTRICTED_POOL] = { "restricted_pool",
				     "all: restricted pool" },
	[BOUNCE_DEVICE_POOL] = { "device_pool", "all: a pool of its own" },
	[BOUNCE_MASK] = { "dma_mask", "memory above its DMA mask" },
	[BOUNCE_BUS_LIMIT] = { "bus_limit", "memory above its bus's limit" },
	[BOUNCE_UNTRUSTED] = { "untrusted", "parts of pages: untrusted" },
	[BOUNCE_UNALIGNED] = { "unaligned", "small unaligned buffers" },
	[BOUNCE_XEN] = { "xen", "memory scattered by Xen" },
};

const char *bounce_reason_name(enum bounce_reason reason)
{
	return reason < BOUNCE_REASONS ? reasons[reason].name : NULL;
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

const char *bounce_text(const struct bounce *bounce, char *text, size_t len)
{
	snprintf(text, len, "%s", reasons[bounce->reason].text);
	return text;
}

static const char *mask_text(uint64_t mask, char *text, size_t len)
{
	unsigned int bits = 0;

	while (bits < 64 && mask >> bits & 1)
		bits++;
	if (bits == 64 || mask == (1ull << bits) - 1)
		snprintf(text, len, "%u bits", bits);
	else
		snprintf(text, len, "%#" PRIx64, mask);
	return text;
}

uint64_t bounce_reach(const struct bounce *bounce)
{
	uint64_t reach = bounce->dma_mask ? bounce->dma_mask : UINT64_MAX;

	return bounce->bus_limit && bounce->bus_limit < reach
		       ? bounce->bus_limit
		       : reach;
}

const char *bounce_reach_text(const struct bounce *bounce, char *text,
			      size_t len)
{
	return mask_text(bounce_reach(bounce), text, len);
}
