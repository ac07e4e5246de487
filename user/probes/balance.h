/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_BALANCE_H
#define PROBES_BALANCE_H

/*
 * Samples of the balance of each device: its maps less its unmaps since the
 * begin of the session. The programs count unmaps only, since counting maps
 * would cost each map. So a sample reads the live mappings from the shadow. The
 * shadow may be large, so samples take at most 2 % of a CPU.
 */

#include "model/growth.h"
#include "probes/mapping_devices.h"
#include "probes/shadow.h"

/**
 * struct balance - the samples, and what they are taken from
 * @shadow: records of live mappings
 * @devices: what was counted of each device
 * @track: the samples
 * @live: what the last one counted
 * @next_ns: no sample is taken before
 * @spent_ns: CPU time of the last sample
 */
struct balance {
	struct shadow *shadow;
	const struct mapping_devices *devices;
	struct growth_track *track;
	struct live_counts live;
	uint64_t next_ns;
	uint64_t spent_ns;
};

/** balance_start() - take the first sample; 0 or negative errno */
int balance_start(struct balance *balance, struct shadow *shadow,
		  const struct mapping_devices *devices);

/** balance_stop() - free its memory; zeroed is fine */
void balance_stop(struct balance *balance);

/**
 * balance_sample() - take a sample, and count what was refused so far
 * @balance: started
 * @now: even if the last one was a moment ago
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
