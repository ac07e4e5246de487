/* SPDX-License-Identifier: GPL-2.0-only */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/derived.h"
#include "model/event.h"
#include "model/findings.h"
#include "model/level.h"
#include "model_fixture.h"
#include "util/units.h"
#include "views/finding_text.h"

static const char *text_of(const struct finding *finding,
			   const struct snapshot *snap)
{
	static char text[FINDING_TEXT_LEN];

	return finding_text(finding, snap, text);
}

static const char *advice_of(const struct finding *finding,
			     const struct snapshot *snap)
{
	static char text[FINDING_TEXT_LEN];

	return finding_advice(finding, snap, text);
}

/* The text and the advice refer to known facts only. */
static void assert_words(const struct finding *finding,
			 const struct snapshot *snap)
{
	const char *text = text_of(finding, snap);
	const char *advice = advice_of(finding, snap);

	if (!*advice || strpbrk(text, "{}[]") || strpbrk(advice, "{}[]") ||
	    strstr(text, UNKNOWN_TEXT " ") == text ||
	    strstr(text, " " UNKNOWN_TEXT) ||
	    strstr(advice, " " UNKNOWN_TEXT " "))
		fail_msg("%s: %s: %s", finding->rule->id, text, advice);
}

static const struct finding *find(const struct findings *findings,
				  const char *id)
{
	for (size_t i = 0; i < findings->count; i++)
		if (!strcmp(findings->list[i].rule->id, id))
			return &findings->list[i];
	return NULL;
}

static const struct finding *find_of(const struct snapshot *snap,
				     const struct findings *findings,
				     const char *id, enum severity severity,
				     const char *text)
{
	for (size_t i = 0; i < findings->count; i++)
		if (!strcmp(findings->list[i].rule->id, id) &&
		    findings->list[i].severity == severity &&
		    strstr(text_of(&findings->list[i], snap), text))
			return &findings->list[i];
	return NULL;
}

/* This finding and no other, with all its words. */
static void assert_only(struct snapshot *snap, const char *id,
			enum severity severity, const char *evidence)
{
	struct findings findings;

	assert_int_equal(findings_evaluate(snap, &findings), 0);
	assert_int_equal(findings.count, 1);
	assert_string_equal(findings.list[0].rule->id, id);
	assert_int_equal(findings.list[0].severity, severity);
	assert_non_null(strstr(text_of(&findings.list[0], snap), evidence));
	assert_words(&findings.list[0], snap);
	findings_release(&findings);
	snapshot_release(snap);
}

/* Whether there is a finding of this rule; others may be there as well. */
static void assert_told(struct snapshot *snap, const char *id, bool told)
{
	struct findings findings;

	assert_int_equal(findings_evaluate(snap, &findings), 0);
	assert_int_equal(find(&findings, id) != NULL, told);
	findings_release(&findings);
	snapshot_release(snap);
}

/* These two findings and no others, in that order. */
static void assert_beside(struct snapshot *snap, const char *first,
			  const char *second)
{
	struct findings findings;

	assert_int_equal(findings_evaluate(snap, &findings), 0);
	assert_int_equal(findings.count, 2);
	assert_string_equal(findings.list[0].rule->id, first);
	assert_string_equal(findings.list[1].rule->id, second);
	findings_release(&findings);
	snapshot_release(snap);
}

static void a_quiet_system_is_quiet(void **state)
{
	char verdict[FINDING_TEXT_LEN];
	struct findings findings;
	struct snapshot snap;

	(void)state;
	fixture_quiet(&snap);
	assert_int_equal(findings_evaluate(&snap, &findings), 0);
	assert_int_equal(findings.count, 0);
	findings_verdict(&snap, &findings, verdict, sizeof(verdict));
	assert_string_equal(verdict,
			    "nothing found in 5.00 s: no waits, no refusals in "
			    "the kernel's log, no full pools, 12 of 4096 slots "
			    "used in 1 pool; not checked: failures, leaked "
			    "mappings (not attached: needs --level mappings)");
	snap.levels = 0;
	findings_verdict(&snap, &findings, verdict, sizeof(verdict));
	assert_non_null(strstr(verdict, "; waits (not attached: needs"));
	findings_release(&findings);
	snapshot_release(&snap);
}

/* Without findings, and everything was checked. */
static void make_watched(struct snapshot *snap)
{
	static const char *const names[] = { "mappings.map", "mappings.unmap" };

	fixture_quiet(snap);
	snap->levels |= LEVEL_MAPPINGS;
	snap->mappings.counted = true;
	snap->mappings.freed_known = true;
	for (size_t i = 0; i < 2; i++) {
		struct hook *hook = &snap->hooks[snap->nr_hooks++];

		snprintf(hook->name, sizeof(hook->name), "%s", names[i]);
		hook->level = LEVEL_MAPPINGS;
		hook->state = HOOK_FENTRY;
	}
}

static void assert_verdict(const struct snapshot *snap, const char *begin,
			   const char *end)
{
	char verdict[FINDING_TEXT_LEN];
	struct findings findings;

	assert_int_equal(findings_evaluate(snap, &findings), 0);
	findings_verdict(snap, &findings, verdict, sizeof(verdict));
	findings_release(&findings);
	if (strncmp(verdict, begin, strlen(begin)) ||
	    strlen(verdict) < strlen(end) ||
	    strcmp(verdict + strlen(verdict) - strlen(end), end))
		fail_msg("%s", verdict);
}

