/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/advice.h"

#include <math.h>
#include <string.h>

#include "model/level.h"
#include "model/sizing.h"

/* Shares are hundredths of a per cent. */
#define WHOLE 10000u

/* Sizes are tried up to so many times what there is. */
#define LARGER		8
#define LARGER_TO_SPARE 4

/* A trace that lacks more than one request in so many is no ground. */
#define LOST_PART 1000

/* Held for a search that finds its slots at once, where nothing better is
 * known: longer than on usual hardware, so that areas are too many rather than
 * too few.
 */
#define ASSUMED_HOLD_NS 2000.0

/* What a lock can be held for, in ns. */
#define SHORTEST_HOLD_NS 20.0
#define LONGEST_HOLD_NS	 1e6

/* By the median: of a CPU that was stopped. */
#define LONG_HOLD 8

/* A fit goes so far at a time, and is enough when it is so near. */
#define MOST_AT_ONCE 4.0
#define FIT_ENOUGH   0.05

/*
 * What was watched
 */

static const struct snapshot *figures(const struct advice *advice)
{
	return &advice->interval->figures;
}

uint64_t advice_bytes(const struct advice *advice, uint64_t slots)
{
	return pool_bytes(advice->pool, slots);
}

bool advice_measured(const struct advice *advice, struct waits *waits)
{
	*waits = (struct waits){ 0 };
	if (snapshot_level_missing(figures(advice), LEVEL_LOCKS))
		return false;
	for (unsigned int i = 0; i < advice->pool->nr_areas; i++)
		waits_add(waits, &advice->pool->areas[i].locks);
	return true;
}

bool advice_refused(const struct advice *advice, uint64_t *refused)
{
	const struct mapping_totals *mappings = &figures(advice)->mappings;

	*refused = mappings->failures[FAILURE_FRAGMENTED] +
		   mappings->failures[FAILURE_EXHAUSTED];
	return mappings->counted;
}

static uint64_t refused_with(const struct outcome *outcome, bool helped)
{
	uint64_t sum = 0;

	for (enum failure_cause cause = 0; cause < FAILURE_CAUSES; cause++)
		if ((cause == FAILURE_FRAGMENTED ||
		     cause == FAILURE_EXHAUSTED) == helped)
			sum += outcome->refused[cause];
	return sum;
}

uint64_t outcome_refused(const struct outcome *outcome)
{
	return refused_with(outcome, true);
}

uint64_t outcome_unhelped(const struct outcome *outcome)
{
	return refused_with(outcome, false);
}

/* What takes slots that nobody needs, so that any size is wrong. */
static const struct finding *find_fault(const struct findings *findings)
{
	static const char *const rules[] = {
		"block-leak",
		"mapping-leak",
		"unreclaimed-blocks",
		"list-errors",
	};

	for (size_t i = 0; i < findings->count; i++)
		for (size_t j = 0; j < sizeof(rules) / sizeof(*rules); j++)
			if (findings->list[i].severity == SEVERITY_ERROR &&
			    !strcmp(findings->list[i].rule->id, rules[j]))
				return &findings->list[i];
	return NULL;
}

static enum advice_obstacle find_obstacle(const struct advice *advice)
{
	if (!advice->pool || !advice->pool->slots || !advice->pool->nr_areas)
		return OBSTACLE_POOL;
	if (figures(advice)->kernel.pools_grow)
		return OBSTACLE_GROWS;
	if (advice->fault)
		return OBSTACLE_FAULT;
	return OBSTACLE_NONE;
}

/*
 * Rows
 */

static void add_row(struct advice *advice, enum advice_role role,
		    uint64_t slots, uint32_t areas)
{
	if (advice->nr == ADVICE_ROWS)
		return;
	advice->rows[advice->nr++] = (struct advice_row){
		.role = role,
		.setting = { .slots = slots, .areas = areas },
	};
}

