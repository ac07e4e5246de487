/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_SESSION_H
#define PROBES_SESSION_H

/*
 * All that commands know of BPF. A session owns every program, map and link;
 * they end with it, however the process ends, as nothing is pinned.
 */

#include <stdbool.h>

#include "model/snapshot.h"

struct session;

/**
 * struct session_options - what to watch
 * @levels: bits of enum level
 * @stacks: record where mappings come from as well
 * @tolerant: open even where no pool can be read (for doctor)
 * @fold_gone: have one row for all devices that are gone, see
 *	gone_devices_fold(), which is still to be called
 * @counts_only: of LEVEL_TRACE samples have the totals, and no requests
 */
struct session_options {
	unsigned int levels;
	bool stacks;
	bool tolerant;
	bool fold_gone;
	bool counts_only;
};

/**
 * session_open() - load and attach what @options ask for
 * @out: set to the session, to be closed with session_close()
 * @options: what to watch
 *
 * A hook that cannot attach is no error: its row of the snapshot says why.
 * Logs one line that names cause and remedy when it fails.
 *
 * Return: 0, -EPERM (privileges, lockdown), -ENOENT (no BTF), -ENODEV (no
 * swiotlb pool), -ENOMEM, or what libbpf gave.
 */
int session_open(struct session **out, const struct session_options *options);

/** session_close() - detach and free everything; NULL is fine */
void session_close(struct session *session);

/**
 * session_sample() - read each area's counter, for peaks, and find new pools
 *
 * Cheap; to be called a few times a second while a window is open.
 *
 * Return: 0 or negative errno.
 */
int session_sample(struct session *session);

/** session_reset_peaks() - reset peaks to what the latest reading has seen */
void session_reset_peaks(struct session *session);

/**
 * session_snapshot() - read state and counters
 * @session: the session
 * @snap: zeroed or released by the caller, who owns what it is filled with;
 *	its window is left to the caller
 *
 * Return: 0 or negative errno; @snap is empty then.
 */
int session_snapshot(struct session *session, struct snapshot *snap);

/**
 * session_set_levels() - attach and detach while running
 * @session: the session
 * @levels: bits of enum level, instead of the ones now attached
 *
 * Return: 0 or negative errno.
 */
int session_set_levels(struct session *session, unsigned int levels);

/**
 * session_time_programs() - have the kernel measure what BPF programs take
 * @session: the session
 * @on: from now on, or no more; it ends with the session
 *
 * All programs of the system then run a little longer, so this is for a moment.
 *
 * Return: 0, or negative errno where the kernel does not allow it.
 */
int session_time_programs(struct session *session, bool on);

#endif
