/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMMANDS_JOURNALING_H
#define COMMANDS_JOURNALING_H

/* --journal: findings of a session that goes on, told to systemd's journal. */

#include "model/episodes.h"

/**
 * struct journaling - findings so far; zeroed, there were none
 * @episodes: those that have not ended
 * @failed: the latest entry was lost
 * @lost: entries that the journal did not take
 */
struct journaling {
	struct episodes episodes;
	bool failed;
	uint64_t lost;
};

/**
 * journaling_open() - get ready to tell, before confine()
 *
 * Return: 0; -ENOENT, there is no journal, or -ELIBACC, there is no library for
 * it: with a message.
 */
int journaling_open(void);

/**
 * journaling_follow() - tell what has changed with a sample
 * @journaling: what there is
 * @sample: kept by the caller; it follows the one before in its session
 *
 * An entry that is lost is counted, with a message for the first one.
 *
 * Return: 0 or -ENOMEM.
 */
int journaling_follow(struct journaling *journaling,
		      const struct snapshot *sample);

/** journaling_release() - free everything; says how many entries were lost */
void journaling_release(struct journaling *journaling);

#endif
