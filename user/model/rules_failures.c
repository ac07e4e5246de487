/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/rules.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "model/refusals.h"
#include "util/units.h"

/* Leaked mappings that take that much of a pool are why it is exhausted. */
#define LEAK_EXHAUSTS_PERCENT 25

/**
 * struct failure_rule - what to say of one cause of failed mappings
 * @cause: the cause
 * @id: name of the finding
 * @what: follows "N mappings failed: "
 * @advice: what helps, and what does not; NULL = the rule finds its own words
 */
struct failure_rule {
	enum failure_cause cause;
	const char *id;
	const char *what;
	const char *advice;
};

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
 * Which devices asked for what, most often first, as refusals are sorted. Where
 * their sizes are not told, who was refused most.
 */
static void append_refusals(const struct snapshot *snap,
			    enum failure_cause cause, char *text)
{
	const struct device *worst = most_refused(snap, cause);
	const char *device = NULL;
	char part[160];
	unsigned int named = 0;

	for (size_t i = 0; i < snap->nr_refusals; i++) {
		const struct refusal *refusal = &snap->refusals[i];

		if (refusal->cause != cause || !refusal->count)
			continue;
		if (++named > 3) {
			append_text(text, " and others");
			break;
		}
		append_text(text, "%s", named == 1 ? ": " : ", ");
		if (!device || strcmp(device, refusal->device))
			append_text(text, "%s ",
				    *refusal->device ? refusal->device
						     : "an unknown device");
		device = refusal->device;
		append_text(text, "%s",
			    refusal_sizes_text(refusal, part, sizeof(part)));
		if (*refusal_limits_text(refusal, part, sizeof(part)))
			append_text(text, " (%s)", part);
	}
	if (!named && worst)
		append_text(text, " (most by %s)", worst->name);
}

/* @added: set to the finding, NULL when nothing failed; NULL = not asked for */
static int add_failure(const struct snapshot *snap,
		       const struct failure_rule *rule,
		       struct findings *findings, struct finding **added)
{
	uint64_t failures = snap->mappings.failures[rule->cause];
	struct finding *f;

	if (added)
		*added = NULL;
	if (!snap->mappings.counted || !failures)
		return 0;
	f = add_finding(findings, rule->id, SEVERITY_WARNING, -1);
	if (!f)
		return -ENOMEM;
	append_text(f->text, "%" PRIu64 " mapping%s failed: %s", failures,
		    plural(failures), rule->what);
	append_refusals(snap, rule->cause, f->text);
	if (rule->advice)
		append_text(f->advice, "%s", rule->advice);
	if (added)
		*added = f;
	return 0;
}

int check_oversize(const struct snapshot *snap, struct findings *findings)
{
	static const struct failure_rule rule = {
		FAILURE_OVERSIZE, "oversize-requests",
		"larger than their device can ever map at once",
		"a larger pool does not help: the driver must respect "
		"dma_max_mapping_size() (256 KiB, less with min_align_mask)"
	};

	return add_failure(snap, &rule, findings, NULL);
}

int check_misaligned(const struct snapshot *snap, struct findings *findings)
{
	static const struct failure_rule rule = {
		FAILURE_ALIGNMENT, "misaligned-requests",
		"long enough runs were free, none aligned as asked",
		"a larger pool hardly helps: look at the device's "
		"min_align_mask and the alignment its driver asks for"
	};

	return add_failure(snap, &rule, findings, NULL);
}

/* The place of a device's pool, as far as it is known. */
static const struct pool *pool_of(const struct snapshot *snap,
				  const struct device *device)
{
	const struct pool *pool =
		device ? snapshot_pool(snap, device->pool_id) : NULL;

	return pool && pool->end ? pool : NULL;
}

int check_out_of_reach(const struct snapshot *snap, struct findings *findings)
{
	static const struct failure_rule rule = {
		FAILURE_REACH, "out-of-reach",
		"the pool lies beyond what the device reaches",
		"a larger pool does not help, it has to lie lower: give the "
		"device a restricted pool in its reach (restricted-dma-pool "
		"of the device tree), let its driver set a wider DMA mask, or "
		"put an IOMMU in front of it"
	};
	const struct pool *pool =
		pool_of(snap, most_refused(snap, FAILURE_REACH));
	struct finding *f;
	int error = add_failure(snap, &rule, findings, &f);

	if (!error && f && pool)
		append_text(f->text, "; pool %s lies from %s to %s", pool->name,
			    BYTES(pool->start), BYTES(pool->end));
	return error;
}

int check_wrong_kind(const struct snapshot *snap, struct findings *findings)
{
	static const struct failure_rule rule = {
		FAILURE_KIND, "wrong-kind-of-pool",
		"the pool is of the other kind of memory: shared with the "
		"host, or not",
		"a larger pool does not help: the device has to be bounced "
		"through memory that the host sees and its pool is private, "
		"or the other way round; assign the device another pool"
	};

	return add_failure(snap, &rule, findings, NULL);
}