/* What the kernel makes of it; what is not asked for stays as it is. */
static struct setting round_setting(const struct pool *pool,
				    const struct setting *asked)
{
	struct setting setting = *asked;

	if (asked->areas)
		setting.areas = boot_rounded_areas(asked->areas);
	if (asked->slots || asked->areas)
		setting.slots = boot_rounded_slots(
			asked->slots ? asked->slots : pool->slots,
			setting.areas ? setting.areas : pool->nr_areas);
	return setting;
}

/* What waits there were beside the requests, so that these can be told from
 * those that a setting would have.
 */
static void set_waits(struct advice *advice)
{
	const struct trace_totals *traced = &figures(advice)->traced;
	const uint64_t requests = traced->maps + traced->unmaps;
	struct waits waits;

	if (!advice_measured(advice, &waits) || !requests)
		return;
	advice->basis.waits_known = true;
	advice->basis.wait_ns = histogram_middle(&waits.wait);
	advice->basis.contended = (double)waits.contended / (double)requests;
}

void advice_begin(struct advice *advice, const struct interval *interval,
		  const struct goal *goal, const struct setting *whatifs,
		  size_t nr)
{
	*advice = (struct advice){
		.interval = interval,
		.pool = snapshot_default_pool(&interval->figures),
		.goal = *goal,
		.fault = find_fault(&interval->findings),
		.basis.hold_ns = ASSUMED_HOLD_NS,
	};
	advice->obstacle = find_obstacle(advice);
	if (advice->obstacle)
		return;
	advice->basis.pool_id = advice->pool->id;
	set_waits(advice);
	add_row(advice, ROLE_NOW, 0, 0);
	for (size_t i = 0; i < nr && i < ADVICE_WHATIFS; i++) {
		add_row(advice, ROLE_WHATIF, 0, 0);
		advice->rows[advice->nr - 1].setting =
			round_setting(advice->pool, &whatifs[i]);
	}
}

static void drop_tried(struct advice *advice)
{
	while (advice->rows[advice->nr - 1].role == ROLE_TRIED)
		advice->nr--;
}

/* No pool with fewer slots can serve all, as samples have seen more in use. */
static uint64_t least_served(const struct advice *advice)
{
	const uint64_t peak = advice->pool->used_peak;

	return !advice->goal.refusals && counter_known(peak) ? peak : 0;
}

/* A pool that refuses may need any size, and another one slots to spare. */
static uint64_t largest_size(const struct advice *advice)
{
	uint64_t refused;
	const bool known = advice_refused(advice, &refused);

	return advice->pool->slots *
	       (known && !refused ? LARGER_TO_SPARE : LARGER);
}

void advice_sizes(struct advice *advice)
{
	const uint32_t areas = advice->pool->nr_areas;
	const uint64_t most = largest_size(advice);

	advice->traced = true;
	for (uint64_t slots = sizing_smallest(least_served(advice), areas);
	     slots <= most; slots *= 2)
		add_row(advice, ROLE_TRIED, slots, areas);
}

/*
 * The goal
 */

static uint64_t part_of(uint64_t whole, uint64_t share)
{
	return (uint64_t)((double)whole * (double)share / WHOLE);
}

static unsigned int misses_size(const struct advice *advice,
				const struct outcome *outcome)
{
	const uint64_t slots = outcome->setting.slots;
	unsigned int misses = 0;

	if (outcome_refused(outcome) + outcome->unplaced >
	    advice->goal.refusals)
		misses |= MISSES_REFUSALS;
	if (outcome->peak > slots - part_of(slots, advice->goal.spare_share))
		misses |= MISSES_SPARE;
	return misses;
}

static bool waits_too_long(const struct advice *advice, uint64_t waited_ns)
{
	return waited_ns > part_of(figures(advice)->window.duration_ns,
				   advice->goal.wait_share);
}