static void all_is_quiet_only_if_all_was_looked_at(void **state)
{
	static const char partly[] = "nothing found in 5.00 s: ";
	struct snapshot snap;

	(void)state;
	make_watched(&snap);
	assert_verdict(&snap,
		       "all quiet in 5.00 s: no failures, no waits, no leaked "
		       "mappings, no refusals in the kernel's log, ",
		       "12 of 4096 slots used in 1 pool");
	snap.log = (struct log_totals){ .reason = "/dev/kmsg: no" };
	assert_verdict(&snap, partly,
		       "; not checked: refusals in the kernel's log "
		       "(/dev/kmsg: no)");
	snap.log.known = true;
	snap.mappings.freed_known = false;
	assert_verdict(&snap, partly,
		       "needs CAP_SYS_ADMIN, or both CONFIG_KALLSYMS_ALL and "
		       "the sysctl kernel.kptr_restrict below 2)");
	snap.mappings.freed_known = true;
	snap.hooks[1].partial = true;
	snprintf(snap.hooks[1].reason, sizeof(snap.hooks[1].reason), "half");
	assert_verdict(&snap, partly, "; not checked: waits (half)");
	snap.hooks[1].partial = false;
	snap.pools[0].used = UINT64_MAX;
	assert_verdict(&snap, partly,
		       "; not checked: full pools (the kernel's counter has "
		       "run below 0)");
	snapshot_release(&snap);
}

static void the_worst_comes_first(void **state)
{
	char verdict[FINDING_TEXT_LEN];
	struct findings findings;
	struct snapshot snap;

	(void)state;
	fixture_mappings(&snap);
	assert_int_equal(findings_evaluate(&snap, &findings), 0);
	assert_string_equal(findings.list[0].rule->id, "block-leak");
	assert_string_equal(findings.list[1].rule->id, "mapping-leak");
	assert_non_null(find(&findings, "oversize-requests"));
	assert_non_null(find(&findings, "tracing-loss"));
	assert_non_null(find(&findings, "contended-area"));
	assert_int_equal(findings_verdict(&snap, &findings, verdict,
					  sizeof(verdict)),
			 SEVERITY_ERROR);
	assert_non_null(strstr(verdict, "1 block (2 MiB) leaked"));
	assert_non_null(strstr(verdict, "7 mappings leaked"));
	findings_release(&findings);
	snapshot_release(&snap);
}

static void a_device_is_blamed_once(void **state)
{
	struct findings findings;
	struct snapshot snap;

	(void)state;
	fixture_busy(&snap);
	snap.owners[1].device[0] = 0;
	snap.owners[1].device_gone = true;
	snap.pools[0].areas[1].blocks.orphaned = 1;
	snapshot_finish(&snap);
	assert_int_equal(findings_evaluate(&snap, &findings), 0);
	assert_string_equal(text_of(find(&findings, "block-leak"), &snap),
			    "2 blocks (4 MiB) leaked: 2 by unknown devices "
			    "(gone)");
	findings_release(&findings);
	snap.owners[1].device_gone = false;
	snap.pools[0].areas[1].blocks.orphaned = 0;
	snap.window.ended = true;
	snapshot_finish(&snap);
	assert_int_equal(findings_evaluate(&snap, &findings), 0);
	assert_string_equal(text_of(find(&findings, "block-leak"), &snap),
			    "1 block (2 MiB) leaked: 1 by an unknown device "
			    "(gone)");
	assert_non_null(find_of(&snap, &findings, "block-leak",
				SEVERITY_WARNING,
				"1 block (2 MiB) leaked: 1 by an unknown "
				"device"));
	findings_release(&findings);
	snapshot_release(&snap);
}

/* Blocks of a device that is gone, and of one that lives. */
static void a_block_leak_is_as_bad_as_its_device_is_gone(void **state)
{
	struct findings findings;
	struct snapshot snap;

	(void)state;
	fixture_busy(&snap);
	assert_int_equal(findings_evaluate(&snap, &findings), 0);
	assert_non_null(find_of(&snap, &findings, "block-leak", SEVERITY_ERROR,
				"1 block (2 MiB) leaked: 1 by an unknown "
				"device (gone)"));
	assert_non_null(find_of(&snap, &findings, "block-leak",
				SEVERITY_WARNING,
				"1 block (2 MiB) leaked: 1 by "
				"swiotlb_stress.1"));
	findings_release(&findings);
	/* While the window is open, what lives may still be given back. */
	snap.window.ended = false;
	snapshot_finish(&snap);
	assert_int_equal(findings_evaluate(&snap, &findings), 0);
	assert_non_null(
		find_of(&snap, &findings, "block-leak", SEVERITY_ERROR, ""));
	assert_null(
		find_of(&snap, &findings, "block-leak", SEVERITY_WARNING, ""));
	findings_release(&findings);
	snapshot_release(&snap);
}

static struct pool *add_stale_pool(struct snapshot *snap)
{
	struct pool *pool;

	fixture_quiet(snap);
	pool = fixture_add_pool(snap, POOL_DEVICE, "swiotlb_stress.1", 2, 512);
	pool->parent_id = 0;
	pool->stale = true;
	return pool;
}

