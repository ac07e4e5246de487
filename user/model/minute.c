/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/minute.h"

#include <string.h>

#include "model/delta.h"
#include "util/units.h"

#define MINUTE_NS (60 * NS_PER_SEC)
#define KEEP_NS	  (10 * NS_PER_SEC)

/* Samples are taken in time, or a little early. */
#define EARLY_NS (50 * NS_PER_MS)

void minute_release(struct minute *minute)
{
	for (size_t i = 0; i < minute->count; i++)
		snapshot_release(&minute->samples[i]);
	minute->count = 0;
}

static bool has_age(const struct snapshot *sample, uint64_t now_ns,
		    uint64_t age_ns)
{
	return now_ns + EARLY_NS >= sample->taken_ns + age_ns;
}

/* The youngest one that is a minute old; the count of samples = none is. */
static size_t begin_of(const struct minute *minute, uint64_t now_ns)
{
	size_t begin = minute->count;

	for (size_t i = 0; i < minute->count; i++)
		if (has_age(&minute->samples[i], now_ns, MINUTE_NS))
			begin = i;
	return begin;
}

int minute_interval(const struct minute *minute, const struct snapshot *sample,
		    struct interval *interval)
{
	const size_t begin = begin_of(minute, sample->taken_ns);
	const bool whole = begin < minute->count;
	struct snapshot raised = { 0 };
	int err = snapshot_copy(&raised, sample);

	if (err)
		return err;
	for (size_t i = whole ? begin + 1 : 0; i < minute->count; i++)
		snapshot_raise_peaks(&raised, &minute->samples[i]);
	err = interval_make(whole ? &minute->samples[begin] : NULL, &raised,
			    NULL, interval);
	snapshot_release(&raised);
	return err;
}

static void drop(struct minute *minute, size_t count)
{
	for (size_t i = 0; i < count; i++)
		snapshot_release(&minute->samples[i]);
	minute->count -= count;
	memmove(minute->samples, minute->samples + count,
		minute->count * sizeof(*minute->samples));
}

bool minute_keep(struct minute *minute, struct snapshot *sample)
{
	const struct snapshot *last =
		minute->count ? &minute->samples[minute->count - 1] : NULL;
	size_t begin;

	if (last && !has_age(last, sample->taken_ns, KEEP_NS))
		return false;
	begin = begin_of(minute, sample->taken_ns);
	if (begin < minute->count)
		drop(minute, begin);
	if (minute->count == MINUTE_SAMPLES)
		drop(minute, 1);
	minute->samples[minute->count++] = *sample;
	memset(sample, 0, sizeof(*sample));
	return true;
}
