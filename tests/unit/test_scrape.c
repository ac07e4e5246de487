// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/gone_devices.h"
#include "model/minute.h"
#include "model/roster.h"
#include "model_fixture.h"
#include "unit.h"
#include "util/units.h"
#include "views/scrape.h"

/* What readers send, and what they get. */
static void the_preferred_form_is_chosen(void **state)
{
	static const struct {
		const char *accept;
		enum exposition_form form;
	} rows[] = {
		{ NULL, EXPOSITION_CLASSIC },
		{ "", EXPOSITION_CLASSIC },
		{ "*/*", EXPOSITION_CLASSIC },
		{ "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
		  EXPOSITION_CLASSIC },
		/* Prometheus 2.42, and one that wants the classic form */
		{ "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
		  EXPOSITION_OPENMETRICS },
		{ "text/plain;version=0.0.4;q=1,*/*;q=0.1",
		  EXPOSITION_CLASSIC },
		/* Prometheus 3 with all that it knows */
		{ "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.4,*/*;q=0.1",
		  EXPOSITION_OPENMETRICS },
		{ "Application/OpenMetrics-Text ; Version=1.0.0 ; Q=0.9 , text/plain;q=0.8",
		  EXPOSITION_OPENMETRICS },
		{ "application/openmetrics-text", EXPOSITION_OPENMETRICS },
		{ "application/openmetrics-text;version=2.0.0",
		  EXPOSITION_CLASSIC },
		{ "application/openmetrics-text;version=1.0.0;q=0,text/plain;q=0",
		  EXPOSITION_CLASSIC },
		{ "application/openmetrics-text;q=0.2,text/plain;q=0.201",
		  EXPOSITION_CLASSIC },
		{ "application/openmetrics-text;q=0.5,text/plain;version=1.0.0;q=0.9",
		  EXPOSITION_OPENMETRICS },
		{ ";;;,,,;q=;q=9;version=,application/openmetrics-textual,;",
		  EXPOSITION_CLASSIC },
		{ "application/openmetrics-text;q", EXPOSITION_OPENMETRICS },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (exposition_accepted(rows[i].accept) != rows[i].form)
			fail_msg("%s", rows[i].accept);
}

/*
 * Devices that come and go
 */

#define DEVICES 100

/**
 * struct machine - devices with counters
 * @snap: a sample of them
 * @pools: as an exporter has them
 * @devices: likewise
 */
struct machine {
	struct snapshot snap;
	struct roster pools;
	struct roster devices;
};

static void start(struct machine *machine)
{
	memset(machine, 0, sizeof(*machine));
	fixture_mappings(&machine->snap);
	free(machine->snap.devices);
	machine->snap.devices = calloc(DEVICES, sizeof(struct device));
	assert_non_null(machine->snap.devices);
	machine->snap.nr_devices = 0;
}

static void stop(struct machine *machine)
{
	snapshot_release(&machine->snap);
	roster_release(&machine->pools);
	roster_release(&machine->devices);
}

static struct device *plug(struct machine *machine, uint32_t id,
			   const char *name, uint64_t maps)
{
	struct device *device =
		&machine->snap.devices[machine->snap.nr_devices++];

	*device = (struct device){ .id = id, .pool_id = -1 };
	snprintf(device->name, sizeof(device->name), "%s", name);
	device->totals.counted = true;
	device->totals.maps = device->totals.unmaps = maps;
	return device;
}

/* It keeps its counts under another number. */
static void unplug(struct machine *machine, const char *name, uint32_t gone_id)
{
	for (size_t i = 0; i < machine->snap.nr_devices; i++) {
		struct device *device = &machine->snap.devices[i];

		if (device->gone || strcmp(device->name, name) != 0)
			continue;
		device->gone = true;
		device->id = gone_id;
	}
}

static void follow(struct machine *machine)
{
	assert_int_equal(roster_follow_pools(&machine->pools, &machine->snap),
			 0);
	assert_int_equal(
		roster_follow_devices(&machine->devices, &machine->snap), 0);
}

/* The text that an exporter would show. */
static void write_text(const struct machine *machine, char **text)
{
	const struct confinement confinement = { 0 };
	const struct scrape_own own = { .samples = 1 };
	struct interval interval = { 0 };
	struct scrape scrape = {
		.total = &interval,
		.minute = &interval,
		.pools = &machine->pools,
		.devices = &machine->devices,
		.confinement = &confinement,
		.own = &own,
	};
	size_t len = 0;
	FILE *stream = open_memstream(text, &len);

	assert_non_null(stream);
	assert_int_equal(interval_make(NULL, &machine->snap, NULL, &interval),
			 0);
	assert_int_equal(scrape_write(&scrape, EXPOSITION_CLASSIC, stream), 0);
	fclose(stream);
	interval_release(&interval);
}

/* -1 = there is no such series */
static int64_t shown(const struct machine *machine, const char *series)
{
	char *text = NULL, line[256];
	const char *at;
	int64_t value = -1;

	write_text(machine, &text);
	snprintf(line, sizeof(line), "\n%s ", series);
	at = strstr(text, line);
	if (at)
		value = strtoll(at + strlen(line), NULL, 10);
	free(text);
	return value;
}

static int64_t maps_of(const struct machine *machine, const char *device)
{
	char series[128];

	snprintf(series, sizeof(series),
		 "swiotlb_device_maps_total{device=\"%s\"}", device);
	return shown(machine, series);
}

static void counters_of_devices_never_fall(void **state)
{
	struct machine machine;

	(void)state;
	start(&machine);
	plug(&machine, 1, "eth0", 100);
	plug(&machine, 2, "nvme0", 7);
	follow(&machine);
	assert_int_equal(maps_of(&machine, "eth0"), 100);
	assert_int_equal(maps_of(&machine, ROSTER_OTHERS), -1);

	unplug(&machine, "eth0", 3);
	follow(&machine);
	assert_int_equal(maps_of(&machine, "eth0"), -1);
	assert_int_equal(maps_of(&machine, ROSTER_OTHERS), 100);

	/* It comes again, at the address that it had. */
	plug(&machine, 1, "eth0", 5);
	follow(&machine);
	assert_int_equal(maps_of(&machine, "eth0"), 5);
	assert_int_equal(maps_of(&machine, ROSTER_OTHERS), 100);
	assert_int_equal(maps_of(&machine, "nvme0"), 7);
	stop(&machine);
}

static void the_number_of_devices_is_bounded(void **state)
{
	struct machine machine;
	char name[32];

	(void)state;
	start(&machine);
	for (uint32_t id = 1; id <= ROSTER_PLACES + 2; id++) {
		snprintf(name, sizeof(name), "d%" PRIu32, id);
		plug(&machine, id, name, id);
	}
	follow(&machine);
	assert_int_equal(maps_of(&machine, "d64"), 64);
	assert_int_equal(maps_of(&machine, "d65"), -1);
	assert_int_equal(maps_of(&machine, ROSTER_OTHERS), 65 + 66);
	assert_int_equal(
		shown(&machine, "swiotlb_exporter_others{kind=\"device\"}"), 2);

	/* There is room, for a new one: the others stay what they are. */
	unplug(&machine, "d3", 90);
	plug(&machine, 91, "new", 1000);
	follow(&machine);
	assert_int_equal(maps_of(&machine, "new"), 1000);
	assert_int_equal(maps_of(&machine, "d65"), -1);
	assert_int_equal(maps_of(&machine, ROSTER_OTHERS), 65 + 66 + 3);

	/* One of the others goes. */
	unplug(&machine, "d65", 92);
	follow(&machine);
	assert_int_equal(maps_of(&machine, ROSTER_OTHERS), 65 + 66 + 3);
	stop(&machine);
}

/* A series has one value, whatever drivers call their devices. */
static void no_series_is_there_twice(void **state)
{
	struct machine machine;

	(void)state;
	start(&machine);
	plug(&machine, 1, "same", 1);
	plug(&machine, 2, "same", 2);
	plug(&machine, 3, "bad\xff", 4);
	plug(&machine, 4, "bad\xfe", 8);
	plug(&machine, 5, ROSTER_OTHERS, 16);
	follow(&machine);
	assert_int_equal(maps_of(&machine, "same"), 1);
	assert_int_equal(maps_of(&machine, "bad?"), 4);
	assert_int_equal(maps_of(&machine, ROSTER_OTHERS), 2 + 8 + 16);
	stop(&machine);
}

/* Waits of a pool that goes are those of the others. */
static void histograms_of_pools_never_fall(void **state)
{
	const char *const own =
		"swiotlb_pool_lock_wait_seconds_count{pool=\"default\"}";
	const char *const others =
		"swiotlb_pool_lock_wait_seconds_count{pool=\"(other)\"}";
	struct machine machine;
	struct pool *pool;

	(void)state;
	start(&machine);
	pool = fixture_add_pool(&machine.snap, POOL_TRANSIENT, "transient 9", 1,
				128);
	pool->id = 9;
	pool->areas[0].locks.contended = 2;
	pool->areas[0].locks.wait.count[3] = 2;
	follow(&machine);
	assert_int_equal(shown(&machine, own), 3);
	assert_int_equal(shown(&machine, others), 2);
	assert_int_equal(shown(&machine,
			       "swiotlb_pool_bytes{pool=\"transient 9\"}"),
			 -1);
	assert_int_equal(
		shown(&machine, "swiotlb_exporter_others{kind=\"pool\"}"), 1);

	waits_add(&machine.snap.gone_waits, &pool->areas[0].locks);
	memset(&pool->areas[0].locks, 0, sizeof(pool->areas[0].locks));
	follow(&machine);
	assert_int_equal(shown(&machine, others), 2);
	stop(&machine);
}

/* 0 and 1 ns are the first bucket, 2 and 3 ns the second one. */
static void bounds_are_exact(void **state)
{
	static const char *const wanted[] = {
		"{le=\"1e-09\"} 1\n",	    "{le=\"3e-09\"} 1\n",
		"{le=\"1.023e-06\"} 1\n",   "{le=\"2.047e-06\"} 3\n",
		"{le=\"1.073741823\"} 3\n", "{le=\"+Inf\"} 4\n",
		"_sum 4.000002100\n",	    "_count 4\n",
	};
	const struct family family = { .name = "x_seconds" };
	const struct histogram histogram = {
		.count = { [0] = 1, [10] = 2, [HISTOGRAM_BUCKETS - 1] = 1 },
	};
	char *text = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&text, &len);

	(void)state;
	assert_non_null(stream);
	exposition_histogram(stream, &family, "", &histogram, 4000002100);
	fclose(stream);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		if (!strstr(text, wanted[i]))
			fail_msg("no %s in %s", wanted[i], text);
	free(text);
}

