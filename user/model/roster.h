/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_ROSTER_H
#define MODEL_ROSTER_H

/*
 * Which pools and devices have a series of their own where there may be many
 * of them over time. The others are shown as one. Those that have once been
 * among the others stays there, so that what they have counted together never
 * falls.
 */

#include <stdbool.h>
#include <stddef.h>

#include "model/snapshot.h"

/* As many have a series of their own. */
#define ROSTER_PLACES 64

/* What the series of all others is called. */
#define ROSTER_OTHERS "(other)"

/**
 * struct roster - those that have one; empty when zeroed
 * @own: their numbers
 * @count: how many
 * @others: numbers of those that were there, and have none
 * @nr_others: how many
 */
struct roster {
	int64_t own[ROSTER_PLACES];
	size_t count;
	int64_t *others;
	size_t nr_others;
};

/** roster_release() - free what it has */
void roster_release(struct roster *roster);

/**
 * roster_follow_pools() - who of the pools of a later sample has one
 *
 * A pool that is gone loses its place to one that is new. Pools that are made
 * for one mapping get none, and neither does a second one of the same name.
 *
 * Return: 0, or -ENOMEM and all is as it was.
 */
int roster_follow_pools(struct roster *roster, const struct snapshot *snap);

/**
 * roster_follow_devices() - the same of the devices that are not gone
 *
 * A device that goes and comes again is new: what it had counted stays with the
 * gone ones, and its own counters begin with 0.
 */
int roster_follow_devices(struct roster *roster, const struct snapshot *snap);

/** roster_has() - it has a series of its own */
bool roster_has(const struct roster *roster, int64_t id);

#endif
