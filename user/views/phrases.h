/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_PHRASES_H
#define VIEWS_PHRASES_H

/*
 * Sentences that several views have in common. Those that take @text write
 * there and return it.
 */

#include "model/continuity.h"
#include "model/snapshot.h"

#define PHRASE_LEN 512

/** device_or_unknown() - the name of a device, "an unknown device" for "" */
const char *device_or_unknown(const char *name);

/** leak_reason_text() - " (gone)", " (memory freed)", "": follows a device */
const char *leak_reason_text(enum leak_reason reason);

/** group_text() - "3 leaked mappings of eth0 (gone), 12 KiB, oldest 2.00 s" */
char *group_text(const struct mapping_group *group, char *text, size_t len);

/** log_entry_text() - "12 exhausted by virtio0, 4 KiB, ..., last 40 s ago" */
char *log_entry_text(const struct log_entry *entry, char *text, size_t len);

/** log_totals_text() - "at least 3 failed requests since boot"; of a known log
 */
char *log_totals_text(const struct log_totals *log, char *text, size_t len);

/**
 * transient_text() - the pools that were made for one mapping each
 *
 * There may be hundreds of them. Return: NULL when there are none.
 */
char *transient_text(const struct snapshot *snap, char *text, size_t len);

/** wrong_unmaps_text() - how many there were of each kind */
char *wrong_unmaps_text(const struct mapping_totals *totals, char *text,
			size_t len);

/** wrong_unmap_text() - who unmapped what, how often, and where the first was
 */
char *wrong_unmap_text(const struct snapshot *snap,
		       const struct wrong_unmap *wrong, char *text, size_t len);

/** waits_text() - "area 0: 3 waits, total 41.1 us, p50 1.02 us, max 40.0 us" */
char *waits_text(const char *whose, const struct waits *waits, char *text,
		 size_t len);

/** fired_text() - "map.failures > 0, 2026-01-31 14:05:00" */
char *fired_text(const struct fired *fired, char *text, size_t len);

/** gap_text() - "the machine slept for 5.00 min" */
char *gap_text(const struct gap_info *info, char *text, size_t len);

/** bounce_text() - why a device bounces, in a few words */
char *bounce_text(const struct bounce *bounce, char *text, size_t len);

/** bounce_reach_text() - how far a device reaches: "32 bits", or as a number
 */
char *bounce_reach_text(const struct bounce *bounce, char *text, size_t len);

/** bouncing_text() - "3 devices can bounce, 9 never do; memory ends at 2 GiB"
 */
char *bouncing_text(const struct snapshot *snap, char *text, size_t len);

/**
 * unreached_text() - the slots that a device cannot reach; what is there fails
 *
 * Return: NULL when it reaches all.
 */
char *unreached_text(const struct snapshot *snap,
		     const struct bounce_device *device, char *text,
		     size_t len);

/**
 * audit_place_text() - where the first error of an invariant is
 *
 * Return: such as "pool default, area 3, slot 24640"; "" = there is none.
 */
char *audit_place_text(const struct snapshot *snap,
		       const struct audit_result *row, char *text, size_t len);

/** bucket_text() - what a bucket of a histogram counts: "< 4.10 us", "more" */
char *bucket_text(unsigned int bucket, bool bytes, char *text, size_t len);

/**
 * histogram_used() - the buckets from the first to the last in use
 *
 * Return: false when it is empty.
 */
bool histogram_used(const struct histogram *h, unsigned int *first,
		    unsigned int *last);

#endif
