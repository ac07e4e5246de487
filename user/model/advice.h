/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_ADVICE_H
#define MODEL_ADVICE_H

/*
 * The size and the areas that the default pool needs, and the boot argument for
 * them. Rests on settings that a trace was given to (whatif.h), which whoever
 * has the trace does; without one, on the figures of an interval alone.
 */

#include "model/interval.h"
#include "model/whatif.h"

/* Settings of --what-if. */
#define ADVICE_WHATIFS 16u

/* Beside them: as it is, sizes from the smallest on, or sizes and areas. */
#define ADVICE_ROWS (ADVICE_WHATIFS + 128u)

/* Until a load has been watched for so long, a smaller pool is a risk. */
#define ADVICE_SHORT_NS (600ull * 1000000000ull)

/**
 * struct goal - what a pool has to do
 * @refusals: requests that it may refuse, of those that a larger one serves
 * @wait_share: time that may be waited for its locks, as a part of one CPU's
 * @spare_share: slots that are free at its peak at least, as a part of all
 *
 * Shares are in hundredths of a per cent.
 */
struct goal {
	uint64_t refusals;
	uint64_t wait_share;
	uint64_t spare_share;
};

/* No refusals, waits of 1 % of a CPU, a fifth of the slots free. */
#define GOAL_DEFAULT ((struct goal){ .wait_share = 100, .spare_share = 2000 })

/** enum goal_part - what of a goal a setting misses */
enum goal_part {
	MISSES_REFUSALS = 1u << 0,
	MISSES_WAITS = 1u << 1,
	MISSES_SPARE = 1u << 2,
};

/** enum advice_state - what the advice is */
enum advice_state {
	ADVICE_NONE,   /* cannot judge: enum advice_obstacle */
	ADVICE_KEEP,   /* the pool is as it should be */
	ADVICE_CHANGE, /* another pool meets the goal */
	ADVICE_UNMET,  /* none that was tried meets it; the nearest is told */
};

/** enum advice_obstacle - why there is none */
enum advice_obstacle {
	OBSTACLE_NONE,
	OBSTACLE_POOL,	/* there is no default pool */
	OBSTACLE_GROWS, /* the kernel adds pools as needed */
	OBSTACLE_FAULT, /* a leak, or a kernel fault, takes slots */
	OBSTACLE_LOST,	/* too many requests are missing */
	OBSTACLE_IDLE,	/* nothing was mapped */
	OBSTACLE_USE,	/* how much was in use is not known */
};

/** enum hold_source - where the time comes from that a lock is held */
enum hold_source {
	HOLD_ASSUMED,  /* no figure of this machine */
	HOLD_FITTED,   /* so that there are as many waits as were measured */
	HOLD_MEASURED, /* level holds */
};

/** enum advice_role - why a setting is in the table */
enum advice_role {
	ROLE_NOW,     /* as it is */
	ROLE_WHATIF,  /* somebody asked for it */
	ROLE_TRIED,   /* to find the best one */
	ROLE_ADVISED, /* that is the best one */
	ROLE_SMALLER, /* half of its slots */
	ROLE_FEWER,   /* half of its areas */
};

/**
 * struct advice_row - a setting
 * @role: why it is here
 * @setting: with the kernel's rounding; 0 stands for as it is
 * @outcome: of the trace, @setting with all figures
 * @misses: bits of enum goal_part
 */
struct advice_row {
	enum advice_role role;
	struct setting setting;
	struct outcome outcome;
	unsigned int misses;
};

