/* SPDX-License-Identifier: GPL-2.0-only */
#include "commands/exporter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/gone_devices.h"
#include "sources/live.h"
#include "util/clock.h"
#include "util/log.h"

int exporter_open(struct exporter *exporter, unsigned int levels)
{
	/* They have one series, and many may come and go. */
	const struct live_options options = {
		.levels = levels,
		.fold_gone = true,
		.counts_only = true,
	};
	struct source *source;
	int err = live_open(&source, &options);

	if (err)
		return err;
	sampler_open(&exporter->sampler, source);
	confine_probe(&exporter->confinement);
	exporter->own.started_ns = exporter->sampler.start_ns;
	exporter->statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	return 0;
}

void exporter_close(struct exporter *exporter)
{
	if (exporter->statm >= 0)
		close(exporter->statm);
	roster_release(&exporter->devices);
	roster_release(&exporter->pools);
	interval_release(&exporter->minute);
	minute_release(&exporter->kept);
	interval_release(&exporter->total);
	journaling_release(&exporter->journaling);
	sampler_close(&exporter->sampler);
}

int exporter_poll(struct exporter *exporter)
{
	return sampler_poll(&exporter->sampler);
}

static int compare(struct exporter *exporter, const struct snapshot *sample)
{
	int err;

	interval_release(&exporter->total);
	interval_release(&exporter->minute);
	err = interval_make(NULL, sample, NULL, &exporter->total);
	if (!err)
		err = minute_interval(&exporter->kept, sample,
				      &exporter->minute);
	if (!err)
		err = roster_follow_pools(&exporter->pools, sample);
	if (!err)
		err = roster_follow_devices(&exporter->devices, sample);
	if (err)
		log_error("cannot compare with earlier samples: %s",
			  strerror(-err));
	return err;
}

int exporter_sample(struct exporter *exporter)
{
	const uint64_t begin_ns = monotonic_ns();
	struct snapshot sample = { 0 };
	int err = sampler_take(&exporter->sampler, &sample);

	if (!err) {
		gone_devices_fold(&sample);
		err = compare(exporter, &sample);
	}
	if (!err && exporter->journal)
		err = journaling_follow(&exporter->journaling, &sample);
	if (!err) {
		exporter->own.samples++;
		exporter->own.sampled_at_ns = sample.realtime_ns;
		if (minute_keep(&exporter->kept, &sample))
			err = source_reset_peaks(exporter->sampler.source);
	}
	snapshot_release(&sample);
	exporter->own.sample_ns = monotonic_ns() - begin_ns;
	return err;
}

/* The second number of statm: pages. */
static uint64_t resident_bytes(const struct exporter *exporter)
{
	char text[128], *end;
	ssize_t got = exporter->statm < 0 ? -1
					  : pread(exporter->statm, text,
						  sizeof(text) - 1, 0);

	if (got <= 0)
		return 0;
	text[got] = '\0';
	strtoull(text, &end, 10);
	return strtoull(end, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

int exporter_write(struct exporter *exporter, enum exposition_form form,
		   bool in_file, FILE *stream)
{
	const struct scrape scrape = {
		.total = &exporter->total,
		.minute = &exporter->minute,
		.pools = &exporter->pools,
		.devices = &exporter->devices,
		.confinement = &exporter->confinement,
		.own = &exporter->own,
		.per_area = exporter->per_area,
		.in_file = in_file,
	};
	const uint64_t begin_ns = monotonic_ns();
	int err;

	exporter->own.cpu_ns = process_cpu_ns();
	exporter->own.resident_bytes = resident_bytes(exporter);
	err = scrape_write(&scrape, form, stream);
	exporter->own.scrapes++;
	exporter->own.scrape_ns = monotonic_ns() - begin_ns;
	return err;
}