/*
 * The last minute
 */

/* A sample at a second: the pool had a peak before it, and so many maps. */
static void sample_at(struct minute *minute, uint64_t second, uint64_t peak,
		      struct interval *interval)
{
	struct snapshot sample = { 0 };

	fixture_mappings(&sample);
	sample.taken_ns = (1000 + second) * NS_PER_SEC;
	sample.realtime_ns = sample.boottime_ns = sample.taken_ns;
	sample.devices[0].totals.maps = 1000000 + 10 * second;
	sample.pools[0].used_peak = peak;
	assert_int_equal(minute_interval(minute, &sample, interval), 0);
	minute_keep(minute, &sample);
	snapshot_release(&sample);
}

/* Samples each 10 seconds: peaks start anew with each. */
static void a_peak_is_shown_for_a_minute(void **state)
{
	struct minute minute = { 0 };

	(void)state;
	for (uint64_t second = 0; second <= 300; second += 10) {
		const bool there = second >= 100 && second < 160;
		struct interval interval = { 0 };

		sample_at(&minute, second, second == 100 ? 3000 : 2048,
			  &interval);
		assert_int_equal(interval.figures.pools[0].used_peak,
				 there ? 3000 : 2048);
		assert_int_equal(interval.figures.devices[0].totals.maps,
				 second < 60 ? 1000000 + 10 * second : 600);
		interval_release(&interval);
	}
	assert_true(minute.count <= MINUTE_SAMPLES);
	minute_release(&minute);
}

