/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_BASIS_H
#define MODEL_BASIS_H

/*
 * The basis of figures: the events that they are computed from, and so the
 * range of the true value when some of these events were missed. Most figures
 * share their basis with others.
 */

#include "model/event.h"
#include "model/subject.h"

/** enum basis_id - rows of basis_table */
enum basis_id {
	BASIS_OWN,	/* what the tool knows of itself */
	BASIS_PLACES,	/* state of a pool or area */
	BASIS_HOLDINGS, /* likewise, compared with the living devices */
	BASIS_AUDIT,	/* likewise, slot by slot */
	BASIS_TRACE,	/* requests that were seen one by one */
	BASIS_WAITS,	/* waits that were seen */
	BASIS_WAIT_P50, /* their quantiles */
	BASIS_WAIT_P90,
	BASIS_WAIT_P99,
	BASIS_TRACEPOINTS,
	BASIS_HOLDS,
	BASIS_HOLD_P99,
	BASIS_BLOCK_LIVE,  /* the block lists */
	BASIS_BLOCK_STATE, /* likewise, compared with the living devices */
	BASIS_BLOCK_LEAKS,
	BASIS_BLOCK_CALLS, /* allocations and frees that were seen */
	BASIS_MAPS,
	BASIS_UNMAPS,
	BASIS_WRONG_UNMAPS,  /* unmaps, compared with the mappings */
	BASIS_DOUBLE_UNMAPS, /* unmaps, compared with the slots */
	BASIS_CAUSES,	     /* failures whose cause took a scan */
	BASIS_COPIES,
	BASIS_LIVE,  /* the slots */
	BASIS_LEAKS, /* the slots, and whose they are */
	BASIS_AGES,
	BASIS_GROWTH,  /* maps and unmaps, set off against each other */
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
	BASIS_DEVICE_GROWTH,
	BASIS_DEVICE_WAITS,
	BASES,
};

/**
 * struct range - the range of a true value
 * @low: lower bound; INT64_MIN = unknown
 * @high: upper bound; INT64_MAX = unknown
 */
struct range {
	int64_t low;
	int64_t high;
};

/**
 * struct missed - missed events of a figure's basis
 * @events: bits of enum event
 * @count: their number; UINT64_MAX = not counted
 */
struct missed {
	unsigned int events;
	uint64_t count;
};

/**
 * struct basis - the evidence of a figure
 * @levels: levels without which it is unknown; 0 = state alone
 * @smaller: events that make it too small when they are missed
 * @wrong: events that may change it either way when they are missed
 * @hides: events that hide whole pools, areas or devices when they are missed
 * @limits: narrows the range of the true value by other facts; NULL = there are
 *	none
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
 * basis_range() - the range of the true value
 * @basis: of the figure
 * @subject: the entity that the figure belongs to
 * @value: the figure
 * @missed: all missed events
 */
struct range basis_range(const struct basis *basis,
			 const struct subject *subject, int64_t value,
			 const struct missed *missed);

/** basis_loss() - whether a loss bears on such figures */
bool basis_loss(const struct basis *basis, const struct loss *loss);

/**
 * basis_hook() - whether a hook that does not see all bears on such figures
 *
 * How much it does not see is unknown.
 */
bool basis_hook(const struct basis *basis, const struct hook *hook);

#endif
