/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/phrases.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "util/text.h"
#include "util/times.h"
#include "util/units.h"
#include "views/values.h"

const char *leak_reason_text(enum leak_reason reason)
{
	static const char *const texts[] = { "", " (gone)", " (memory freed)" };

	return texts[reason];
}

const char *device_or_unknown(const char *name)
{
	return *name ? name : "an unknown device";
}

char *group_text(const struct mapping_group *group, char *text, size_t len)
{
	snprintf(text, len, "%" PRIu64 " %s mapping%s of %s%s, %s, %s%s",
		 group->count, group->leak ? "leaked" : "live",
		 plural(group->count), device_or_unknown(group->device),
		 leak_reason_text(group->leak), BYTES(group->bytes),
		 group->age_known ? "oldest " : "of unknown age",
		 group->age_known ? DURATION(group->oldest_ns) : "");
	return text;
}

char *log_entry_text(const struct log_entry *entry, char *text, size_t len)
{
	snprintf(text, len, "%" PRIu64 " %s", entry->requests, entry->cause);
	if (*entry->device)
		text_append(text, len, " by %s", entry->device);
	if (entry->size_max)
		text_append(text, len, ", %s", BYTES(entry->size_min));
	if (entry->size_max > entry->size_min)
		text_append(text, len, " to %s", BYTES(entry->size_max));
	if (entry->requests > 1)
		text_append(text, len, ", first %s ago, last",
			    DURATION(entry->first_ago_ns));
	else
		text_append(text, len, ",");
	text_append(text, len, " %s ago", DURATION(entry->last_ago_ns));
	return text;
}

char *log_totals_text(const struct log_totals *log, char *text, size_t len)
{
	if (log->requests)
		snprintf(text, len, "at least %" PRIu64 " failed request%s",
			 log->requests, plural(log->requests));
	else
		snprintf(text, len, "no failed request");
	text_append(text, len, " since %s",
		    log->since_boot ? "boot" : "the log begins");
	if (log->suppressed)
		text_append(text, len, ", %" PRIu64 " line%s suppressed",
			    log->suppressed, plural(log->suppressed));
	return text;
}

char *bounce_text(const struct bounce *bounce, char *text, size_t len)
{
	static const char *const texts[BOUNCE_REASONS] = {
		[BOUNCE_UNKNOWN] = "unknown",
		[BOUNCE_NEVER] = "never",
		[BOUNCE_FORCED] = "all: swiotlb=force",
		[BOUNCE_ENCRYPTION] = "all: memory encryption",
		[BOUNCE_RESTRICTED_POOL] = "all: restricted pool",
		[BOUNCE_DEVICE_POOL] = "all: a pool of its own",
		[BOUNCE_MASK] = "memory above its DMA mask",
		[BOUNCE_BUS_LIMIT] = "memory above its bus's limit",
		[BOUNCE_UNTRUSTED] = "parts of pages: untrusted",
		[BOUNCE_UNALIGNED] = "small unaligned buffers",
		[BOUNCE_XEN] = "memory scattered by Xen",
	};

	snprintf(text, len, "%s", texts[bounce->reason]);
	return text;
}

char *bounce_reach_text(const struct bounce *bounce, char *text, size_t len)
{
	const uint64_t mask = bounce_reach(bounce);
	unsigned int bits = 0;

	while (bits < 64 && mask >> bits & 1)
		bits++;
	if (bits == 64 || mask == (1ull << bits) - 1)
		snprintf(text, len, "%u bits", bits);
	else
		snprintf(text, len, "%#" PRIx64, mask);
	return text;
}

char *bouncing_text(const struct snapshot *snap, char *text, size_t len)
{
	const struct bounce_totals *totals = &snap->bounces;
	uint64_t can = snap->nr_bounce_devices + totals->untold;

	snprintf(text, len,
		 "%" PRIu64 " device%s can bounce, %" PRIu64
		 " never do%s; memory ends at %s",
		 can, plural(can), totals->never,
		 totals->never == 1 ? "es" : "",
		 totals->memory_end ? BYTES(totals->memory_end) : UNKNOWN_TEXT);
	return text;
}

char *unreached_text(const struct snapshot *snap,
		     const struct bounce_device *device, char *text, size_t len)
{
	const struct pool *pool = snapshot_pool(snap, device->pool_id);
	uint64_t slots = device->bounce.unreached_slots;

	if (!slots || !pool)
		return NULL;
	snprintf(text, len, "cannot reach %s of pool %s, from %s to %s",
		 slots < pool->slots ? "a part" : "any slot", pool->name,
		 BYTES(pool->start), BYTES(pool->end));
	return text;
}

char *transient_text(const struct snapshot *snap, char *text, size_t len)
{
	uint64_t slots = 0;
	unsigned int count = 0;

	for (size_t i = 0; i < snap->nr_pools; i++) {
		const struct pool *pool = &snap->pools[i];

		if (pool->kind != POOL_TRANSIENT)
			continue;
		count++;
		slots += pool->slots;
	}
	snprintf(text, len,
		 "%u pool%s of %" PRIu64 " slots (%s) in total, made for one "
		 "mapping each; --format json has them all",
		 count, plural(count), slots, BYTES(slots * SLOT_BYTES));
	return count ? text : NULL;
}

