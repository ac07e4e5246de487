/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/refusals.h"
#include "model/rules.h"

/* Leaked mappings that take that much of a pool are why it is exhausted. */
#define LEAK_EXHAUSTS_PERCENT 25

/* Return: the device with most failures of this cause; NULL = not known */
static const struct device *most_refused(const struct snapshot *snap,
					 enum failure_cause cause)
{
	const struct device *worst = NULL;
	uint64_t most = 0;

	for (size_t i = 0; i < snap->nr_devices; i++) {
		const struct device *device = &snap->devices[i];

		if (device->totals.failures[cause] <= most)
			continue;
		most = device->totals.failures[cause];
		worst = device;
	}
	return worst;
}

/*
 * Refusals are sorted, most often first. Where they are not known, who was
 * refused most.
 */
bool check_failures(const struct subject *s, struct finding *f)
{
	const struct snapshot *snap = s->snap;
	const enum failure_cause cause = f->rule->which;
	const struct device *worst = most_refused(snap, cause);
	uint64_t failures = snap->mappings.failures[cause];

	add_figure(f, "failures", UNIT_COUNT, failures);
	add_word(f, "cause", failure_cause_name(cause));
	if (worst)
		add_word(f, "most_by", worst->name);
	for (size_t i = 0; i < snap->nr_refusals; i++) {
		const struct refusal *refusal = &snap->refusals[i];

		if (refusal->cause == cause && refusal->count)
			add_part(f, "failures", refusal->count, refusal->device,
				 i);
	}
	return snap->mappings.counted && failures;
}

bool check_out_of_reach(const struct subject *s, struct finding *f)
{
	const struct device *worst = most_refused(s->snap, FAILURE_REACH);
	const struct pool *pool =
		worst ? snapshot_pool(s->snap, worst->pool_id) : NULL;

	if (pool && pool->end) {
		add_word(f, "pool", pool->name);
		add_figure(f, "start", UNIT_BYTES, pool->start);
		add_figure(f, "end", UNIT_BYTES, pool->end);
	}
	return check_failures(s, f);
}

/* So many refused requests that are all alike are a storm. */
#define STORM 100

/*
 * Somebody asks for the same again and again, as a driver does that does not
 * give up: a retry without a limit, or a queue that never gets through.
 */
bool check_storm(const struct subject *s, struct finding *f)
{
	const struct refusal *refusal = s->item;
	uint64_t same = refusal->count - refusal->differing;

	add_figure(f, "size", UNIT_BYTES, refusal->size);
	add_figure(f, "failures", UNIT_COUNT, same);
	add_word(f, "cause", failure_cause_name(refusal->cause));
	return refusal->differing <= refusal->count && same >= STORM;
}

/* The pool of the device that was refused most. */
static const struct pool *exhausted_pool(const struct snapshot *snap)
{
	const struct device *worst = most_refused(snap, FAILURE_EXHAUSTED);
	const struct pool *pool =
		worst ? snapshot_pool(snap, worst->pool_id) : NULL;

	return pool || !snap->nr_pools ? pool : &snap->pools[0];
}

static bool is_shared(const struct pool *pool)
{
	return pool->kind == POOL_DEFAULT || pool->kind == POOL_DYNAMIC;
}

/* A pool that the kernel adds to is full when all of its parts are. */
static bool fills(const struct pool *part, const struct pool *pool)
{
	return part->id == pool->id || (is_shared(part) && is_shared(pool));
}

/* Slots that such a leak takes, as far as it was seen. */
static uint64_t growing_slots(const struct device *device)
{
	const struct mapping_totals *totals = &device->totals;

	if (!leak_goes_on(device) || !totals->live)
		return 0;
	return totals->grown * totals->live_slots / totals->live;
}

/* Slots of a pool that nobody will give back. */
static uint64_t leaked_slots_in(const struct snapshot *snap,
				const struct pool *pool)
{
	uint64_t blocks = 0, slots = 0;

	for (unsigned int i = 0; i < pool->nr_areas; i++)
		blocks += pool->areas[i].blocks.orphaned +
			  pool->areas[i].blocks.unreclaimed;
	for (size_t i = 0; i < snap->nr_owners; i++)
		if (snap->owners[i].pool_id == pool->id &&
		    !snap->owners[i].device_gone &&
		    owner_leaks(snap, &snap->owners[i]))
			blocks += snap->owners[i].blocks;
	for (size_t i = 0; i < snap->nr_live_groups; i++)
		if (snap->live_groups[i].pool_id == pool->id &&
		    snap->live_groups[i].leak)
			slots += snap->live_groups[i].slots;
	for (size_t i = 0; i < snap->nr_devices; i++)
		if (snap->devices[i].pool_id == pool->id)
			slots += growing_slots(&snap->devices[i]);
	return slots + blocks * BLOCK_SLOTS;
}

/**
 * struct leakage - how much of what was exhausted has leaked
 * @slots: slots in all
 * @leaked: of these
 */
struct leakage {
	uint64_t slots;
	uint64_t leaked;
};

/* Return: whether a leak is why a pool was exhausted */
static bool leak_exhausts(const struct snapshot *snap, struct leakage *leakage)
{
	const struct pool *pool = exhausted_pool(snap);

	*leakage = (struct leakage){ 0 };
	for (size_t i = 0; pool && i < snap->nr_pools; i++) {
		const struct pool *part = &snap->pools[i];

		if (!fills(part, pool))
			continue;
		leakage->slots += part->slots;
		leakage->leaked += leaked_slots_in(snap, part);
	}
	return leakage->leaked &&
	       leakage->leaked >= leakage->slots * LEAK_EXHAUSTS_PERCENT / 100;
}

bool check_exhausted_by_leak(const struct subject *s, struct finding *f)
{
	struct leakage leakage;

	if (!check_failures(s, f) || !leak_exhausts(s->snap, &leakage))
		return false;
	add_figure(f, "leaked", UNIT_SLOTS, leakage.leaked);
	add_figure(f, "slots", UNIT_SLOTS, leakage.slots);
	return true;
}

/* Who holds most of a pool, if any holder is known. */
static void add_holder(struct finding *f, const struct snapshot *snap,
		       const struct pool *pool)
{
	const struct device *holder = NULL;

	for (size_t i = 0; i < snap->nr_devices; i++) {
		const struct device *device = &snap->devices[i];

		if (device->pool_id == pool->id && device->totals.live_slots &&
		    (!holder ||
		     device->totals.live_slots > holder->totals.live_slots))
			holder = device;
	}
	if (!holder)
		return;
	add_word(f, "holder", holder->name);
	add_figure(f, "held", UNIT_SLOTS, holder->totals.live_slots);
	add_figure(f, "mappings", UNIT_COUNT, holder->totals.live);
	add_figure(f, "oldest", UNIT_NS, holder->totals.oldest_ns);
}

bool check_exhausted(const struct subject *s, struct finding *f)
{
	const struct pool *pool = exhausted_pool(s->snap);
	struct leakage leakage;

	if (!check_failures(s, f) || leak_exhausts(s->snap, &leakage))
		return false;
	if (pool) {
		add_word(f, "pool", pool->name);
		add_word(f, "pool_kind", pool_kind_name(pool->kind));
		add_figure(f, "slots", UNIT_SLOTS, pool->slots);
		add_holder(f, s->snap, pool);
	}
	return true;
}