static void judge_rows(struct advice *advice)
{
	for (size_t i = 0; i < advice->nr; i++) {
		struct advice_row *row = &advice->rows[i];

		row->misses = misses_size(advice, &row->outcome);
		if (waits_too_long(advice, row->outcome.waited_ns))
			row->misses |= MISSES_WAITS;
	}
}

/*
 * How long a lock is held
 */

static double limit(double value, double least, double most)
{
	return value < least ? least : value > most ? most : value;
}

static double limit_hold(double ns)
{
	return limit(ns, SHORTEST_HOLD_NS, LONGEST_HOLD_NS);
}

/* What long ones cost is in the waits that were measured, where there are any:
 * see explain_waits(). Return: the mean of the rest.
 */
static double drop_long(struct histogram *holds, double longer)
{
	const double most_ns = longer * histogram_middle(holds);

	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++)
		if ((double)(1ull << i) > most_ns)
			holds->count[i] = 0;
	return histogram_mean(holds);
}

/* The level measures all of it, so that the searches are taken off. */
static void take_measured(struct advice *advice)
{
	const struct outcome *now = &advice->rows[0].outcome;
	struct whatif_basis *basis = &advice->basis;
	struct holds sum = { 0 };
	double with_search, held_ns;
	struct waits waits;

	for (unsigned int i = 0; i < advice->pool->nr_areas; i++)
		holds_add(&sum, &advice->pool->areas[i].holds);
	if (!sum.acquisitions)
		return;
	with_search = 1 + (double)now->examined / (double)sum.acquisitions /
				  SLOTS_A_HOLD;
	held_ns = (double)sum.total_ns / (double)sum.acquisitions;
	if (advice_measured(advice, &waits) && waits.contended)
		held_ns = drop_long(&sum.hold, LONG_HOLD * with_search);
	basis->hold_ns = limit_hold(held_ns / with_search);
	basis->holds = sum.hold;
	advice->hold_source = HOLD_MEASURED;
}

/* What was measured of a hold has not all of it, so it is not less. Return:
 * whether that makes a difference.
 */
static bool fit_rest(struct whatif_basis *basis, double factor)
{
	const double before_ns = basis->rest_ns;
	const double held_ns =
		limit_hold((basis->hold_ns + before_ns) * factor);

	basis->rest_ns = limit(held_ns - basis->hold_ns, 0, held_ns);
	return basis->rest_ns != before_ns;
}

static bool fit_hold(struct whatif_basis *basis, double factor)
{
	const double before_ns = basis->hold_ns;

	basis->hold_ns = limit_hold(before_ns * factor);
	return basis->hold_ns != before_ns;
}

/* Where few wait, their number grows as the time that a lock is held. */
bool advice_fit(struct advice *advice)
{
	const struct outcome *now = &advice->rows[0].outcome;
	struct waits waits;
	double ratio, factor;
	bool nearer;

	if (!advice_measured(advice, &waits) || !waits.contended ||
	    !now->contended)
		return true;
	ratio = (double)waits.contended / (double)now->contended;
	factor = limit(ratio, 1 / MOST_AT_ONCE, MOST_AT_ONCE);
	if (advice->hold_source == HOLD_MEASURED) {
		nearer = fit_rest(&advice->basis, factor);
	} else {
		nearer = fit_hold(&advice->basis, factor);
		advice->hold_source = HOLD_FITTED;
	}
	return !nearer || fabs(ratio - 1) < FIT_ENOUGH;
}

static uint64_t times(uint64_t figure, double factor)
{
	return (uint64_t)((double)figure * factor + 0.5);
}

/**
 * struct unexplained - what the queues of the pool as it is do not tell
 * @factor: waits, by those that they tell, where they tell too many; else 1
 * @a_handover: waits for each lock taken behind another CPU, where too few
 * @mean_ns: of one that was measured
 * @more_ns: by which that is longer than they tell
 * @shorter: a wait, by what they tell, where that is too long; else 1
 */
