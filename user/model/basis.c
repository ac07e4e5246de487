/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/basis.h"

#include "model/level.h"

int64_t figure_limit(uint64_t figure)
{
	return figure > INT64_MAX ? INT64_MAX : (int64_t)figure;
}

/* A quantile, had so many more values been very small, or very large. */
static void limit_quantile(const struct histogram *seen, uint64_t max,
			   unsigned int per_mille, uint64_t missed,
			   struct range *range)
{
	struct histogram all = *seen;

	if (missed > UINT32_MAX)
		return;
	all.count[0] += missed;
	range->low = figure_limit(histogram_quantile(&all, per_mille, max));
	all = *seen;
	all.count[HISTOGRAM_BUCKETS - 1] += missed;
	range->high =
		figure_limit(histogram_quantile(&all, per_mille, UINT64_MAX));
}

static void limit_waits(const struct subject *s, unsigned int per_mille,
			const struct missed *missed, struct range *range)
{
	const struct waits *waits = &s->area->locks;

	limit_quantile(&waits->wait, waits->max_ns, per_mille, missed->count,
		       range);
}

static void wait_p50(const struct subject *s, const struct missed *missed,
		     struct range *range)
{
	limit_waits(s, 500, missed, range);
}

static void wait_p90(const struct subject *s, const struct missed *missed,
		     struct range *range)
{
	limit_waits(s, 900, missed, range);
}

static void wait_p99(const struct subject *s, const struct missed *missed,
		     struct range *range)
{
	limit_waits(s, 990, missed, range);
}

static void hold_p99(const struct subject *s, const struct missed *missed,
		     struct range *range)
{
	const struct holds *holds = &s->area->holds;

	limit_quantile(&holds->hold, holds->max_ns, 990, missed->count, range);
}

/* No more blocks have leaked than are live. */
static void block_leaks(const struct subject *s, const struct missed *missed,
			struct range *range)
{
	if (!(missed->events & EVENT_POOL))
		range->high = figure_limit(s->snap->blocks.live);
}

/* A failure counted under one of these causes belongs to another one. */
static void causes(const struct subject *s, const struct missed *missed,
		   struct range *range)
{
	const struct mapping_totals *totals =
		s->device ? &s->device->totals : &s->snap->mappings;

	if (missed->events & EVENT_MAP)
		return;
	range->low = 0;
	range->high = figure_limit(totals->failures[FAILURE_ALIGNMENT] +
				   totals->failures[FAILURE_FRAGMENTED] +
				   totals->failures[FAILURE_REACH] +
				   totals->failures[FAILURE_KIND]);
}

/* The owner of slots may be wrong, but not the number of taken slots. */
static void device_live(const struct subject *s, const struct missed *missed,
			struct range *range)
{
	(void)missed;
	range->low = 0;
	range->high = figure_limit(s->snap->mappings.live_slots);
}

/*
 * If the map of a mapping was missed, its device is unknown, and so is whether
 * that device is gone. At most this many more mappings can be leaked.
 */
static void leaks(const struct subject *s, const struct missed *missed,
		  struct range *range)
{
	const struct mapping_totals *totals =
		s->device ? &s->device->totals : &s->snap->mappings;

	if (!(missed->events & (EVENT_GONE | EVENT_POOL)))
		range->high = figure_limit(totals->leaked +
					   s->snap->mappings.unowned);
}

#define BOTH (EVENT_MAP | EVENT_UNMAP)

/* Each call that was missed may have hidden one. */
static void double_unmaps(const struct subject *s, const struct missed *missed,
			  struct range *range)
{
	(void)s;
	if (missed->count < INT64_MAX - (uint64_t)range->low)
		range->high = range->low + (int64_t)missed->count;
}

/*
 * If an unmap and the next map of its slot were missed, the following unmap was
 * compared with a mapping that had ended: two missed calls can make one wrong
 * unmap too many.
 */
static void wrong_unmaps(const struct subject *s, const struct missed *missed,
			 struct range *range)
{
	const int64_t seen = range->low;

