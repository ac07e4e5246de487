/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/continuity.h"

#include <string.h>

#include "util/units.h"

/* Less is adjtime(), and reading one clock behind the other. */
#define NOTABLE_NS ((int64_t)NS_PER_SEC)

static int64_t passed(uint64_t from, uint64_t to)
{
	return from && to ? (int64_t)(to - from) : 0;
}

static bool same_session(const struct snapshot *from, const struct snapshot *to)
{
	return from->window.start_ns == to->window.start_ns &&
	       to->taken_ns >= from->taken_ns;
}

/* What is missing, of the time between two samples. */
static int64_t missing(int64_t awake, uint64_t usual_ns)
{
	int64_t late = awake - (int64_t)usual_ns;

	return usual_ns && late > NOTABLE_NS &&
			       (uint64_t)late > usual_ns + usual_ns / 2
		       ? late
		       : 0;
}

struct gap_info gap_between(const struct snapshot *from,
			    const struct snapshot *to, uint64_t usual_ns)
{
	int64_t awake = passed(from->taken_ns, to->taken_ns);
	int64_t all = passed(from->boottime_ns, to->boottime_ns);
	int64_t wall = passed(from->realtime_ns, to->realtime_ns);
	int64_t asleep = all ? all - awake : 0;
	int64_t set = wall ? wall - awake - asleep : 0;
	int64_t late = missing(awake, usual_ns);

	if (strcmp(from->kernel.boot_id, to->kernel.boot_id))
		return (struct gap_info){ GAP_BOOT, wall };
	if (!same_session(from, to))
		return (struct gap_info){ GAP_SESSION, wall };
	if (late)
		return (struct gap_info){ GAP_MISSING, late };
	if (asleep >= NOTABLE_NS)
		return (struct gap_info){ GAP_SLEEP, asleep };
	if (set >= NOTABLE_NS || set <= -NOTABLE_NS)
		return (struct gap_info){ GAP_CLOCK, set };
	return (struct gap_info){ GAP_NONE, 0 };
}

bool gap_ends_session(enum gap gap)
{
	return gap == GAP_BOOT || gap == GAP_SESSION;
}
