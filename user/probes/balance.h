/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_BALANCE_H
#define PROBES_BALANCE_H

/*
 * Samples of the balance of each device: its maps less its unmaps since the
 * begin of the session. The programs count unmaps only, since counting maps
 * would cost each map. So a sample reads the live mappings from the shadow. The
 * shadow may be large, so it is read again only when something was mapped or
 * unmapped, and samples take at most 2 % of a CPU.
 */

#include "model/growth.h"
#include "probes/mapping_devices.h"
#include "probes/pools.h"
#include "probes/shadow.h"

/**
 * struct activity - what differs after a map or an unmap
 * @used: slots in use, in all pools
 * @pools: pools that have come or gone
 * @ends: mappings that have ended
 * @gone: devices that are gone
 */
struct activity {
	uint64_t used;
	uint64_t pools;
	uint64_t ends;
	uint64_t gone;
};

/**
 * struct balance - the samples, and what they are taken from
 * @shadow: records of live mappings
 * @devices: what was counted of each device
 * @pools: the pools, with counters that were read a moment ago
 * @track: the samples
 * @live: live mappings when they were counted last
 * @seen: at the last sample
 * @still: then it was as at the sample before
 * @next_ns: no sample is taken before
 * @spent_ns: CPU time of the last sample
 */
struct balance {
	struct shadow *shadow;
	const struct mapping_devices *devices;
	const struct pools *pools;
	struct growth_track *track;
	struct live_counts live;
	struct activity seen;
	bool still;
	uint64_t next_ns;
	uint64_t spent_ns;
};

/** balance_start() - take the first sample; 0 or negative errno */
int balance_start(struct balance *balance, struct shadow *shadow,
		  const struct mapping_devices *devices,
		  const struct pools *pools);

/** balance_stop() - free its memory; zeroed is fine */
void balance_stop(struct balance *balance);

/**
 * balance_sample() - take a sample, and count what was refused so far
 * @balance: started
 * @now: even if the last one was a moment ago; and count live mappings anew
 *
 * Return: 0 or negative errno.
 */
int balance_sample(struct balance *balance, bool now);

/**
 * balance_read() - set how much each device of a snapshot has grown
 * @balance: with a sample just taken
 * @ended: mappings by device that the sample has as live, and slots do not:
 *	their unmaps were missed
 * @snap: with its devices and live mappings
 */
void balance_read(const struct balance *balance,
		  const struct live_counts *ended, struct snapshot *snap);

#endif