/* More often than they are kept, and less often. */
static void a_minute_is_not_shorter(void **state)
{
	static const uint64_t every[] = { 1, 3, 7, 25, 90 };

	(void)state;
	for (size_t i = 0; i < sizeof(every) / sizeof(*every); i++) {
		struct minute minute = { 0 };

		for (uint64_t second = 0; second < 400; second += every[i]) {
			struct interval interval = { 0 };
			uint64_t ns;

			sample_at(&minute, second, 1500, &interval);
			ns = interval.figures.window.duration_ns;
			if (second >= 90)
				assert_in_range(ns, 60 * NS_PER_SEC,
						(70 + 2 * every[i]) *
							NS_PER_SEC);
			interval_release(&interval);
		}
		assert_true(minute.count <= MINUTE_SAMPLES);
		minute_release(&minute);
	}
}

/* Maps of the row for devices that are gone. */
static uint64_t gone_maps(const struct snapshot *snap)
{
	for (size_t i = 0; i < snap->nr_devices; i++)
		if (snap->devices[i].id == GONE_DEVICES_ID)
			return snap->devices[i].totals.maps;
	fail_msg("there is no such row");
	return 0;
}

/* One is gone from the start; the other one maps, and goes at 100 seconds. */
static void sample_of_two(struct snapshot *sample, uint64_t second)
{
	const uint64_t mapping = second < 100 ? second : 100;

	fixture_mappings(sample);
	assert_int_equal(sample->nr_devices, 2);
	sample->taken_ns = (1000 + second) * NS_PER_SEC;
	sample->devices[0].gone = second >= 100;
	sample->devices[0].totals.maps = 1000 + 10 * mapping;
	sample->devices[1].gone = true;
	sample->devices[1].totals.maps = 5000;
}