static void a_pool_given_back_is_stale(void **state)
{
	struct snapshot snap;
	struct pool *pool;

	(void)state;
	add_stale_pool(&snap);
	assert_only(&snap, "stale-pool", SEVERITY_WARNING,
		    "pool swiotlb_stress.1: given back to pool default, but "
		    "its device still has it");
	pool = add_stale_pool(&snap);
	pool->areas[0].used = pool->areas[0].busy = 1;
	snapshot_finish(&snap);
	assert_only(&snap, "stale-pool", SEVERITY_ERROR,
		    "still has it and bounces");
}

/* The verdict is of the machine: what the tool missed comes behind it. */
static void losses_hide_no_verdict(void **state)
{
	static const char quiet[] = "nothing found in 5.00 s: no waits, ";
	char verdict[FINDING_TEXT_LEN];
	struct findings findings;
	struct snapshot snap;

	(void)state;
	fixture_quiet(&snap);
	snap.losses[1].count = 5;
	assert_int_equal(findings_evaluate(&snap, &findings), 0);
	assert_int_equal(findings_verdict(&snap, &findings, verdict,
					  sizeof(verdict)),
			 SEVERITY_WARNING);
	assert_int_equal(strncmp(verdict, quiet, strlen(quiet)), 0);
	assert_non_null(strstr(verdict, "; 5 events missed"));
	findings_release(&findings);
	snapshot_release(&snap);
}

/* Mappings that failed before waits: they have cost somebody data. */
static void refusals_come_before_waits(void **state)
{
	struct snapshot snap;

	(void)state;
	fixture_quiet(&snap);
	snap.mappings.counted = true;
	snap.mappings.failures[FAILURE_OVERSIZE] = 1;
	fixture_wait(&snap.pools[0].areas[1].locks, 2 * NS_PER_MS);
	assert_beside(&snap, "oversize-requests", "contended-area");
}

/* What journals, exporters and others read. */
static void a_finding_is_data(void **state)
{
	const struct finding *leak;
	struct findings findings;
	struct snapshot snap;

	(void)state;
	fixture_busy(&snap);
	assert_int_equal(findings_evaluate(&snap, &findings), 0);
	leak = find(&findings, "contended-area");
	assert_non_null(leak);
	assert_string_equal(about_name(leak->rule->about), "pool");
	assert_string_equal(leak->subject, snap.pools[0].name);
	assert_int_equal(leak->pool_id, snap.pools[0].id);
	assert_int_equal(finding_fact(leak, "all_areas")->value,
			 snap.pools[0].nr_areas);
	assert_int_equal(finding_fact(leak, "total")->unit, UNIT_NS);
	assert_null(finding_fact(leak, "no such figure"));
	leak = find(&findings, "block-leak");
	assert_int_equal(finding_fact(leak, "orphaned")->value, 1);
	assert_int_equal(leak->evidence[0].kind, FACT_PART);
	assert_string_equal(leak->evidence[0].name, "orphaned");
	findings_release(&findings);
	snapshot_release(&snap);
}

static void contention_has_two_degrees(void **state)
{
	struct snapshot snap;

	(void)state;
	fixture_quiet(&snap);
	fixture_wait(&snap.pools[0].areas[1].locks, 1000);
	assert_only(&snap, "contended-area", SEVERITY_NOTE, "area 1");
	fixture_quiet(&snap);
	fixture_wait(&snap.pools[0].areas[1].locks, 2 * NS_PER_MS);
	assert_only(&snap, "contended-area", SEVERITY_WARNING, "max 2.00 ms");
}

/* The finding of that id, which is there beside that of contention. */
static void assert_stolen(struct snapshot *snap, enum severity severity,
			  const char *evidence, const char *advice)
{
	struct findings findings;
	const struct finding *stolen;

	assert_int_equal(findings_evaluate(snap, &findings), 0);
	stolen = find(&findings, "area-stolen");
	assert_non_null(stolen);
	assert_int_equal(stolen->severity, severity);
	if (!strstr(text_of(stolen, snap), evidence))
		fail_msg("no '%s' in: %s", evidence, text_of(stolen, snap));
	if (!strstr(advice_of(stolen, snap), advice))
		fail_msg("no '%s' in: %s", advice, advice_of(stolen, snap));
	findings_release(&findings);
	snapshot_release(snap);
}

static void wait_of_cpu(struct snapshot *snap, unsigned int area,
			unsigned int cpu, uint64_t ns)
{
	fixture_wait(&snap->pools[0].areas[area].locks, ns);
	fixture_wait(area_cpu_waits(&snap->pools[0].areas[area], cpu), ns);
}

static void stealing_is_waiting_away_from_home(void **state)
{
	struct findings findings;
	struct snapshot snap;

	(void)state;
	/* At home: CPUs 1 and 3 in area 1. */
	fixture_quiet(&snap);
	wait_of_cpu(&snap, 1, 1, 1000);
	wait_of_cpu(&snap, 1, 3, 1000);
	assert_only(&snap, "contended-area", SEVERITY_NOTE, "area 1");
	/* 1 of 20 waits is how things are. */
	fixture_quiet(&snap);
	for (unsigned int i = 0; i < 19; i++)
		wait_of_cpu(&snap, 1, 1, 1000);
	snap.pools[0].areas[1].locks.contended = 20;
	wait_of_cpu(&snap, 1, 2, 1000);
	assert_int_equal(findings_evaluate(&snap, &findings), 0);
	assert_null(find(&findings, "area-stolen"));
	findings_release(&findings);
	snapshot_release(&snap);

	fixture_quiet(&snap);
	wait_of_cpu(&snap, 1, 1, 1000);
	wait_of_cpu(&snap, 1, 2, 1000);
	assert_stolen(&snap, SEVERITY_NOTE,
		      "most in area 1, 1 of 2 waits, total 1.00 us: CPU 2 (1)",
		      "had room");
	fixture_quiet(&snap);
	wait_of_cpu(&snap, 1, 0, 60 * NS_PER_MS);
	snap.pools[0].areas[0].used_peak = 2000;
	assert_stolen(&snap, SEVERITY_WARNING, "1 of 1 waits",
		      "area 0, their own, was full (97%");
	fixture_attributed(&snap);
	assert_stolen(&snap, SEVERITY_NOTE, "they took 2 of 5 times its lock",
		      "had room");
}

