/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_LIVE_MAPPINGS_H
#define PROBES_LIVE_MAPPINGS_H

/* Live mappings, from the slots that take them and the records that have their
 * owners. */

#include "model/growth.h"
#include "probes/freed.h"
#include "probes/mapping_devices.h"
#include "probes/pools.h"
#include "probes/shadow.h"
#include "probes/stacks.h"
#include "probes/unsynced.h"

/**
 * struct live_mappings - sources of what is known about live mappings
 * @shadow: their records
 * @devices: takes new devices
 * @freed: finds those whose memory has been freed
 * @unsynced: finds those that are out of sync; NULL = syncs are not seen
 * @track: the window whose parts they were made in
 * @stacks: their stacks; NULL when none are taken
 * @settled_ns: a time before the slots were read; a mapping of before is in
 *	them, or has ended; 0 = all that have ended are known
 */
struct live_mappings {
	const struct shadow *shadow;
	const struct mapping_devices *devices;
	struct freed *freed;
	struct unsynced *unsynced;
	const struct growth_track *track;
	const struct stack_table *stacks;
	uint64_t settled_ns;
};

/**
 * live_mappings_count() - add all live mappings to a snapshot, in groups
 * @live: the sources
 * @pools: the pools, with their slots as just read
 * @snap: the snapshot, with its devices
 * @ended: zeroed; set to the mappings by device that have a record and no slots
 *	any more, as their unmaps were missed. Those that end meanwhile may make
 *	it too low. Empty if the slots of a pool are not known. The caller frees
 *	its devices.
 *
 * Return: 0 or negative errno.
 */
int live_mappings_count(const struct live_mappings *live, struct pools *pools,
			struct snapshot *snap, struct live_counts *ended);

#endif