char *wrong_unmaps_text(const struct mapping_totals *totals, char *text,
			size_t len)
{
	const uint64_t *wrong = totals->wrong;

	snprintf(text, len,
		 "wrong unmaps: %" PRIu64 " by another device, %" PRIu64
		 " of what was not mapped, %" PRIu64 " of another size",
		 wrong[UNMAP_WRONG_DEVICE], wrong[UNMAP_TWICE],
		 wrong[UNMAP_WRONG_SIZE]);
	return text;
}

/* What was unmapped, in words that follow the number of unmaps. */
static const char *what_text(const struct wrong_unmap *wrong, char *text,
			     size_t len)
{
	switch (wrong->fault) {
	case UNMAP_WRONG_DEVICE:
		snprintf(text, len, "of what %s had mapped",
			 device_or_unknown(wrong->mapped_by));
		break;
	case UNMAP_TWICE:
		snprintf(text, len, "where nothing was mapped any more");
		break;
	case UNMAP_WRONG_SIZE:
		snprintf(text, len,
			 "of another size, as %" PRIu64 " for %" PRIu64
			 " bytes",
			 wrong->unmapped_bytes, wrong->mapped_bytes);
		break;
	case UNMAP_FAULTS:
		break;
	}
	return text;
}

char *wrong_unmap_text(const struct snapshot *snap,
		       const struct wrong_unmap *wrong, char *text, size_t len)
{
	const struct pool *pool = snapshot_pool(snap, wrong->pool_id);
	char what[NAME_LEN + 64] = "", where[NAME_LEN + 64] = "";

	if (pool)
		snprintf(where, sizeof(where), "; first in %s, slot %" PRIu64,
			 pool->name, wrong->slot);
	snprintf(text, len, "%s: %" PRIu64 " unmap%s %s%s",
		 device_or_unknown(wrong->device), wrong->count,
		 plural(wrong->count), what_text(wrong, what, sizeof(what)),
		 where);
	return text;
}

char *waits_text(const char *whose, const struct waits *waits, char *text,
		 size_t len)
{
	snprintf(text, len, "%s: %" PRIu64 " wait%s, total %s, p50 %s, max %s",
		 whose, waits->contended, plural(waits->contended),
		 DURATION(waits->total_ns),
		 DURATION(histogram_quantile(&waits->wait, 500, waits->max_ns)),
		 DURATION(waits->max_ns));
	return text;
}

char *fired_text(const struct fired *fired, char *text, size_t len)
{
	snprintf(text, len, "%s%s%s, %s", fired->assertion,
		 *fired->subject ? " of " : "", fired->subject,
		 FORMAT_TIME(fired->at_ns));
	return text;
}

char *gap_text(const struct gap_info *info, char *text, size_t len)
{
	static const char *const texts[] = {
		[GAP_NONE] = "nothing is missing",
		[GAP_BOOT] = "the machine was booted",
		[GAP_SESSION] = "the recorder was started anew",
		[GAP_MISSING] = "samples are missing for",
		[GAP_SLEEP] = "the machine slept for",
		[GAP_CLOCK] = "the clock was set",
	};
	uint64_t amount = (uint64_t)(info->ns < 0 ? -info->ns : info->ns);

	if (info->gap == GAP_NONE || gap_ends_session(info->gap))
		snprintf(text, len, "%s", texts[info->gap]);
	else
		snprintf(text, len, "%s %s%s", texts[info->gap],
			 DURATION(amount),
			 info->gap != GAP_CLOCK ? ""
			 : info->ns < 0		? " back"
						: " forward");
	return text;
}

char *audit_place_text(const struct snapshot *snap,
		       const struct audit_result *row, char *text, size_t len)
{
	const struct pool *pool = snapshot_pool(snap, row->pool_id);
	size_t used = 0;

	*text = '\0';
	if (!pool)
		return text;
	used += (size_t)snprintf(text, len, "pool %s", pool->name);
	if (row->area >= 0 && used < len)
		used += (size_t)snprintf(text + used, len - used, ", area %d",
					 row->area);
	if (row->slot >= 0 && used < len)
		snprintf(text + used, len - used, ", slot %d", row->slot);
	return text;
}

char *bucket_text(unsigned int bucket, bool bytes, char *text, size_t len)
{
	if (bucket + 1 == HISTOGRAM_BUCKETS)
		snprintf(text, len, "more");
	else
		snprintf(text, len, "< %s",
			 bytes ? BYTES(2ull << bucket)
			       : DURATION(2ull << bucket));
	return text;
}

bool histogram_used(const struct histogram *h, unsigned int *first,
		    unsigned int *last)
{
	if (!histogram_total(h))
		return false;
	*first = 0;
	*last = HISTOGRAM_BUCKETS - 1;
	while (!h->count[*first])
		++*first;
	while (!h->count[*last])
		--*last;
	return true;
}