static void broken_state_is_an_error(void **state)
{
	struct snapshot snap;

	(void)state;
	fixture_quiet(&snap);
	snap.pools[0].areas[1].blocks.unreclaimed = 2;
	snapshot_finish(&snap);
	assert_only(&snap, "unreclaimed-blocks", SEVERITY_ERROR, "2 blocks");
	fixture_quiet(&snap);
	snap.pools[0].areas[1].list_errors = 1;
	snap.pools[0].areas[0].blocks.list_errors = 3;
	assert_only(&snap, "list-errors", SEVERITY_ERROR,
		    "3 in the block list");
	fixture_quiet(&snap);
	snap.pools[0].areas[1].drift = 1024;
	assert_only(&snap, "used-drift", SEVERITY_ERROR, "+1024");
}

static void unknown_drift_is_no_finding(void **state)
{
	struct findings findings;
	struct snapshot snap;

	(void)state;
	fixture_quiet(&snap);
	snap.pools[0].areas[1].drift = 1024;
	snap.pools[0].areas[1].drift_known = false;
	assert_int_equal(findings_evaluate(&snap, &findings), 0);
	assert_int_equal(findings.count, 0);
	findings_release(&findings);
	snapshot_release(&snap);
}

static void failed_requests_are_told_apart(void **state)
{
	struct snapshot snap;

	(void)state;
	fixture_quiet(&snap);
	snap.blocks.counted = true;
	snap.blocks.failed = snap.blocks.failed_with_room = 1;
	assert_only(&snap, "block-failed-with-room", SEVERITY_WARNING,
		    "1 device allocation failed");
	fixture_quiet(&snap);
	snap.blocks.counted = true;
	snap.blocks.failed = 2;
	assert_only(&snap, "block-failed", SEVERITY_WARNING,
		    "2 device allocations failed");
}

static void wrong_unmaps_are_errors(void **state)
{
	struct snapshot snap;
	struct findings findings;

	(void)state;
	fixture_wrong_unmaps(&snap);
	assert_int_equal(findings_evaluate(&snap, &findings), 0);
	assert_non_null(find_of(&snap, &findings, "unmap-twice", SEVERITY_ERROR,
				"9 unmaps of slots where nothing was mapped "
				"any more: 9 by swiotlb_stress.0"));
	assert_non_null(find_of(&snap, &findings, "unmap-wrong-device",
				SEVERITY_ERROR,
				"5 unmaps of what another device had mapped: 5 "
				"by swiotlb_stress.0, mapped by 0000:00:03.0"));
	assert_non_null(find_of(&snap, &findings, "unmap-wrong-size",
				SEVERITY_ERROR,
				"4 unmaps of another size than had been "
				"mapped: 3 by 0000:00:03.0, such as 2048 "
				"instead of 4096 bytes, 1 by "
				"swiotlb_stress.0"));
	findings_release(&findings);
	snapshot_release(&snap);
}

static void each_failure_cause_has_its_rule(void **state)
{
	static const char *const ids[] = {
		[FAILURE_OVERSIZE] = "oversize-requests",
		[FAILURE_ALIGNMENT] = "misaligned-requests",
		[FAILURE_FRAGMENTED] = "fragmented-requests",
		[FAILURE_EXHAUSTED] = "exhausted",
		[FAILURE_REACH] = "out-of-reach",
		[FAILURE_KIND] = "wrong-kind-of-pool",
		[FAILURE_NO_POOL] = "no-pool",
		[FAILURE_DISABLED] = "disabled-pool",
	};

	(void)state;
	for (unsigned int i = 0; i < FAILURE_CAUSES; i++) {
		struct snapshot snap;

		fixture_quiet(&snap);
		snap.mappings.counted = true;
		snap.mappings.failures[i] = 9;
		assert_only(&snap, ids[i], SEVERITY_WARNING, "9 mappings");
	}
}

/* With sizes, and with what of the device is in the way. */
static void refusals_are_told_by_size(void **state)
{
	struct findings findings;
	struct snapshot snap;

	(void)state;
	fixture_refusals(&snap);
	assert_int_equal(findings_evaluate(&snap, &findings), 0);
	assert_non_null(find_of(&snap, &findings, "oversize-requests",
				SEVERITY_WARNING,
				"103 mappings failed: larger than their "
				"device can ever map at once: "
				"swiotlb_stress.0 99 of 512 KiB (it can map "
				"252 KiB at once), 4 of 256 KiB to 512 KiB "
				"(it can map 252 KiB at once, the queue of sda "
				"allows 1 MiB (max_hw_sectors_kb))"));
	assert_non_null(find_of(&snap, &findings, "misaligned-requests",
				SEVERITY_WARNING,
				"0000:00:03.0 3 of 64 KiB (min_align_mask "
				"0xfff, alloc_align_mask 0xffff, no mapping "
				"across 64 KiB)"));
	assert_non_null(find_of(&snap, &findings, "out-of-reach",
				SEVERITY_WARNING,
				"swiotlb_stress.0 2 of 2 KiB (it reaches 16 "
				"MiB); pool default lies from 2 GiB to"));
	assert_null(find(&findings, "refusal-storm"));
	findings_release(&findings);
	snapshot_release(&snap);
}