int check_no_pool(const struct snapshot *snap, struct findings *findings)
{
	static const struct failure_rule rule = {
		FAILURE_NO_POOL, "no-pool", "there is no pool",
		"look why there is none: swiotlb=noforce, a size that could "
		"not be allocated at boot, or a kernel that thought that none "
		"is needed (the kernel's log has it; swiotlb explain)"
	};

	return add_failure(snap, &rule, findings, NULL);
}

int check_disabled_pool(const struct snapshot *snap, struct findings *findings)
{
	static const struct failure_rule rule = {
		FAILURE_DISABLED, "disabled-pool",
		"the kernel has disabled the pool, as its memory could not be "
		"decrypted",
		"a larger pool does not help, and all of its slots look used: "
		"the hypervisor refused to share memory, which the kernel's "
		"log tells; reboot"
	};

	return add_failure(snap, &rule, findings, NULL);
}

/* So many refused requests that are all alike are a storm. */
#define STORM 100

/*
 * Somebody asks for the same again and again, as a driver does that does not
 * give up: a retry without a limit, or a queue that never gets through.
 */
int check_storm(const struct snapshot *snap, struct findings *findings)
{
	for (size_t i = 0; i < snap->nr_refusals; i++) {
		const struct refusal *refusal = &snap->refusals[i];
		uint64_t same = refusal->count - refusal->differing;
		struct finding *f;

		if (refusal->differing > refusal->count || same < STORM)
			continue;
		f = add_finding(findings, "refusal-storm", SEVERITY_ERROR, -1);
		if (!f)
			return -ENOMEM;
		append_text(f->text,
			    "%s was refused the same %s %" PRIu64
			    " times in %s, cause %s",
			    *refusal->device ? refusal->device
					     : "an unknown device",
			    BYTES(refusal->size), same,
			    DURATION(snap->window.duration_ns),
			    failure_cause_name(refusal->cause));
		append_text(f->advice,
			    "its driver asks again and again, and what waits "
			    "behind that request does not get through; the "
			    "finding about the cause says what helps");
	}
	return 0;
}

int check_fragmented_requests(const struct snapshot *snap,
			      struct findings *findings)
{
	static const struct failure_rule rule = {
		FAILURE_FRAGMENTED, "fragmented-requests",
		"enough slots were free, but not in a row",
		"a larger pool helps; so does giving devices with many small "
		"mappings a pool of their own"
	};

	return add_failure(snap, &rule, findings, NULL);
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

int check_exhausted_by_leak(const struct snapshot *snap,
			    struct findings *findings)
{
	static const struct failure_rule rule = { FAILURE_EXHAUSTED,
						  "exhausted-by-leak",
						  "what leaked takes the slots",
						  NULL };
	struct leakage leakage;
	struct finding *f;
	int error;

	if (!leak_exhausts(snap, &leakage))
		return 0;
	error = add_failure(snap, &rule, findings, &f);
	if (!error && f)
		append_text(
			f->advice,
			"a larger pool only delays it: %" PRIu64 " of %" PRIu64
			" slots (%s) have leaked, and the findings about leaks "
			"name whose they are",
			leakage.leaked, leakage.slots,
			BYTES(leakage.leaked * SLOT_BYTES));
	return error;
}

/* Who holds most of a pool; NULL when none of known owner is in it. */
static const struct device *largest_holder(const struct snapshot *snap,
					   const struct pool *pool)
{
	const struct device *holder = NULL;

	for (size_t i = 0; pool && i < snap->nr_devices; i++) {
		const struct device *device = &snap->devices[i];

		if (device->pool_id == pool->id && device->totals.live_slots &&
		    (!holder ||
		     device->totals.live_slots > holder->totals.live_slots))
			holder = device;
	}
	return holder;
}

static void append_holder(const struct snapshot *snap, const struct pool *pool,
			  char *text)
{
	const struct device *holder = largest_holder(snap, pool);

	if (holder)
		append_text(text,
			    "; %s holds %s of pool %s, in %" PRIu64
			    " mapping%s, the oldest for %s",
			    holder->name,
			    PERCENT(holder->totals.live_slots, pool->slots),
			    pool->name, holder->totals.live,
			    plural(holder->totals.live),
			    DURATION(holder->totals.oldest_ns));
}

int check_exhausted(const struct snapshot *snap, struct findings *findings)
{
	static const struct failure_rule rule = {
		FAILURE_EXHAUSTED, "exhausted", "too few slots were free", NULL
	};
	const struct device *worst = most_refused(snap, FAILURE_EXHAUSTED);
	const struct pool *pool = exhausted_pool(snap);
	struct leakage leakage;
	struct finding *f;
	int error;

	if (leak_exhausts(snap, &leakage))
		return 0;
	error = add_failure(snap, &rule, findings, &f);
	if (error || !f)
		return error;
	append_holder(snap, pool, f->text);
	if (worst && pool && pool->kind != POOL_DEFAULT)
		append_text(f->advice,
			    "give %s a larger pool than %s (%s), or find what "
			    "holds it",
			    worst->name, pool->name,
			    BYTES(pool->slots * SLOT_BYTES));
	else
		append_text(f->advice,
			    "boot with a larger pool (swiotlb=SLOTS), or "
			    "find what holds it");
	return 0;
}
