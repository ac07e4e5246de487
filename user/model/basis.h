/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_BASIS_H
#define MODEL_BASIS_H

/*
 * What figures rest on, and thus what the true one may be when some of that
 * was missed. Most figures share their basis with others.
 */

#include "model/event.h"
#include "model/subject.h"

/** enum basis_id - rows of basis_table */
enum basis_id {
	BASIS_OWN,	/* what the tool knows of itself */
	BASIS_PLACES,	/* state of a pool or area */
	BASIS_HOLDINGS, /* likewise, held against who lives */
	BASIS_WAITS,	/* waits that were seen */
	BASIS_WAIT_P50, /* their quantiles */
	BASIS_WAIT_P90,
	BASIS_WAIT_P99,
	BASIS_TRACEPOINTS,
	BASIS_HOLDS,
	BASIS_HOLD_P99,
	BASIS_BLOCK_LIVE,  /* the block lists */
	BASIS_BLOCK_STATE, /* likewise, held against who lives */
	BASIS_BLOCK_LEAKS,
	BASIS_BLOCK_CALLS, /* allocations and frees that were seen */
	BASIS_MAPS,
	BASIS_UNMAPS,
	BASIS_WRONG_UNMAPS,  /* unmaps, held against what was mapped */
	BASIS_DOUBLE_UNMAPS, /* unmaps, held against the slots */
	BASIS_CAUSES,	     /* failures whose cause took a scan */
	BASIS_COPIES,
	BASIS_LIVE,  /* the slots */
	BASIS_LEAKS, /* the slots, and whose they are */
	BASIS_AGES,
	BASIS_CALLERS, /* waits, and for whom */
	BASIS_DEVICE_MAPS,
	BASIS_DEVICE_UNMAPS,
	BASIS_DEVICE_WRONG_UNMAPS,
	BASIS_DEVICE_DOUBLE_UNMAPS,
	BASIS_DEVICE_CAUSES,
	BASIS_DEVICE_COPIES,
	BASIS_DEVICE_LIVE,
	BASIS_DEVICE_LEAKS,
	BASIS_DEVICE_AGES,
	BASIS_DEVICE_WAITS,
	BASES,
};

/**
 * struct range - where a true value lies
 * @low: it is no smaller; INT64_MIN = not known
 * @high: it is no larger; INT64_MAX = not known
 */
struct range {
	int64_t low;
	int64_t high;
};

/**
 * struct missed - what was missed of that which a figure rests on
 * @events: bits of enum event
 * @count: how many; UINT64_MAX = nobody counts them
 */
struct missed {
	unsigned int events;
	uint64_t count;
};

/**
 * struct basis - what a figure rests on
 * @levels: the levels without which it is unknown; 0 = state alone
 * @smaller: events that leave it too small when they are missed
 * @wrong: events that may change it either way
 * @hides: events that leave out whole pools, areas or devices
 * @limits: narrows what the true value may be, by what else is known; NULL =
 *	nothing is
 */
struct basis {
	unsigned int levels;
	unsigned int smaller;
	unsigned int wrong;
	unsigned int hides;
	void (*limits)(const struct subject *subject,
		       const struct missed *missed, struct range *range);
};

extern const struct basis basis_table[BASES];

/** figure_limit() - a counter as a signed figure; at most INT64_MAX */
int64_t figure_limit(uint64_t figure);

/**
 * basis_range() - where the true value lies
 * @basis: what it rests on
 * @subject: what it is a figure of
 * @value: the figure
 * @missed: what was missed in all
 */
struct range basis_range(const struct basis *basis,
			 const struct subject *subject, int64_t value,
			 const struct missed *missed);

#endif
