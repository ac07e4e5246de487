/* SPDX-License-Identifier: GPL-2.0-only */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "model_fixture.h"
#include "sources/recording.h"
#include "util/units.h"
#include "views/json.h"

static const enum json_style styles[] = { JSON_LINE, JSON_INDENTED, JSON_LINE };

/* Three samples, a second apart. */
static void save(FILE *file)
{
	struct snapshot sample;

	fixture_mappings(&sample);
	for (unsigned int i = 0; i < 3; i++) {
		struct interval interval;

		sample.realtime_ns = (10 + i) * NS_PER_SEC;
		assert_int_equal(interval_make(NULL, &sample, NULL, &interval),
				 0);
		assert_int_equal(json_report(&interval, styles[i], file), 0);
		interval_release(&interval);
	}
	snapshot_release(&sample);
}

static struct source *open_saved(char *path)
{
	struct source *source;
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");

	save(file);
	fclose(file);
	assert_int_equal(recording_open(&source, path), 0);
	unlink(path);
	return source;
}

static void assert_next(struct source *source, uint64_t seconds)
{
	struct snapshot sample;

	assert_int_equal(source_next(source, &sample), 0);
	assert_int_equal(sample.realtime_ns, seconds * NS_PER_SEC);
	assert_int_equal(sample.nr_devices, 2);
	snapshot_release(&sample);
}

static void assert_at_end(struct source *source)
{
	struct snapshot sample;

	assert_int_equal(source_next(source, &sample), -ENODATA);
	assert_int_equal(sample.nr_pools, 0);
}

static void saved_samples_come_in_order(void **state)
{
	char path[] = "/tmp/swiotlb-unit-XXXXXX";
	struct source *source = open_saved(path);

	(void)state;
	for (uint64_t i = 10; i < 13; i++)
		assert_next(source, i);
	assert_at_end(source);
	assert_at_end(source);
	source_close(source);
}

static void a_time_is_found(void **state)
{
	char path[] = "/tmp/swiotlb-unit-XXXXXX";
	struct source *source = open_saved(path);

	(void)state;
	assert_int_equal(source_seek(source, 11 * NS_PER_SEC), 0);
	assert_next(source, 11);
	assert_next(source, 12);
	assert_int_equal(source_seek(source, 10 * NS_PER_SEC + 1), 0);
	assert_int_equal(source_seek(source, 0), 0);
	assert_next(source, 10);
	assert_int_equal(source_seek(source, 13 * NS_PER_SEC), 0);
	assert_at_end(source);
	source_close(source);
}

static void only_live_sources_are_steered(void **state)
{
	char path[] = "/tmp/swiotlb-unit-XXXXXX";
	struct source *source = open_saved(path);

	(void)state;
	assert_int_equal(source_poll(source), 0);
	assert_int_equal(source_reset_peaks(source), -EOPNOTSUPP);
	assert_int_equal(source_set_levels(source, 0), -EOPNOTSUPP);
	assert_int_equal(source_time_programs(source, true), -EOPNOTSUPP);
	source_close(source);
	source_close(NULL);
}

static int give_nothing(void *self, struct snapshot *sample)
{
	(void)self;
	(void)sample;
	return -ENODATA;
}

static void count_ends(void *self)
{
	++*(unsigned int *)self;
}

static void a_stream_has_no_places(void **state)
{
	static const struct source_type stream = { .next = give_nothing,
						   .close = count_ends };
	unsigned int ends = 0;
	struct source *source = source_new(&stream, &ends);

	(void)state;
	assert_non_null(source);
	assert_int_equal(source_seek(source, 0), -ESPIPE);
	source_close(source);
	assert_int_equal(ends, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(saved_samples_come_in_order),
		cmocka_unit_test(a_time_is_found),
		cmocka_unit_test(only_live_sources_are_steered),
		cmocka_unit_test(a_stream_has_no_places),
	};

	return cmocka_run_group_tests_name("sources", tests, NULL, NULL);
}