static void the_same_again_and_again_is_a_storm(void **state)
{
	struct findings findings;
	struct snapshot snap;

	(void)state;
	fixture_refusals(&snap);
	snap.refusals[0].count += 3;
	snap.refusals[0].differing += 2;
	assert_int_equal(findings_evaluate(&snap, &findings), 0);
	assert_non_null(find_of(&snap, &findings, "refusal-storm",
				SEVERITY_ERROR,
				"swiotlb_stress.0 was refused the same 512 KiB "
				"100 times in"));
	findings_release(&findings);
	snapshot_release(&snap);
}

/* A pool of 4096 slots where mappings fail, and some have leaked. */
static void exhaust(struct snapshot *snap, int pool_id, uint64_t leaked)
{
	fixture_quiet(snap);
	snap->mappings.counted = true;
	snap->mappings.failures[FAILURE_EXHAUSTED] = 9;
	snap->live_groups = calloc(1, sizeof(*snap->live_groups));
	assert_non_null(snap->live_groups);
	snap->nr_live_groups = 1;
	snap->live_groups[0] = (struct mapping_group){
		.pool_id = pool_id,
		.slots = leaked,
		.leak = LEAK_MEMORY_FREED,
	};
}

static void exhausted_by_a_leak(void **state)
{
	struct snapshot snap;

	(void)state;
	exhaust(&snap, 0, 1023);
	assert_only(&snap, "exhausted", SEVERITY_WARNING, "9 mappings");
	exhaust(&snap, 0, 1024);
	assert_only(&snap, "exhausted-by-leak", SEVERITY_WARNING,
		    "9 mappings failed: what leaked takes the slots");
	exhaust(&snap, 7, 1024);
	assert_only(&snap, "exhausted", SEVERITY_WARNING, "9 mappings");
	/* In all parts of a pool that the kernel adds to. */
	exhaust(&snap, 0, 1279);
	fixture_add_pool(&snap, POOL_DYNAMIC, "dynamic-1", 2, 512);
	snap.live_groups[0].pool_id = snap.pools[1].id;
	assert_beside(&snap, "exhausted", "pool-grown");
	exhaust(&snap, 0, 1280);
	fixture_add_pool(&snap, POOL_DYNAMIC, "dynamic-1", 2, 512);
	snap.live_groups[0].pool_id = snap.pools[1].id;
	assert_beside(&snap, "exhausted-by-leak", "pool-grown");
}

static void blocks_that_leak_exhaust_as_well(void **state)
{
	struct snapshot snap;

	(void)state;
	exhaust(&snap, 0, 0);
	snap.pools[0].areas[1].blocks.unreclaimed = 1;
	snapshot_finish(&snap);
	assert_beside(&snap, "unreclaimed-blocks", "exhausted-by-leak");
	exhaust(&snap, 0, 0);
	snap.pools[0].areas[1].blocks.orphaned = 1;
	snapshot_finish(&snap);
	assert_beside(&snap, "block-leak", "exhausted-by-leak");
}

static void room_runs_out(void **state)
{
	struct snapshot snap;

	(void)state;
	fixture_quiet(&snap);
	snap.pools[0].used_peak = 3900;
	assert_only(&snap, "pool-nearly-full", SEVERITY_WARNING,
		    "3900 of 4096");
	fixture_quiet(&snap);
	snap.pools[0].areas[0].busy = snap.pools[0].areas[0].used = 1000;
	snap.pools[0].areas[0].largest_free = 8;
	assert_only(&snap, "fragmented-area", SEVERITY_WARNING,
		    "1048 free slots, but a mapping can take 8 at most");
}

static void a_pool_out_of_reach_is_told_from_state(void **state)
{
	struct snapshot snap;

	(void)state;
	fixture_quiet(&snap);
	snap.bounce_devices[1].bounce.dma_mask = 0x3fffffff;
	snap.bounce_devices[1].bounce.unreached_slots = 4096;
	snap.pools[0].start = 3ull << 30;
	snap.pools[0].end = (3ull << 30) + (8 << 20);
	assert_only(&snap, "pool-out-of-reach", SEVERITY_WARNING,
		    "pool default, from 3 GiB to 3.01 GiB, is out of reach of "
		    "1 device, and what it bounces fails: 0000:00:04.0 (nvme, "
		    "30 bits)");
	fixture_quiet(&snap);
	snap.bounce_devices[1].bounce.unreached_slots = 96;
	assert_only(&snap, "pool-out-of-reach", SEVERITY_WARNING,
		    "0000:00:04.0 (nvme, 32 bits) not 96 of its slots");
}