struct unexplained {
	double factor;
	double a_handover;
	double mean_ns;
	double more_ns;
	double shorter;
};

static void add_unexplained(struct outcome *outcome,
			    const struct unexplained *rest)
{
	const uint64_t told = times(outcome->contended, rest->factor);
	const uint64_t waits = times(outcome->handovers, rest->a_handover);

	outcome->contended = told + waits;
	outcome->waited_ns =
		times(outcome->waited_ns, rest->factor * rest->shorter) +
		times(told, rest->more_ns) + times(waits, rest->mean_ns);
	outcome->max_wait_ns = times(outcome->max_wait_ns, rest->shorter) +
			       times(told > 0, rest->more_ns);
	if (outcome->max_wait_ns > outcome->waited_ns)
		outcome->max_wait_ns = outcome->waited_ns;
}

/*
 * To wait takes time beside that in the queue, and longer where a hypervisor
 * stops a CPU that has the lock, or is before others in the queue; and where it
 * stops CPUs most of the time, there may be hardly any others. Such waits need
 * that another CPU comes next, so they are as many as that happens.
 */
static void explain_waits(struct advice *advice)
{
	const struct outcome now = advice->rows[0].outcome;
	struct unexplained rest = { .factor = 1, .shorter = 1 };
	struct waits waits;
	double told, told_ns;

	if (!advice_measured(advice, &waits) || !waits.contended)
		return;
	told = (double)now.contended / (double)waits.contended;
	advice->untold = limit(1 - told, 0, 1);
	rest.mean_ns = (double)waits.total_ns / (double)waits.contended;
	if (told > 1)
		rest.factor = 1 / told;
	else if (now.handovers)
		rest.a_handover =
			(1 - told) * (double)waits.contended / now.handovers;
	if (now.waited_ns) {
		told_ns = (double)now.waited_ns / (double)now.contended;
		advice->wait_more_ns = rest.mean_ns - told_ns;
		rest.more_ns = limit(advice->wait_more_ns, 0, rest.mean_ns);
		rest.shorter = limit(rest.mean_ns / told_ns, 0, 1);
	}
	for (size_t i = 0; i < advice->nr; i++)
		add_unexplained(&advice->rows[i].outcome, &rest);
}

/*
 * With a trace
 */

void advice_note(struct advice *advice, const struct trace *trace)
{
	advice->lost += trace->lost;
	advice->unordered += trace->unordered;
}

static enum advice_obstacle trace_obstacle(const struct advice *advice)
{
	const uint64_t requests = advice->rows[0].outcome.requests;

	if (advice->lost > requests / LOST_PART)
		return OBSTACLE_LOST;
	return requests ? OBSTACLE_NONE : OBSTACLE_IDLE;
}

/* The least size that does with the areas that there are; else the largest. */
static uint64_t least_size(const struct advice *advice)
{
	uint64_t slots = advice->pool->slots;

	for (size_t i = 0; i < advice->nr; i++) {
		const struct advice_row *row = &advice->rows[i];

		if (row->role != ROLE_TRIED)
			continue;
		slots = row->setting.slots;
		if (!misses_size(advice, &row->outcome))
			break;
	}
	return slots;
}

/* As many as CPUs make use of, and those that there are. */
static uint32_t most_areas(const struct advice *advice)
{
	const uint32_t cpus = boot_rounded_areas(figures(advice)->kernel.cpus);
	const uint32_t now = advice->pool->nr_areas;

	if (!figures(advice)->boot.areas)
		return now;
	return cpus > now ? cpus : now;
}

static uint32_t fewest_areas(const struct advice *advice)
{
	return figures(advice)->boot.areas ? 1 : advice->pool->nr_areas;
}

