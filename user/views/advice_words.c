/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "model/level.h"
#include "model/refusals.h"
#include "model/sizing.h"
#include "util/units.h"
#include "views/advice.h"
#include "views/finding_text.h"

/* Shares are hundredths of a per cent. */
#define SHARE(share) (double)(share) / 100

static const struct snapshot *figures(const struct advice *advice)
{
	return &advice->interval->figures;
}

/*
 * The verdict
 */

static const char *areas_word(uint32_t areas)
{
	return areas == 1 ? "area" : "areas";
}

static char *memory_change(const struct advice *advice, char *text, size_t len)
{
	const uint64_t now = advice_bytes(advice, advice->pool->slots);
	const uint64_t then = advice_bytes(advice, advice->slots);

	if (now == then)
		snprintf(text, len, "as much memory as now");
	else
		snprintf(text, len, "%s of memory %s than now",
			 BYTES(now > then ? now - then : then - now),
			 now > then ? "less" : "more");
	return text;
}

static void say_change(const struct advice *advice, char *text)
{
	char memory[64];

	snprintf(text, ADVICE_TEXT_LEN,
		 "boot with %s: %" PRIu64 " slots (%s) in %" PRIu32
		 " %s instead of %" PRIu64 " (%s) in %u; %s",
		 advice->argument, advice->slots,
		 BYTES(advice->slots * SLOT_BYTES), advice->areas,
		 areas_word(advice->areas), advice->pool->slots,
		 BYTES(advice->pool->slots * SLOT_BYTES),
		 advice->pool->nr_areas,
		 memory_change(advice, memory, sizeof(memory)));
}

/* Without a trace it is not known that less does not do. */
static void say_keep(const struct advice *advice, char *text)
{
	snprintf(text, ADVICE_TEXT_LEN,
		 "keep the pool of %" PRIu64 " slots (%s) in %u %s%s (%s)",
		 advice->slots, BYTES(advice->slots * SLOT_BYTES),
		 advice->areas, areas_word(advice->areas),
		 advice->traced ? ", the smallest with the fewest areas that "
				  "meets the goal"
				: "",
		 advice->argument);
}

static unsigned int advised_misses(const struct advice *advice)
{
	const struct advice_row *row = advice_row(advice, ROLE_ADVISED);

	return advice->traced && row ? row->misses : MISSES_WAITS;
}

static void say_unmet(const struct advice *advice, char *text)
{
	const unsigned int misses = advised_misses(advice);

	snprintf(text, ADVICE_TEXT_LEN,
		 "no pool that was tried meets the goal; the nearest is %s: "
		 "%s",
		 advice->argument,
		 misses & MISSES_REFUSALS
			 ? "it still refuses mappings, so the load needs more "
			   "yet"
		 : misses & MISSES_SPARE
			 ? "too few of its slots are free at the peak"
			 : "there are areas for all CPUs, and yet more is "
			   "waited; look for devices whose interrupts and "
			   "queues sit on few CPUs");
}

static void say_fault(const struct advice *advice, char *text)
{
	char fault[FINDING_TEXT_LEN];

	snprintf(text, ADVICE_TEXT_LEN,
		 "%s: that takes slots which no size makes up for; end it "
		 "first ('swiotlb report' says how)",
		 finding_text(advice->fault, figures(advice), fault));
}

static void say_lost(const struct advice *advice, char *text)
{
	snprintf(text, ADVICE_TEXT_LEN,
		 "%" PRIu64 " requests are missing beside %" PRIu64
		 " that were traced, so that what was in use is not known; "
		 "watch a lighter load",
		 advice->lost, advice->rows[0].outcome.requests);
}

static void say_obstacle(const struct advice *advice, char *text)
{
	const size_t len = ADVICE_TEXT_LEN;

	switch (advice->obstacle) {
	case OBSTACLE_POOL:
		snprintf(text, len,
			 "there is no default pool; 'swiotlb doctor' says why");
		break;
	case OBSTACLE_GROWS:
		snprintf(text, len,
			 "this kernel adds pools to the default pool when it "
			 "is full; 'swiotlb report' tells how often, and the "
			 "size that would spare it (finding pool-grown)");
		break;
	case OBSTACLE_FAULT:
		say_fault(advice, text);
		break;
	case OBSTACLE_LOST:
		say_lost(advice, text);
		break;
	case OBSTACLE_IDLE:
		snprintf(text, len,
			 "nothing was mapped: watch while the load runs");
		break;
	case OBSTACLE_USE:
	case OBSTACLE_NONE:
		snprintf(text, len,
			 "it is not known how much of the pool was in use");
		break;
	}
}

char *advice_verdict(const struct advice *advice, char *text)
{
	static void (*const says[])(const struct advice *, char *) = {
		[ADVICE_NONE] = say_obstacle,
		[ADVICE_KEEP] = say_keep,
		[ADVICE_CHANGE] = say_change,
		[ADVICE_UNMET] = say_unmet,
	};

	says[advice->state](advice, text);
	return text;
}