static void an_area_is_full_beside_others(void **state)
{
	struct snapshot snap;

	(void)state;
	fixture_quiet(&snap);
	snap.pools[0].areas[1].used_peak = 2048;
	snap.pools[0].used_peak = 2048;
	assert_only(&snap, "crowded-area", SEVERITY_NOTE,
		    "1 of 2 areas full while the pool had room: area 1");
	fixture_quiet(&snap);
	snap.pools[0].areas[1].used_peak = 2048;
	snap.pools[0].used_peak = 2049;
	assert_told(&snap, "crowded-area", false);
	fixture_quiet(&snap);
	snap.pools[0].areas[1].used_peak = 2047;
	assert_told(&snap, "crowded-area", false);
	fixture_quiet(&snap);
	snap.pools[0].areas[1].used_peak = 2048;
	snap.pools[0].areas[1].blocks.total = 2;
	snap.pools[0].used_peak = 2048;
	assert_told(&snap, "crowded-area", true);
	snap.blocks.allocated = 1;
	assert_told(&snap, "crowded-area", false);
}

/* A pool of 128 MiB in 2 areas, 3000 slots of which were needed. */
static void make_large(struct snapshot *snap, uint64_t up_ns)
{
	fixture_quiet(snap);
	snap->pools[0].areas[0].slots = snap->pools[0].areas[1].slots = 32768;
	snap->boot.asked_slots = snap->boot.slots = 65536;
	snapshot_finish(snap);
	snap->pools[0].slots = 65536;
	snap->taken_ns = up_ns;
}

static void a_pool_is_oversized_if_it_had_time_to_fill(void **state)
{
	const uint64_t day = 24 * 3600ull * NS_PER_SEC;
	struct snapshot snap;

	(void)state;
	make_large(&snap, day);
	assert_only(&snap, "oversized-pool", SEVERITY_NOTE,
		    "3000 slots were in use at most since boot");
	make_large(&snap, day - 1);
	assert_told(&snap, "oversized-pool", false);
	make_large(&snap, day);
	snap.pools[0].used_hiwater = 8193;
	assert_told(&snap, "oversized-pool", false);
	make_large(&snap, day);
	snap.kernel.pools_grow = true;
	assert_told(&snap, "oversized-pool", false);
	/* Without the kernel's peak, that of a long window. */
	make_large(&snap, day);
	snap.pools[0].used_hiwater = UINT64_MAX;
	assert_told(&snap, "oversized-pool", false);
	make_large(&snap, day);
	snap.pools[0].used_hiwater = UINT64_MAX;
	snap.window.duration_ns = 600 * NS_PER_SEC;
	assert_only(&snap, "oversized-pool", SEVERITY_NOTE,
		    "700 slots were in use at most in the");
}

static void pools_that_grow_are_no_alarm(void **state)
{
	struct snapshot snap;

	(void)state;
	fixture_quiet(&snap);
	snap.kernel.pools_grow = true;
	snap.pools[0].used_peak = 4096;
	fixture_add_pool(&snap, POOL_DYNAMIC, "dynamic-1", 2, 512)->used_peak =
		1024;
	assert_only(&snap, "pool-grown", SEVERITY_NOTE,
		    "4096 slots was full: the kernel added 1 pool of 1024 "
		    "slots in total");
	fixture_quiet(&snap);
	snap.kernel.pools_grow = true;
	for (unsigned int i = 0; i < 2; i++)
		fixture_add_pool(&snap, POOL_TRANSIENT, "transient", 1, 32)
			->used_peak = 32;
	assert_only(&snap, "pool-grown", SEVERITY_NOTE,
		    "2 mappings have a pool of their own (64 slots)");
}

/* Such a snapshot has findings besides: that rule says just this, or nothing.
 */
static void assert_says(const struct snapshot *snap, const char *id,
			enum severity severity, const char *text)
{
	struct findings findings;

	assert_int_equal(findings_evaluate(snap, &findings), 0);
	if (text) {
		const struct finding *found =
			find_of(snap, &findings, id, severity, text);

		assert_non_null(found);
		assert_words(found, snap);
	} else {
		assert_null(find(&findings, id));
	}
	findings_release(&findings);
}

static void pools_made_at_run_time_are_told(void **state)
{
	struct snapshot snap;

	(void)state;
	fixture_quiet(&snap);
	snap.kernel.pools_grow = true;
	snap.growth.counted = true;
	assert_says(&snap, "pool-grown", SEVERITY_NOTE, NULL);
	snap.growth.transient.made = 3;
	snap.growth.transient.ns = 2 * NS_PER_MS;
	assert_says(&snap, "pool-grown", SEVERITY_NOTE,
		    "was full: in the window 3 mappings were made a pool of "
		    "their own, which took 2.00 ms");
	snap.growth.transient.failed = 1;
	assert_says(&snap, "pool-grown", SEVERITY_WARNING,
		    "2.00 ms, and for 1 there was no memory");
	snap.growth.transient.made = 0;
	assert_says(&snap, "pool-grown", SEVERITY_WARNING,
		    "in the window for 1 there was no memory");
	snapshot_release(&snap);
}

/* A size follows from the kernel's peak only if that explains what happened. */
static void a_size_that_failed_is_not_advised(void **state)
{
	struct snapshot snap;
	const struct subject system = { .snap = &snap };
	int64_t size;

	(void)state;
	fixture_quiet(&snap);
	snap.pools[0].used_hiwater = snap.pools[0].slots / 2;
	assert_true(growth_size(&system, &size));
	assert_int_equal(size, snap.pools[0].slots / 2);
	snap.growth.transient.made = 1;
	assert_false(growth_size(&system, &size));
	snap.pools[0].used_hiwater = snap.pools[0].slots + 1;
	assert_true(growth_size(&system, &size));
	assert_int_equal(size, 2 * snap.pools[0].slots);
	snap.growth.transient.failed = 1;
	assert_false(growth_size(&system, &size));
	snapshot_release(&snap);
}