static void add_areas(struct advice *advice, uint64_t slots)
{
	const uint32_t most = most_areas(advice);

	for (uint32_t areas = fewest_areas(advice); areas <= most; areas *= 2)
		if (sizing_smallest(slots, areas) == slots)
			add_row(advice, ROLE_TRIED, slots, areas);
}

bool advice_areas(struct advice *advice)
{
	const uint64_t least = least_size(advice);

	advice->obstacle = trace_obstacle(advice);
	if (advice->obstacle)
		return false;
	if (snapshot_level_missing(figures(advice), LEVEL_HOLDS))
		advice_fit(advice);
	else
		take_measured(advice);
	drop_tried(advice);
	/* Fewer areas may do with half of it, of which half is to be shown. */
	for (uint64_t slots = least / 4; slots <= least * 2; slots *= 2)
		if (slots * 2 >= least_served(advice))
			add_areas(advice, slots);
	return true;
}

/* Whether the first is nearer to the goal, where both miss it. */
static bool is_nearer(const struct advice_row *a, const struct advice_row *b)
{
	const uint64_t refused_a = outcome_refused(&a->outcome);
	const uint64_t refused_b = outcome_refused(&b->outcome);

	if (refused_a != refused_b)
		return refused_a < refused_b;
	if ((a->misses ^ b->misses) & MISSES_SPARE)
		return b->misses & MISSES_SPARE;
	if (a->setting.slots != b->setting.slots)
		return a->setting.slots < b->setting.slots;
	return a->outcome.waited_ns < b->outcome.waited_ns;
}

/* Rows come by size, and of one size by areas. */
static struct advice_row *find_best(struct advice *advice)
{
	struct advice_row *best = NULL;

	for (size_t i = 0; i < advice->nr; i++) {
		struct advice_row *row = &advice->rows[i];

		if (row->role != ROLE_TRIED)
			continue;
		if (!row->misses)
			return row;
		if (!best || is_nearer(row, best))
			best = row;
	}
	return best;
}

static void set_role(struct advice *advice, enum advice_role role,
		     uint64_t slots, uint32_t areas)
{
	for (size_t i = 0; i < advice->nr; i++) {
		const struct setting *setting = &advice->rows[i].setting;

		if (advice->rows[i].role == ROLE_TRIED &&
		    setting->slots == slots && setting->areas == areas)
			advice->rows[i].role = role;
	}
}

static void forget_tried(struct advice *advice)
{
	size_t kept = 0;

	for (size_t i = 0; i < advice->nr; i++)
		if (advice->rows[i].role != ROLE_TRIED)
			advice->rows[kept++] = advice->rows[i];
	advice->nr = kept;
}

static void set_advice(struct advice *advice, uint64_t slots, uint32_t areas)
{
	const struct boot_request *boot = &figures(advice)->boot;

	advice->slots = slots;
	advice->areas = areas;
	boot_argument(boot, slots, boot->areas ? areas : 0, advice->argument,
		      sizeof(advice->argument));
}

static bool is_as_now(const struct advice *advice)
{
	return advice->slots == advice->pool->slots &&
	       advice->areas == advice->pool->nr_areas;
}

void advice_conclude(struct advice *advice)
{
	struct advice_row *best;

	explain_waits(advice);
	judge_rows(advice);
	best = find_best(advice);
	set_advice(advice, best->setting.slots, best->setting.areas);
	best->role = ROLE_ADVISED;
	advice->state = best->misses	    ? ADVICE_UNMET
			: is_as_now(advice) ? ADVICE_KEEP
					    : ADVICE_CHANGE;
	set_role(advice, ROLE_SMALLER, advice->slots / 2, advice->areas);
	set_role(advice, ROLE_FEWER, advice->slots, advice->areas / 2);
	forget_tried(advice);
}

/*
 * By figures
 */

/* The size that has room for the peak with what is to be spare. */
static uint64_t size_for(const struct advice *advice, uint64_t peak)
{
	const uint64_t rest = WHOLE - advice->goal.spare_share;

	return sizing_smallest((peak * WHOLE + rest - 1) / rest,
			       advice->pool->nr_areas);
}