	double_unmaps(s, missed, range);
	if ((missed->events & BOTH) == BOTH)
		range->low = missed->count / 2 < (uint64_t)seen
				     ? seen - (int64_t)(missed->count / 2)
				     : 0;
}

/* A call that was missed moves the balance by one from there on. */
static void growth(const struct subject *s, const struct missed *missed,
		   struct range *range)
{
	const struct mapping_totals *totals =
		s->device ? &s->device->totals : &s->snap->mappings;
	const int64_t seen = figure_limit(totals->grown);
	const int64_t calls = figure_limit(missed->count);

	range->low = calls < seen ? seen - calls : 0;
	range->high = calls < INT64_MAX - seen ? seen + calls : INT64_MAX;
}

const struct basis basis_table[BASES] = {
	[BASIS_OWN] = { 0 },
	[BASIS_PLACES] = { .hides = EVENT_POOL },
	[BASIS_HOLDINGS] = { .wrong = EVENT_POOL, .hides = EVENT_POOL },
	[BASIS_AUDIT] = { .levels = LEVEL_AUDIT, .smaller = EVENT_POOL },
	[BASIS_TRACE] = { .levels = LEVEL_TRACE, .smaller = EVENT_REQUEST },
	[BASIS_WAITS] = { .levels = LEVEL_LOCKS,
			  .smaller = EVENT_WAIT,
			  .hides = EVENT_POOL },
	[BASIS_WAIT_P50] = { .levels = LEVEL_LOCKS,
			     .wrong = EVENT_WAIT,
			     .hides = EVENT_POOL,
			     .limits = wait_p50 },
	[BASIS_WAIT_P90] = { .levels = LEVEL_LOCKS,
			     .wrong = EVENT_WAIT,
			     .hides = EVENT_POOL,
			     .limits = wait_p90 },
	[BASIS_WAIT_P99] = { .levels = LEVEL_LOCKS,
			     .wrong = EVENT_WAIT,
			     .hides = EVENT_POOL,
			     .limits = wait_p99 },
	[BASIS_TRACEPOINTS] = { .levels = LEVEL_TRACEPOINTS,
				.smaller = EVENT_TRACEPOINT,
				.hides = EVENT_POOL },
	[BASIS_HOLDS] = { .levels = LEVEL_HOLDS,
			  .smaller = EVENT_HOLD,
			  .hides = EVENT_POOL },
	[BASIS_HOLD_P99] = { .levels = LEVEL_HOLDS,
			     .wrong = EVENT_HOLD,
			     .hides = EVENT_POOL,
			     .limits = hold_p99 },
	[BASIS_BLOCK_LIVE] = { .smaller = EVENT_POOL },
	[BASIS_BLOCK_STATE] = { .wrong = EVENT_POOL },
	[BASIS_BLOCK_LEAKS] = { .levels = LEVEL_BLOCKS,
				.smaller = EVENT_BLOCK | EVENT_OWNER,
				.wrong = EVENT_POOL,
				.limits = block_leaks },
	[BASIS_BLOCK_CALLS] = { .levels = LEVEL_BLOCKS,
				.smaller = EVENT_BLOCK },
	[BASIS_MAPS] = { .levels = LEVEL_MAPPINGS, .smaller = EVENT_MAP },
	[BASIS_UNMAPS] = { .levels = LEVEL_MAPPINGS, .smaller = EVENT_UNMAP },
	[BASIS_WRONG_UNMAPS] = { .levels = LEVEL_MAPPINGS,
				 .smaller = BOTH,
				 .limits = wrong_unmaps },
	[BASIS_DOUBLE_UNMAPS] = { .levels = LEVEL_MAPPINGS,
				  .smaller = EVENT_UNMAP,
				  .limits = double_unmaps },
	[BASIS_CAUSES] = { .levels = LEVEL_MAPPINGS,
			   .smaller = EVENT_MAP,
			   .wrong = EVENT_CAUSE,
			   .limits = causes },
	[BASIS_COPIES] = { .levels = LEVEL_MAPPINGS | LEVEL_BOUNCES,
			   .smaller = EVENT_COPY },
	[BASIS_LIVE] = { .levels = LEVEL_MAPPINGS, .smaller = EVENT_POOL },
	[BASIS_LEAKS] = { .levels = LEVEL_MAPPINGS,
			  .smaller = EVENT_MAP | EVENT_GONE | EVENT_POOL,
			  .limits = leaks },
	[BASIS_AGES] = { .levels = LEVEL_MAPPINGS, .wrong = BOTH },
	[BASIS_GROWTH] = { .levels = LEVEL_MAPPINGS,
			   .wrong = BOTH,
			   .limits = growth },
	[BASIS_CALLERS] = { .levels = LEVEL_LOCKS | LEVEL_CALLERS,
			    .smaller = EVENT_WAIT | EVENT_CALLER },
	[BASIS_DEVICE_MAPS] = { .levels = LEVEL_MAPPINGS,
				.smaller = EVENT_MAP,
				.hides = EVENT_DEVICE },
	[BASIS_DEVICE_UNMAPS] = { .levels = LEVEL_MAPPINGS,
				  .smaller = EVENT_UNMAP,
				  .hides = EVENT_DEVICE },
	[BASIS_DEVICE_WRONG_UNMAPS] = { .levels = LEVEL_MAPPINGS,
					.smaller = BOTH,
					.hides = EVENT_DEVICE,
					.limits = wrong_unmaps },
	[BASIS_DEVICE_DOUBLE_UNMAPS] = { .levels = LEVEL_MAPPINGS,
					 .smaller = EVENT_UNMAP,
					 .hides = EVENT_DEVICE,
					 .limits = double_unmaps },
	[BASIS_DEVICE_CAUSES] = { .levels = LEVEL_MAPPINGS,
				  .smaller = EVENT_MAP,
				  .wrong = EVENT_CAUSE,
				  .hides = EVENT_DEVICE,
				  .limits = causes },
	[BASIS_DEVICE_COPIES] = { .levels = LEVEL_MAPPINGS | LEVEL_BOUNCES,
				  .smaller = EVENT_COPY,
				  .hides = EVENT_DEVICE },
	[BASIS_DEVICE_LIVE] = { .levels = LEVEL_MAPPINGS,
				.wrong = BOTH | EVENT_GONE,
				.hides = EVENT_DEVICE,
				.limits = device_live },
	[BASIS_DEVICE_LEAKS] = { .levels = LEVEL_MAPPINGS,
				 .smaller = EVENT_MAP | EVENT_GONE | EVENT_POOL,
				 .hides = EVENT_DEVICE,
				 .limits = leaks },
	[BASIS_DEVICE_AGES] = { .levels = LEVEL_MAPPINGS,
				.wrong = BOTH | EVENT_GONE,
				.hides = EVENT_DEVICE },
	[BASIS_DEVICE_GROWTH] = { .levels = LEVEL_MAPPINGS,
				  .wrong = BOTH,
				  .hides = EVENT_DEVICE,
				  .limits = growth },
	[BASIS_DEVICE_WAITS] = { .levels = LEVEL_MAPPINGS | LEVEL_CALLERS,
				 .smaller = EVENT_WAIT | EVENT_CALLER,
				 .hides = EVENT_DEVICE },
};

struct range basis_range(const struct basis *basis,
			 const struct subject *subject, int64_t value,
			 const struct missed *missed)
{
	struct range range = { value, value };

	if (missed->events & basis->wrong)
		range.low = INT64_MIN;
	if (missed->events & (basis->wrong | basis->smaller))
		range.high = INT64_MAX;
	if (range.high == INT64_MAX && basis->limits)
		basis->limits(subject, missed, &range);
	return range;
}

static bool bears_on(const struct basis *basis, unsigned int events)
{
	return events & (basis->smaller | basis->wrong | basis->hides);
}

bool basis_loss(const struct basis *basis, const struct loss *loss)
{
	return loss->count && bears_on(basis, loss->events);
}

bool basis_hook(const struct basis *basis, const struct hook *hook)
{
	return hook->partial && bears_on(basis, events_of_levels(hook->level));
}
