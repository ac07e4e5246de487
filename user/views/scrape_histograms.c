/* SPDX-License-Identifier: GPL-2.0-only */
/* Histograms: of an area's lock, and of those of a pool together. */
#include "model/level.h"
#include "views/scrape_parts.h"

/**
 * struct lock_histogram - a histogram that locks have
 * @pool: its family for pools
 * @area: for areas
 * @level: the level that counts it
 * @get: that of an area
 * @gone: that of pools that are gone
 */
struct lock_histogram {
	struct family pool;
	struct family area;
	enum level level;
	void (*get)(const struct area *area, struct histogram *sum,
		    uint64_t *sum_ns);
	void (*gone)(const struct snapshot *snap, struct histogram *sum,
		     uint64_t *sum_ns);
};

static void add_waits(const struct area *area, struct histogram *sum,
		      uint64_t *sum_ns)
{
	histogram_add(sum, &area->locks.wait);
	*sum_ns += area->locks.total_ns;
}

static void add_gone_waits(const struct snapshot *snap, struct histogram *sum,
			   uint64_t *sum_ns)
{
	histogram_add(sum, &snap->gone_waits.wait);
	*sum_ns += snap->gone_waits.total_ns;
}

static void add_holds(const struct area *area, struct histogram *sum,
		      uint64_t *sum_ns)
{
	histogram_add(sum, &area->holds.hold);
	*sum_ns += area->holds.total_ns;
}

static void add_gone_holds(const struct snapshot *snap, struct histogram *sum,
			   uint64_t *sum_ns)
{
	histogram_add(sum, &snap->gone_holds.hold);
	*sum_ns += snap->gone_holds.total_ns;
}

#define HISTOGRAM(name_, help_)                                                \
	{                                                                      \
		.name = name_ "_seconds", .type = FAMILY_HISTOGRAM,            \
		.unit = "seconds", .help = help_                               \
	}

static const struct lock_histogram lock_histograms[] = {
	{ HISTOGRAM("swiotlb_pool_lock_wait",
		    "waits for locks of the pool's areas"),
	  HISTOGRAM("swiotlb_area_lock_wait", "waits for the area's lock"),
	  LEVEL_LOCKS, add_waits, add_gone_waits },
	{ HISTOGRAM("swiotlb_pool_lock_hold",
		    "times that locks of the pool's areas were held"),
	  HISTOGRAM("swiotlb_area_lock_hold",
		    "times that the area's lock was held"),
	  LEVEL_HOLDS, add_holds, add_gone_holds },
};

/* A pool that goes moves its counts to the others, so these never fall. */
static void write_pool_histograms(const struct scrape_writing *w,
				  const struct lock_histogram *lock)
{
	char labels[LABELS_LEN] = "";
	struct histogram others = { 0 };
	uint64_t others_ns = 0;

	exposition_family(w->stream, w->form, &lock->pool);
	lock->gone(w->snap, &others, &others_ns);
	for (size_t i = 0; i < w->snap->nr_pools; i++) {
		const struct pool *pool = &w->snap->pools[i];
		const bool own = roster_has(w->scrape->pools, pool->id);
		struct histogram sum = { 0 };
		uint64_t sum_ns = 0;

		for (unsigned int j = 0; j < pool->nr_areas; j++)
			lock->get(&pool->areas[j], own ? &sum : &others,
				  own ? &sum_ns : &others_ns);
		if (!own)
			continue;
		*labels = '\0';
		exposition_label(labels, "pool", pool->name);
		exposition_histogram(w->stream, &lock->pool, labels, &sum,
				     sum_ns);
	}
	*labels = '\0';
	exposition_label(labels, "pool", ROSTER_OTHERS);
	exposition_histogram(w->stream, &lock->pool, labels, &others,
			     others_ns);
}

static int write_area_histograms(struct scrape_writing *w,
				 const struct lock_histogram *lock)
{
	int err = scrape_rows(w, SCOPE_AREA);

	if (!err && w->count)
		exposition_family(w->stream, w->form, &lock->area);
	for (size_t i = 0; !err && i < w->count; i++) {
		struct histogram sum = { 0 };
		uint64_t sum_ns = 0;

		lock->get(w->rows[i].subject.area, &sum, &sum_ns);
		exposition_histogram(w->stream, &lock->area, w->rows[i].labels,
				     &sum, sum_ns);
	}
	scrape_rows_clear(w);
	return err;
}

int scrape_histograms(struct scrape_writing *w)
{
	int err = 0;

	for (size_t i = 0;
	     !err && i < sizeof(lock_histograms) / sizeof(*lock_histograms);
	     i++) {
		const struct lock_histogram *lock = &lock_histograms[i];
		const char *missing =
			snapshot_level_missing(w->snap, lock->level);

		if (missing) {
			err = scrape_unknown(w, &lock->pool, missing);
			continue;
		}
		write_pool_histograms(w, lock);
		if (w->scrape->per_area)
			err = write_area_histograms(w, lock);
	}
	return err;
}