static void costly_copies_are_found(void **state)
{
	struct mapping_totals *totals;
	struct snapshot snap;

	(void)state;
	fixture_mappings(&snap);
	snap.window.duration_ns = 1000 * NS_PER_MS;
	totals = &snap.devices[1].totals;
	totals->copies[COPIES_AT_MAP].ns = 40 * NS_PER_MS;
	totals->copies[COPIES_FROM_DEVICE].ns = 20 * NS_PER_MS;
	totals->bounce_ns = 60 * NS_PER_MS;
	snap.mappings.copies[COPIES_AT_MAP] = totals->copies[COPIES_AT_MAP];
	snap.mappings.copies[COPIES_FROM_DEVICE] =
		totals->copies[COPIES_FROM_DEVICE];
	snap.mappings.redundant.ns = 15 * NS_PER_MS;
	snap.mappings.bounce_ns = 60 * NS_PER_MS;
	assert_says(&snap, "bounce-cost", SEVERITY_WARNING, NULL);
	snap.levels |= LEVEL_BOUNCES;
	assert_says(&snap, "bounce-cost", SEVERITY_WARNING,
		    "6% of a CPU: 40.0 ms to devices, 20.0 ms from them: "
		    "60.0 ms by swiotlb_stress.0; 25% of it at map");
	snap.mappings.bounce_ns = 50 * NS_PER_MS;
	assert_says(&snap, "bounce-cost", SEVERITY_WARNING, NULL);
	snapshot_release(&snap);
}

static void stale_mappings_are_found(void **state)
{
	struct snapshot snap;

	(void)state;
	fixture_mappings(&snap);
	for (size_t i = 0; i < snap.nr_losses; i++)
		snap.losses[i].count = 0;
	snap.devices[0].totals.unsynced = 13;
	snap.live_groups[1].unsynced = true;
	assert_says(&snap, "never-synced", SEVERITY_WARNING, NULL);
	snap.levels |= LEVEL_BOUNCES;
	assert_says(&snap, "never-synced", SEVERITY_WARNING,
		    "0000:00:03.0: 13 mappings written on one side");
	snap.losses[0].count = 1;
	snap.losses[0].events = EVENT_COPY;
	assert_says(&snap, "never-synced", SEVERITY_WARNING, NULL);
	snapshot_release(&snap);
}

static void restricted_pools_have_their_advice(void **state)
{
	struct findings findings;
	struct snapshot snap;
	struct pool *pool;

	(void)state;
	fixture_quiet(&snap);
	pool = fixture_add_pool(&snap, POOL_RESTRICTED, "nvme0", 1, 512);
	fixture_wait(&pool->areas[0].locks, 1000);
	pool->used_peak = 500;
	assert_int_equal(findings_evaluate(&snap, &findings), 0);
	assert_int_equal(findings.count, 2);
	assert_non_null(
		strstr(advice_of(find(&findings, "contended-area"), &snap),
		       "a restricted pool has one area"));
	assert_non_null(
		strstr(advice_of(find(&findings, "pool-nearly-full"), &snap),
		       "give the device a larger pool"));
	findings_release(&findings);
	snapshot_release(&snap);
}

static void what_was_missed_is_told(void **state)
{
	struct snapshot snap;

	(void)state;
	fixture_quiet(&snap);
	snap.losses[1].count = 5;
	assert_only(&snap, "tracing-loss", SEVERITY_WARNING,
		    "blocks.table_full 5");
	fixture_quiet(&snap);
	snap.hooks[1].state = HOOK_ABSENT;
	assert_only(&snap, "not-attached", SEVERITY_WARNING, "level locks");
}

static void every_rule_has_words_and_a_section(void **state)
{
	static char text[65536];
	FILE *file = fopen("docs/findings.md", "re");
	size_t len;

	(void)state;
	assert_non_null(file);
	len = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[len] = '\0';
	for (size_t i = 0; i < rule_count; i++) {
		char heading[64];

		snprintf(heading, sizeof(heading), "\n## %s\n",
			 rule_table[i].id);
		if (!strstr(text, heading))
			fail_msg("docs/findings.md lacks %s", rule_table[i].id);
		if (!finding_has_text(&rule_table[i]))
			fail_msg("finding_text.c lacks %s", rule_table[i].id);
	}
}

/* What the kernel understood of the pool's 4096 slots in 2 areas. */
static void make_booted(struct snapshot *snap, const char *argument)
{
	const struct boot_syntax syntax = { .areas = true, .cpus = 4 };

	fixture_quiet(snap);
	boot_parse(argument, &syntax, &snap->boot);
}

