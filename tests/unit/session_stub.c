/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A session without a kernel: the commands run on a fixture, which the
 * environment variable SWIOTLB_TEST_FIXTURE names, or fail as it says. "live"
 * changes with each snapshot: waits come in, areas fill and empty, and mappings
 * are copied where that is attached; "refusing" refuses one with each. After
 * SWIOTLB_TEST_VANISH snapshots its device pool goes, after twice as many all
 * pools do, and after three times as many it cannot be read. SIGTERM comes
 * where SWIOTLB_TEST_TERM says: while the session is opened ("open"), with its
 * first snapshot ("snapshot"), or while it is closed ("close").
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/stacks.h"
#include "model_fixture.h"
#include "probes/session.h"
#include "util/log.h"
#include "util/units.h"

struct session {
	const char *fixture;
	unsigned int levels;
	unsigned int samples;
	unsigned int snapshots;
	bool peaks_reset;
	struct waits waits;
};

static void terminate_at(const char *place)
{
	const char *wanted = getenv("SWIOTLB_TEST_TERM");

	if (wanted && !strcmp(wanted, place))
		raise(SIGTERM);
}

int session_open(struct session **out, const struct session_options *options)
{
	const char *fixture = getenv("SWIOTLB_TEST_FIXTURE");
	struct session *session;

	if (!fixture)
		fixture = "busy";
	if (!strcmp(fixture, "eperm")) {
		log_error("cannot load BPF programs: not permitted; run as "
			  "root");
		return -EPERM;
	}
	if (!strcmp(fixture, "nopool") && !options->tolerant) {
		log_error("this kernel has no swiotlb pool; boot without "
			  "swiotlb=noforce");
		return -ENODEV;
	}
	session = calloc(1, sizeof(*session));
	if (!session)
		return -ENOMEM;
	session->fixture = !strcmp(fixture, "nopool") ? "empty" : fixture;
	session->levels = options->levels;
	terminate_at("open");
	*out = session;
	return 0;
}

void session_close(struct session *session)
{
	terminate_at("close");
	free(session);
}

int session_sample(struct session *session)
{
	session->samples++;
	return 0;
}

void session_reset_peaks(struct session *session)
{
	session->peaks_reset = true;
}

static uint64_t clock_now(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * NS_PER_SEC + (uint64_t)now.tv_nsec;
}

/* Areas fill up and empty again, those after others a little later. */
static void change_used(struct session *session, struct pool *pool)
{
	for (unsigned int i = 0; i < pool->nr_areas; i++) {
		struct area *area = &pool->areas[i];
		unsigned int step = (session->snapshots + 3 * i) % 20;

		area->used = area->slots * (step < 10 ? step : 20 - step) / 10;
		area->busy = area->used;
		if (area->used > area->used_peak)
			area->used_peak = area->used;
	}
}

static void change(struct session *session, struct snapshot *snap)
{
	for (unsigned int i = 0; i < session->snapshots % 30; i++)
		fixture_wait(&session->waits, 700ull << i % 9);
	for (size_t i = 0; i < snap->nr_pools; i++) {
		change_used(session, &snap->pools[i]);
		waits_add(&snap->pools[i].areas[0].locks, &session->waits);
	}
	for (size_t i = 0; i < snap->nr_devices; i++) {
		snap->devices[i].totals.maps += session->snapshots * 1000;
		snap->devices[i].totals.unmaps += session->snapshots * 1000;
		snap->devices[i].totals.bytes += session->snapshots << 20;
		snap->mappings.maps += session->snapshots * 1000;
		snap->mappings.unmaps += session->snapshots * 1000;
		snap->mappings.bytes += session->snapshots << 20;
	}
	snapshot_finish(snap);
}

static void refuse(const struct session *session, struct snapshot *snap)
{
	snap->mappings.failures[FAILURE_EXHAUSTED] += session->snapshots;
	snap->devices[0].totals.failures[FAILURE_EXHAUSTED] +=
		session->snapshots;
}