char *advice_goal(const struct advice *advice, char *text)
{
	const struct goal *goal = &advice->goal;
	char refusals[48] = "no";

	if (goal->refusals)
		snprintf(refusals, sizeof(refusals), "at most %" PRIu64,
			 goal->refusals);
	snprintf(text, ADVICE_TEXT_LEN,
		 "%s mapping%s refused that a larger pool serves; at most "
		 "%.4g%% of a CPU's time waited for locks; at least %.4g%% of "
		 "the slots free at the peak",
		 refusals, plural(goal->refusals), SHARE(goal->wait_share),
		 SHARE(goal->spare_share));
	return text;
}

/*
 * What it rests on
 */

typedef bool (*reason)(const struct advice *advice, char *text);

static char *nth_reason(const reason *reasons, const struct advice *advice,
			size_t index, char *text)
{
	if (advice->state == ADVICE_NONE)
		return NULL;
	for (; *reasons; reasons++)
		if ((*reasons)(advice, text) && !index--)
			return text;
	return NULL;
}

static bool ground_requests(const struct advice *advice, char *text)
{
	const struct outcome *now = &advice->rows[0].outcome;

	snprintf(text, ADVICE_TEXT_LEN,
		 "%" PRIu64 " maps in %s; %" PRIu64 " requests lost, %" PRIu64
		 " whose order is not certain",
		 now->requests, DURATION(figures(advice)->window.duration_ns),
		 advice->lost, advice->unordered);
	return advice->traced;
}

static bool ground_equal(const struct advice *advice, char *text)
{
	const struct outcome *now = &advice->rows[0].outcome;
	const uint64_t all = now->same_slot + now->other_slot;

	snprintf(text, ADVICE_TEXT_LEN,
		 "simulated with the pool as it is, %s of the maps get what "
		 "the kernel gave them",
		 PERCENT(now->same_slot, all));
	return advice->traced && all;
}

static bool ground_hold(const struct advice *advice, char *text)
{
	static const char *const sources[] = {
		[HOLD_ASSUMED] = "assumed, as no waits were measured, so "
				 "that predicted waits are too long rather "
				 "than too short",
		[HOLD_FITTED] = "fitted to the waits that were measured",
		[HOLD_MEASURED] = "measured at level holds, with its overhead",
	};

	snprintf(text, ADVICE_TEXT_LEN,
		 "a lock is held for %s, and %.3g ns for each slot that a "
		 "search looks at: %s",
		 DURATION((uint64_t)advice->basis.hold_ns),
		 advice->basis.hold_ns / SLOTS_A_HOLD,
		 sources[advice->hold_source]);
	return advice->traced;
}

static bool ground_rest(const struct advice *advice, char *text)
{
	snprintf(text, ADVICE_TEXT_LEN,
		 "it is held for %s more, in which programs of this tool run: "
		 "fitted to the number of waits that was measured",
		 DURATION((uint64_t)advice->basis.rest_ns));
	return advice->traced && advice->basis.rest_ns >= 1;
}

static bool ground_more(const struct advice *advice, char *text)
{
	const double ns = advice->wait_more_ns;

	snprintf(text, ADVICE_TEXT_LEN,
		 "a wait takes %s %s than the queue for the lock tells, as was "
		 "measured%s",
		 DURATION((uint64_t)fabs(ns)), ns < 0 ? "less" : "more",
		 ns < 0 ? "" : ": more where a hypervisor stops CPUs in it");
	return advice->traced && fabs(ns) >= 1;
}

static bool ground_untold(const struct advice *advice, char *text)
{
	snprintf(
		text, ADVICE_TEXT_LEN,
		"%.0f%% of the waits that were measured are not told by queues, "
		"as where a hypervisor stops CPUs: each setting has as many "
		"as its locks go from CPU to CPU",
		100 * advice->untold);
	return advice->traced && advice->untold >= 0.1;
}

static bool ground_load(const struct advice *advice, char *text)
{
	snprintf(text, ADVICE_TEXT_LEN,
		 "each setting gets the same requests, and each CPU the time "
		 "between them that it took: a load that waits less may ask "
		 "for more");
	return advice->traced;
}

static bool ground_peak(const struct advice *advice, char *text)
{
	struct sizing sizing;

	if (advice->traced ||
	    !sizing_of(figures(advice), advice->pool, &sizing))
		return false;
	snprintf(text, ADVICE_TEXT_LEN, "a peak of %" PRIu64 " slots %s %s%s",
		 sizing.peak, sizing.since_boot ? "since boot," : "in the",
		 DURATION(sizing.over_ns),
		 sizing.since_boot ? " ago"
				   : " watched, of which samples may have "
				     "missed short ones");
	return true;
}