/* A pool that refused needs more than its peak tells. */
static uint64_t size_by_figures(const struct advice *advice,
				const struct sizing *sizing)
{
	const struct pool *pool = advice->pool;
	const uint64_t needed = size_for(advice, sizing->peak);
	uint64_t refused;

	if (advice_refused(advice, &refused) && refused > advice->goal.refusals)
		return sizing_smallest(2 * pool->slots, pool->nr_areas);
	if (needed > pool->slots)
		return needed;
	return sizing_is_oversized(pool, sizing) ? sizing->enough : pool->slots;
}

/* As many as CPUs use, as it is not known how many would do. */
static uint32_t areas_by_figures(const struct advice *advice)
{
	struct waits waits;

	if (!advice_measured(advice, &waits) ||
	    !waits_too_long(advice, waits.total_ns))
		return advice->pool->nr_areas;
	return most_areas(advice);
}

static bool waits_stay(const struct advice *advice)
{
	struct waits waits;

	return advice_measured(advice, &waits) &&
	       waits_too_long(advice, waits.total_ns) &&
	       advice->areas == advice->pool->nr_areas;
}

void advice_by_figures(struct advice *advice)
{
	struct sizing sizing;
	uint64_t slots;
	uint32_t areas;

	if (!sizing_of(figures(advice), advice->pool, &sizing))
		advice->obstacle = OBSTACLE_USE;
	else if (!sizing.peak)
		advice->obstacle = OBSTACLE_IDLE;
	if (advice->obstacle)
		return;
	areas = areas_by_figures(advice);
	slots = size_by_figures(advice, &sizing);
	if (slots < (uint64_t)SEGMENT_SLOTS * areas)
		slots = sizing_smallest(slots, areas);
	set_advice(advice, slots, areas);
	advice->state = waits_stay(advice)  ? ADVICE_UNMET
			: is_as_now(advice) ? ADVICE_KEEP
					    : ADVICE_CHANGE;
	add_row(advice, ROLE_ADVISED, slots, areas);
}

/*
 * Rows and words
 */

const struct advice_row *advice_row(const struct advice *advice,
				    enum advice_role role)
{
	for (size_t i = 0; i < advice->nr; i++)
		if (advice->rows[i].role == role)
			return &advice->rows[i];
	return NULL;
}

const char *advice_state_name(enum advice_state state)
{
	static const char *const names[] = {
		[ADVICE_NONE] = "none",
		[ADVICE_KEEP] = "keep",
		[ADVICE_CHANGE] = "change",
		[ADVICE_UNMET] = "unmet",
	};

	return names[state];
}

const char *advice_obstacle_name(enum advice_obstacle obstacle)
{
	static const char *const names[] = {
		[OBSTACLE_NONE] = "",		[OBSTACLE_POOL] = "no_pool",
		[OBSTACLE_GROWS] = "grows",	[OBSTACLE_FAULT] = "fault",
		[OBSTACLE_LOST] = "lost",	[OBSTACLE_IDLE] = "idle",
		[OBSTACLE_USE] = "use_unknown",
	};

	return names[obstacle];
}

const char *advice_role_name(enum advice_role role)
{
	static const char *const names[] = {
		[ROLE_NOW] = "now",
		[ROLE_WHATIF] = "whatif",
		[ROLE_TRIED] = "tried",
		[ROLE_ADVISED] = "advised",
		[ROLE_SMALLER] = "half_slots",
		[ROLE_FEWER] = "half_areas",
	};

	return names[role];
}

const char *hold_source_name(enum hold_source source)
{
	static const char *const names[] = {
		[HOLD_ASSUMED] = "assumed",
		[HOLD_FITTED] = "fitted",
		[HOLD_MEASURED] = "measured",
	};

	return names[source];
}
