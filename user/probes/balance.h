/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_BALANCE_H
#define PROBES_BALANCE_H

/*
 * How many mappings each device has more than when the session began, sampled
 * now and then. The programs do not count what begins, which would cost each
 * map: what lives is read from the shadow, and as the shadow may be large, no
 * more often than costs 2 % of a CPU.
 */

#include "model/growth.h"
#include "probes/mapping_devices.h"
#include "probes/shadow.h"

/**
 * struct balance - the samples, and what they are taken from
 * @shadow: records of live mappings
 * @devices: what was counted of each device
 * @track: the samples
 * @next_ns: no sample is taken before
 * @spent_ns: what the last one took of a CPU
 */
struct balance {
	struct shadow *shadow;
	const struct mapping_devices *devices;
	struct growth_track *track;
	uint64_t next_ns;
	uint64_t spent_ns;
};

/** balance_start() - begin a watch, with a sample; 0 or negative errno */
int balance_start(struct balance *balance, struct shadow *shadow,
		  const struct mapping_devices *devices);

/** balance_stop() - free what it holds; zeroed is fine */
void balance_stop(struct balance *balance);

/**
 * balance_sample() - take a sample
 * @balance: started
 * @now: also when the last one was a moment ago
 *
 * Return: 0 or negative errno.
 */
int balance_sample(struct balance *balance, bool now);

/**
 * balance_read() - say of each device of a snapshot how it grew
 * @balance: with a sample just taken
 * @snap: with its devices and live mappings
 */
void balance_read(const struct balance *balance, struct snapshot *snap);

#endif