static void devices_that_go_are_one_row(void **state)
{
	struct minute minute = { 0 };

	(void)state;
	for (uint64_t second = 0; second <= 200; second += 10) {
		struct interval interval = { 0 };
		struct snapshot sample = { 0 };
		uint64_t wanted = 0;

		sample_of_two(&sample, second);
		gone_devices_fold(&sample);
		assert_int_equal(sample.nr_devices, second < 100 ? 2 : 1);
		assert_int_equal(gone_maps(&sample),
				 second < 100 ? 5000 : 7000);
		if (second < 60)
			wanted = 5000; /* the session is younger */
		else if (second >= 100 && second < 160)
			wanted = 10 * (160 - second);
		assert_int_equal(minute_interval(&minute, &sample, &interval),
				 0);
		assert_int_equal(gone_maps(&interval.figures), wanted);
		minute_keep(&minute, &sample);
		interval_release(&interval);
		snapshot_release(&sample);
	}
	minute_release(&minute);
}

/* What leaked goes on to be that row's. */
static void leaks_of_devices_that_go_are_kept(void **state)
{
	struct snapshot sample = { 0 };
	uint64_t leaked;

	(void)state;
	fixture_mappings(&sample);
	for (size_t i = 0; i < sample.nr_devices; i++)
		sample.devices[i].gone = true;
	snapshot_finish(&sample);
	leaked = sample.mappings.leaked;
	assert_true(leaked > 0);
	gone_devices_fold(&sample);
	snapshot_finish(&sample);
	assert_int_equal(sample.nr_devices, 1);
	assert_int_equal(sample.mappings.leaked, leaked);
	assert_int_equal(sample.devices[0].totals.leaked, leaked);
	snapshot_release(&sample);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_preferred_form_is_chosen),
		cmocka_unit_test(counters_of_devices_never_fall),
		cmocka_unit_test(the_number_of_devices_is_bounded),
		cmocka_unit_test(no_series_is_there_twice),
		cmocka_unit_test(histograms_of_pools_never_fall),
		cmocka_unit_test(bounds_are_exact),
		cmocka_unit_test(a_peak_is_shown_for_a_minute),
		cmocka_unit_test(a_minute_is_not_shorter),
		cmocka_unit_test(devices_that_go_are_one_row),
		cmocka_unit_test(leaks_of_devices_that_go_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