static void add_bounces_hook(struct snapshot *snap)
{
	struct hook *hooks =
		reallocarray(snap->hooks, snap->nr_hooks + 1, sizeof(*hooks));

	if (!hooks)
		abort();
	snap->hooks = hooks;
	hooks[snap->nr_hooks++] = (struct hook){
		.name = "bounces.copy",
		.level = LEVEL_BOUNCES,
		.state = HOOK_FENTRY,
		.target = "swiotlb_bounce",
	};
}

static void copy(struct mapping_totals *totals, uint64_t copies)
{
	totals->copies[COPIES_AT_MAP] = (struct copies){
		.count = copies,
		.bytes = copies << 10,
		.ns = copies * 500,
	};
	totals->redundant = (struct copies){
		.count = copies / 4,
		.bytes = copies / 4 << 10,
		.ns = copies / 4 * 500,
	};
	totals->bounce_ns = copies * 500;
}

/* Each map copies, and a quarter of them for what the device only writes. */
static void change_copies(const struct session *session, struct snapshot *snap)
{
	add_bounces_hook(snap);
	for (size_t i = 0; i < snap->nr_devices; i++)
		copy(&snap->devices[i].totals, session->snapshots * 1000);
	copy(&snap->mappings, session->snapshots * 1000 * snap->nr_devices);
}

static void drop_mappings(struct snapshot *snap)
{
	free(snap->devices);
	free(snap->live_groups);
	free(snap->wrong_unmaps);
	snap->devices = NULL;
	snap->live_groups = NULL;
	snap->wrong_unmaps = NULL;
	snap->nr_devices = 0;
	snap->nr_live_groups = 0;
	snap->nr_wrong_unmaps = 0;
	memset(&snap->mappings, 0, sizeof(snap->mappings));
}

static void drop_pools(struct snapshot *snap, size_t left)
{
	while (snap->nr_pools > left) {
		struct pool *pool = &snap->pools[--snap->nr_pools];

		for (unsigned int i = 0; i < pool->nr_areas; i++)
			free(pool->areas[i].cpu_waits);
		free(pool->areas);
	}
	snapshot_finish(snap);
}

static int vanish(const struct session *session, struct snapshot *snap)
{
	const char *text = getenv("SWIOTLB_TEST_VANISH");
	unsigned int after = text ? (unsigned int)atoi(text) : 0;

	if (after && session->snapshots > 3 * after) {
		log_error("cannot read the state of the pools: no such thing");
		snapshot_release(snap);
		return -ENOENT;
	}
	if (after && session->snapshots > 2 * after)
		drop_pools(snap, 0);
	else if (after && session->snapshots > after)
		drop_pools(snap, 1);
	return 0;
}

int session_snapshot(struct session *session, struct snapshot *snap)
{
	bool live = !strcmp(session->fixture, "live");
	bool refusing = !strcmp(session->fixture, "refusing");

	if (!fixture_by_name(live || refusing ? "mappings" : session->fixture,
			     snap))
		return -EINVAL;
	if (snapshot_name_stacks(snap, symbols_kernel(NULL)))
		return -ENOMEM;
	if (!session->snapshots++)
		terminate_at("snapshot");
	snap->taken_ns = clock_now(CLOCK_MONOTONIC);
	snap->realtime_ns = clock_now(CLOCK_REALTIME);
	snap->boottime_ns = clock_now(CLOCK_BOOTTIME);
	if (session->peaks_reset)
		snapshot_reset_peaks(snap);
	if (live)
		change(session, snap);
	if (refusing)
		refuse(session, snap);
	if (live && session->levels & LEVEL_BOUNCES)
		change_copies(session, snap);
	if (!(session->levels & LEVEL_MAPPINGS))
		drop_mappings(snap);
	snap->levels = session->levels;
	for (char **word = snap->window.command; word && *word; word++)
		free(*word);
	free(snap->window.command);
	memset(&snap->window, 0, sizeof(snap->window));
	return vanish(session, snap);
}

int session_time_programs(struct session *session, bool on)
{
	(void)session;
	(void)on;
	return 0;
}

int session_set_levels(struct session *session, unsigned int levels)
{
	session->levels = levels;
	return 0;
}
