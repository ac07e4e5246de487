// SPDX-License-Identifier: GPL-2.0-only
#include "model/growth.h"
#include "unit.h"
#include "util/units.h"

#define DEVICE 7
#define EVERY  (100 * NS_PER_MS)

/* A watch with samples of one device, ten a second. */
struct watch {
	struct growth_track *track;
	uint64_t now;
	uint64_t ends;
	int64_t ended;
};

static struct watch begin(void)
{
	struct watch watch = { .track = growth_track_new(), .now = NS_PER_SEC };

	assert_non_null(watch.track);
	return watch;
}

static void sample(struct watch *watch, int64_t balance, uint64_t ended)
{
	watch->ends += ended;
	growth_track_begin(watch->track, watch->now);
	assert_int_equal(growth_track_add(watch->track, DEVICE, balance,
					  watch->ends),
			 0);
	growth_track_end(watch->track);
	watch->now += EVERY;
}

static struct growth end(struct watch *watch)
{
	struct growth growth;

	growth_track_read(watch->track, DEVICE, watch->ended, &growth);
	growth_track_free(watch->track);
	return growth;
}

/* What is kept, and nothing else: exact, however late and short. */
static void what_is_kept_is_exact(void **state)
{
	static const unsigned int lengths[] = { 1, 2, 5, 50, 500, 5000 };

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		for (unsigned int late = 1; late <= lengths[i]; late *= 3) {
			struct watch watch = begin();
			struct growth growth;

			sample(&watch, 0, 0);
			for (unsigned int s = 1; s <= lengths[i]; s++)
				sample(&watch, s >= late ? 37 : 0, 0);
			growth = end(&watch);
			assert_int_equal(growth.grown, 37);
			assert_int_equal(growth.late_ends, 0);
			assert_false(growth_goes_on(&growth));
		}
	}
}

/*
 * Unmaps of a ring were missed late in the watch, and its slots are free: it
 * has not grown. What was kept besides is exact.
 */
static void ended_unseen(void **state)
{
	static const int64_t keeps[] = { 0, 37 };

	(void)state;
	for (size_t i = 0; i < sizeof(keeps) / sizeof(*keeps); i++) {
		struct watch watch = begin();
		struct growth growth;

		sample(&watch, 256, 0);
		for (unsigned int s = 0; s < 20; s++)
			sample(&watch, 256 + keeps[i], 100);
		for (unsigned int s = 0; s < 5; s++)
			sample(&watch, 256 + keeps[i] + 43, 0);
		watch.ended = 43;
		growth = end(&watch);
		assert_int_equal(growth.grown, keeps[i]);
	}
}

/* It was mapped after a load that is over. */
static void kept_after_a_load(void **state)
{
	struct watch watch = begin();

	(void)state;
	sample(&watch, 0, 0);
	for (unsigned int s = 0; s < 20; s++)
		sample(&watch, 5 + s % 4, 100);
	for (unsigned int s = 0; s < 4; s++)
		sample(&watch, 0, 0);
	for (unsigned int s = 0; s < 10; s++)
		sample(&watch, 37, 0);
	assert_int_equal(end(&watch).grown, 37);
}

/* What a ring leaks adds up; the ring may be seen a little too small at times.
 */
static void a_ring_that_leaks(void **state)
{
	static const unsigned int seconds[] = { 5, 60 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		unsigned int samples = 10 * seconds[i];
		struct watch watch = begin();
		struct growth growth;

		for (unsigned int s = 0; s <= samples; s++)
			sample(&watch, 2 * s - (s % 16 == 7 ? 10 : s % 2),
			       2000);
		growth = end(&watch);
		assert_in_range(growth.grown, 20 * seconds[i] * 95 / 100,
				20 * seconds[i] * 105 / 100);
		assert_in_range(growth_per_hour(&growth), 19 * 3600, 21 * 3600);
		for (unsigned int p = 0; p < GROWTH_PARTS; p++)
			growth.kept[p] = 2;
		assert_true(growth_goes_on(&growth));
		growth.kept[3] = 0;
		assert_true(growth_goes_on(&growth));
		growth.kept[4] = 0;
		assert_false(growth_goes_on(&growth));
	}
}

/* It falls by one with each packet and is filled up in one go. */
static int64_t sawtooth(unsigned int at, unsigned int depth)
{
	return -(int64_t)(at % depth);
}