static void boot_arguments_are_held_against_the_pool(void **state)
{
	struct snapshot snap;

	(void)state;
	make_booted(&snap, "swiotlb=4096,2,force");
	assert_told(&snap, "boot-rounded", false);
	make_booted(&snap, "swiotlb=512M,4,force");
	assert_only(&snap, "boot-ignored", SEVERITY_WARNING,
		    "of the boot argument swiotlb=512M,4,force the kernel "
		    "ignored \"M,4,force\", so it asked for 512 slots (1 MiB)");
	make_booted(&snap, "swiotlb=2097152,2,force");
	assert_only(&snap, "boot-reduced", SEVERITY_WARNING,
		    "2097152 slots (4 GiB) were asked for at boot, and the "
		    "pool has 4096 (8 MiB)");
	make_booted(&snap, "swiotlb=3000,2,force");
	assert_only(&snap, "boot-rounded", SEVERITY_NOTE,
		    "swiotlb=3000,2,force was rounded at boot: to 4096 slots "
		    "(8 MiB) in 2 areas");
	make_booted(&snap, "swiotlb=1024,32");
	assert_told(&snap, "boot-rounded", true);
	/* Nothing was asked for: the kernel decided itself. */
	make_booted(&snap, "quiet");
	assert_told(&snap, "boot-reduced", false);
}

static void refusals_in_the_log_are_found(void **state)
{
	struct snapshot snap;

	(void)state;
	fixture_refused(&snap);
	assert_only(&snap, "refused-before", SEVERITY_WARNING,
		    "the kernel's log has 13 failed requests: 12 exhausted by "
		    "virtio0, last 40.0 s ago; 1 reach, 1.00 s ago");
	/* A log that cannot be read proves nothing. */
	fixture_quiet(&snap);
	snap.log = (struct log_totals){ .reason = "/dev/kmsg: no" };
	assert_told(&snap, "refused-before", false);
}

/* Unless the log has more of the window than the hooks saw: 4. */
static void what_hooks_counted_is_told_once(void **state)
{
	struct snapshot snap;

	(void)state;
	for (unsigned int requests = 4; requests < 6; requests++) {
		fixture_mappings(&snap);
		snap.log.requests = requests;
		snap.log_entries = calloc(1, sizeof(*snap.log_entries));
		assert_non_null(snap.log_entries);
		snap.nr_log_entries = 1;
		snap.log_entries[0].in_window = true;
		snap.log_entries[0].requests = requests;
		assert_told(&snap, "refused-before", requests > 4);
	}
}

/* A receive ring that was filled late, in a window that is hardly longer. */
static void a_ring_that_fills_has_not_grown(void **state)
{
	for (int stays = 0; stays < 2; stays++) {
		struct snapshot snap;
		struct device *ring;

		(void)state;
		fixture_mappings(&snap);
		ring = &snap.devices[0];
		ring->totals.live = 253;
		ring->totals.grown = 27;
		ring->totals.oldest_ns = stays ? 1200000000 : 346157961;
		ring->growth = (struct growth){
			.over_ns = 1303943378,
			.grown = 27,
			.late_ends = 578,
			.judged = true,
			.kept = { 0, 0, 0, 0, 22, 231 },
		};
		memset(&ring->lifetime, 0, sizeof(ring->lifetime));
		ring->lifetime.count[18] = 600;
		ring->lifetime.count[28] = 147;
		ring->lifetime.count[29] = 227;
		assert_told(&snap, "mapping-growth", stays);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_quiet_system_is_quiet),
		cmocka_unit_test(a_ring_that_fills_has_not_grown),
		cmocka_unit_test(all_is_quiet_only_if_all_was_looked_at),
		cmocka_unit_test(the_worst_comes_first),
		cmocka_unit_test(a_device_is_blamed_once),
		cmocka_unit_test(a_block_leak_is_as_bad_as_its_device_is_gone),
		cmocka_unit_test(a_pool_given_back_is_stale),
		cmocka_unit_test(losses_hide_no_verdict),
		cmocka_unit_test(refusals_come_before_waits),
		cmocka_unit_test(a_finding_is_data),
		cmocka_unit_test(contention_has_two_degrees),
		cmocka_unit_test(stealing_is_waiting_away_from_home),
		cmocka_unit_test(broken_state_is_an_error),
		cmocka_unit_test(unknown_drift_is_no_finding),
		cmocka_unit_test(failed_requests_are_told_apart),
		cmocka_unit_test(wrong_unmaps_are_errors),
		cmocka_unit_test(each_failure_cause_has_its_rule),
		cmocka_unit_test(refusals_are_told_by_size),
		cmocka_unit_test(the_same_again_and_again_is_a_storm),
		cmocka_unit_test(exhausted_by_a_leak),
		cmocka_unit_test(blocks_that_leak_exhaust_as_well),
		cmocka_unit_test(room_runs_out),
		cmocka_unit_test(a_pool_out_of_reach_is_told_from_state),
		cmocka_unit_test(an_area_is_full_beside_others),
		cmocka_unit_test(a_pool_is_oversized_if_it_had_time_to_fill),
		cmocka_unit_test(pools_that_grow_are_no_alarm),
		cmocka_unit_test(pools_made_at_run_time_are_told),
		cmocka_unit_test(a_size_that_failed_is_not_advised),
		cmocka_unit_test(costly_copies_are_found),
		cmocka_unit_test(stale_mappings_are_found),
		cmocka_unit_test(restricted_pools_have_their_advice),
		cmocka_unit_test(what_was_missed_is_told),
		cmocka_unit_test(boot_arguments_are_held_against_the_pool),
		cmocka_unit_test(refusals_in_the_log_are_found),
		cmocka_unit_test(what_hooks_counted_is_told_once),
		cmocka_unit_test(every_rule_has_words_and_a_section),
	};

	return cmocka_run_group_tests_name("findings", tests, NULL, NULL);
}