static bool ground_refused(const struct advice *advice, char *text)
{
	uint64_t refused;
	const bool known = advice_refused(advice, &refused);

	if (known)
		snprintf(text, ADVICE_TEXT_LEN,
			 "%" PRIu64 " mapping%s refused that a larger pool "
			 "might have served%s",
			 refused, plural(refused),
			 refused ? ": how much larger it has to be is not "
				   "known"
				 : "");
	else
		snprintf(text, ADVICE_TEXT_LEN,
			 "refusals are not known: level mappings was not "
			 "attached");
	return !advice->traced;
}

static bool ground_no_trace(const struct advice *advice, char *text)
{
	snprintf(text, ADVICE_TEXT_LEN,
		 "there is no trace of requests (level trace), so that no "
		 "other pool was tried: whether fewer areas would do is not "
		 "known");
	return !advice->traced;
}

char *advice_ground(const struct advice *advice, size_t index, char *text)
{
	static const reason reasons[] = {
		ground_requests, ground_equal,	  ground_hold, ground_rest,
		ground_more,	 ground_untold,	  ground_load, ground_peak,
		ground_refused,	 ground_no_trace, NULL,
	};

	return nth_reason(reasons, advice, index, text);
}

/*
 * What would prove it wrong
 */

static bool doubt_load(const struct advice *advice, char *text)
{
	const double used = 100 - SHARE(advice->goal.spare_share);

	snprintf(text, ADVICE_TEXT_LEN,
		 "a load that needs more than %" PRIu64 " slots at a time%s",
		 (uint64_t)((double)advice->slots * used / 100),
		 used < 100 ? "; the others are to stay free" : "");
	return true;
}

static bool doubt_short(const struct advice *advice, char *text)
{
	const uint64_t watched = figures(advice)->window.duration_ns;

	snprintf(text, ADVICE_TEXT_LEN,
		 "a busier time than the %s watched: watch it before you make "
		 "the pool smaller",
		 DURATION(watched));
	return watched < ADVICE_SHORT_NS && advice->slots < advice->pool->slots;
}

static bool doubt_memory(const struct advice *advice, char *text)
{
	snprintf(text, ADVICE_TEXT_LEN,
		 "too little memory below 4 GiB at boot: the kernel then "
		 "halves the pool until it fits ('swiotlb report' has the "
		 "finding boot-reduced)");
	return advice->slots > advice->pool->slots;
}

static bool doubt_leaks(const struct advice *advice, char *text)
{
	snprintf(text, ADVICE_TEXT_LEN,
		 "a leak: without level mappings none can be seen");
	return !figures(advice)->mappings.counted;
}

static bool doubt_blocks(const struct advice *advice, char *text)
{
	snprintf(text, ADVICE_TEXT_LEN,
		 "pools of blocks: this kernel has no "
		 "swiotlb_device_allocate()");
	for (size_t i = 0; i < advice->nr; i++)
		if (*advice->rows[i].setting.device)
			return !snapshot_blocks_known(figures(advice));
	return false;
}

/* Refusals by causes that no size helps, such as "oversize 7". */
static bool doubt_unhelped(const struct advice *advice, char *text)
{
	const struct mapping_totals *mappings = &figures(advice)->mappings;
	size_t used = 0;

	*text = '\0';
	for (enum failure_cause cause = 0; cause < FAILURE_CAUSES; cause++) {
		if (!mappings->failures[cause] || cause == FAILURE_FRAGMENTED ||
		    cause == FAILURE_EXHAUSTED)
			continue;
		used += (size_t)snprintf(text + used, ADVICE_TEXT_LEN - used,
					 "%s%s %" PRIu64, used ? ", " : "",
					 failure_cause_name(cause),
					 mappings->failures[cause]);
	}
	snprintf(text + used, ADVICE_TEXT_LEN - used,
		 ": mappings refused that no size serves; 'swiotlb report' "
		 "says what helps");
	return used && mappings->counted;
}

char *advice_doubt(const struct advice *advice, size_t index, char *text)
{
	static const reason reasons[] = {
		doubt_load,   doubt_short,    doubt_memory, doubt_leaks,
		doubt_blocks, doubt_unhelped, NULL,
	};

	return nth_reason(reasons, advice, index, text);
}

char *advice_check(const struct advice *advice, char *text)
{
	const struct goal *goal = &advice->goal;
	const uint64_t window = figures(advice)->window.duration_ns;
	const double seconds =
		(double)(window > NS_PER_SEC ? window : NS_PER_SEC) /
		(double)NS_PER_SEC;

	snprintf(text, ADVICE_TEXT_LEN,
		 "swiotlb check -t %.4g -a 'map.failures.exhausted <= %" PRIu64
		 "' -a 'map.failures.fragmented <= %" PRIu64
		 "' -a 'lock.wait.total{pool=default} <= %.0fus' -a "
		 "'pool.used_peak{pool=default} <= %.4g%%'",
		 seconds, goal->refusals, goal->refusals,
		 seconds * SHARE(goal->wait_share) * 1e4,
		 100 - SHARE(goal->spare_share));
	return text;
}

bool advice_shows(const struct advice *advice, const struct advice_row *row)
{
	return row->role != ROLE_ADVISED || advice->state != ADVICE_KEEP;
}