static void a_ring_in_steady_state(void **state)
{
	static const unsigned int depths[] = { 1, 2, 16, 33, 64 };

	(void)state;
	for (size_t d = 0; d < sizeof(depths) / sizeof(*depths); d++) {
		for (unsigned int phase = 0; phase < depths[d]; phase++) {
			for (unsigned int rate = 1; rate < 40; rate++) {
				struct watch watch = begin();
				int64_t first = sawtooth(phase, depths[d]);
				struct growth growth;

				for (unsigned int s = 0; s < 51; s++)
					sample(&watch,
					       sawtooth(phase + s * rate / 4,
							depths[d]) -
						       first,
					       rate);
				growth = end(&watch);
				assert_in_range(growth.grown, 0, depths[d]);
				/* A faster one keeps nothing from part to part.
				 */
				for (unsigned int p = 0;
				     p < GROWTH_PARTS && 2 * rate < depths[d];
				     p++)
					growth.kept[p] = 40;
				assert_false(growth_goes_on(&growth));
			}
		}
	}
}

/* It has gone round between the first hook and the first sample. */
static void a_ring_that_is_followed(void **state)
{
	struct watch watch = begin();
	struct growth growth;

	(void)state;
	for (unsigned int s = 0; s < 50; s++)
		sample(&watch, 256 - (s % 3 == 1), 400);
	growth = end(&watch);
	assert_int_equal(growth.grown, 0);
	assert_int_equal(growth.fell, 0);
}

/* Few samples, as of a watch that is short or of a busy machine. */
static void a_ring_that_is_filled_soon(void **state)
{
	(void)state;
	for (unsigned int samples = 1; samples < 4; samples++) {
		struct watch watch = begin();

		sample(&watch, 0, 0);
		for (unsigned int s = 0; s < samples; s++)
			sample(&watch, 256, 100);
		assert_int_equal(end(&watch).grown, 256);
	}
}

/* A ring that is filled in the watch is growth, which does not go on. */
static void a_ring_that_is_filled(void **state)
{
	struct watch watch = begin();
	struct growth growth;

	(void)state;
	for (unsigned int s = 0; s < 10; s++)
		sample(&watch, 0, 0);
	for (unsigned int s = 0; s < 40; s++)
		sample(&watch, 256 - s % 3, 1);
	growth = end(&watch);
	assert_in_range(growth.grown, 253, 256);
	assert_true(growth.flat);
	assert_int_not_equal(growth.late_ends, 0);
	assert_false(growth_goes_on(&growth));
}

static int part_at(const struct watch *watch, uint64_t at_ns)
{
	const struct growth_parts parts = growth_track_parts(watch->track);

	return growth_part(&parts, at_ns);
}

/* Too short to tell: no error for growth. */
static void too_few_samples(void **state)
{
	struct watch watch = begin();
	struct growth growth;

	(void)state;
	for (unsigned int s = 0; s < 11; s++)
		sample(&watch, 10 * s, 100);
	assert_int_equal(part_at(&watch, watch.now), -1);
	growth = end(&watch);
	assert_false(growth.judged);
	assert_in_range(growth.grown, 90, 100);
	assert_false(growth_goes_on(&growth));
	assert_int_equal(growth_per_hour(&growth), 0);
}

static void parts_of_the_watch(void **state)
{
	struct watch watch = begin();

	(void)state;
	for (unsigned int s = 0; s < 60; s++)
		sample(&watch, 0, 0);
	assert_int_equal(part_at(&watch, NS_PER_SEC - 1), -1);
	assert_int_equal(part_at(&watch, NS_PER_SEC), 0);
	assert_int_equal(part_at(&watch, NS_PER_SEC + EVERY * 25), 2);
	assert_int_equal(part_at(&watch, watch.now), GROWTH_PARTS - 1);
	end(&watch);
}

/* A device that has gone leaves another one at its place no fluctuation. */
static void a_device_that_goes(void **state)
{
	struct watch watch = begin();
	struct growth growth;

	(void)state;
	for (unsigned int s = 0; s < 60; s++)
		sample(&watch, 100, 10);
	for (unsigned int s = 0; s < 60; s++) {
		growth_track_begin(watch.track, watch.now);
		growth_track_end(watch.track);
		watch.now += EVERY;
	}
	watch.ends = 0;
	for (unsigned int s = 0; s < 60; s++)
		sample(&watch, 37, 0);
	growth = end(&watch);
	assert_int_equal(growth.grown, 37);
	assert_int_equal(growth.fell, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_kept_is_exact),
		cmocka_unit_test(ended_unseen),
		cmocka_unit_test(kept_after_a_load),
		cmocka_unit_test(a_ring_that_leaks),
		cmocka_unit_test(a_ring_in_steady_state),
		cmocka_unit_test(a_ring_that_is_followed),
		cmocka_unit_test(a_ring_that_is_filled_soon),
		cmocka_unit_test(a_ring_that_is_filled),
		cmocka_unit_test(too_few_samples),
		cmocka_unit_test(parts_of_the_watch),
		cmocka_unit_test(a_device_that_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