/**
 * struct advice - the advice, and what it rests on
 * @interval: what was watched; the caller's
 * @pool: its default pool; NULL = there is none
 * @goal: what it has to do
 * @state: what the advice is
 * @obstacle: why there is none
 * @fault: of OBSTACLE_FAULT, the finding
 * @traced: it rests on a trace; else on figures alone, and then no row has an
 *	outcome
 * @lost: requests that the trace lacks
 * @unordered: requests of the trace whose order is not certain
 * @hold_source: where the next two come from
 * @basis: of the simulation
 * @wait_more_ns: by which a wait was measured to be longer than the queues
 *	tell; negative: shorter
 * @untold: share of the measured waits that no queue tells
 * @rows: the settings
 * @nr: how many; that at 0 is as it is
 * @slots: advised; 0 = none
 * @areas: likewise
 * @argument: the boot argument for them, "" = none
 */
struct advice {
	const struct interval *interval;
	const struct pool *pool;
	struct goal goal;
	enum advice_state state;
	enum advice_obstacle obstacle;
	const struct finding *fault;
	bool traced;
	uint64_t lost;
	uint64_t unordered;
	enum hold_source hold_source;
	struct whatif_basis basis;
	double wait_more_ns;
	double untold;
	struct advice_row rows[ADVICE_ROWS];
	size_t nr;
	uint64_t slots;
	uint32_t areas;
	char argument[BOOT_TEXT_LEN];
};

/**
 * advice_begin() - begin, with what was watched
 * @advice: filled in
 * @interval: kept by the caller
 * @goal: what the pool has to do
 * @whatifs: settings that were asked for; rounded as the kernel does
 * @nr: how many, at most ADVICE_WHATIFS
 *
 * There may be an obstacle then, and the rest is not to be called.
 */
void advice_begin(struct advice *advice, const struct interval *interval,
		  const struct goal *goal, const struct setting *whatifs,
		  size_t nr);

/**
 * advice_by_figures() - conclude without a trace
 *
 * From the peak, the refusals and the waits: it is not known then how large a
 * pool would do that refuses, nor whether fewer areas would.
 */
void advice_by_figures(struct advice *advice);

/**
 * advice_sizes() - the rows to try first: sizes with the areas that there are
 *
 * @search and @page_bytes of the basis are to be set.
 */
void advice_sizes(struct advice *advice);

/**
 * advice_note() - what a part of the trace lacks
 *
 * To be called for each part once.
 */
void advice_note(struct advice *advice, const struct trace *trace);

/**
 * advice_areas() - the rows to try then: sizes and areas around the least
 *
 * The outcomes of the rows are to be set. The time that locks are held is taken
 * from what was measured, or fitted to it.
 *
 * Return: false when there is an obstacle.
 */
bool advice_areas(struct advice *advice);

/**
 * advice_fit() - fit the time that a lock is held to the number of waits
 *
 * The outcome of the first row, as it is, is to be set.
 *
 * Return: whether it was near enough, or cannot come nearer.
 */
bool advice_fit(struct advice *advice);

/** advice_conclude() - judge the outcomes of these rows, which are to be set */
void advice_conclude(struct advice *advice);

/** advice_row() - the row of that role; NULL = there is none */
const struct advice_row *advice_row(const struct advice *advice,
				    enum advice_role role);

/** advice_bytes() - the memory that as many slots take, with their lists */
uint64_t advice_bytes(const struct advice *advice, uint64_t slots);

/** advice_measured() - waits for the locks of the pool; false = not known */
bool advice_measured(const struct advice *advice, struct waits *waits);

/** advice_refused() - refusals in the window that a larger pool might have
 *	served; false = not known
 */
bool advice_refused(const struct advice *advice, uint64_t *refused);

/** outcome_refused() - refusals of an outcome that a larger pool serves */
uint64_t outcome_refused(const struct outcome *outcome);

/** outcome_unhelped() - refusals of an outcome that no size helps */
uint64_t outcome_unhelped(const struct outcome *outcome);

/* Words of JSON, stable. */
const char *advice_state_name(enum advice_state state);
const char *advice_obstacle_name(enum advice_obstacle obstacle);
const char *advice_role_name(enum advice_role role);
const char *hold_source_name(enum hold_source source);

#endif
