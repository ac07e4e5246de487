/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_SCRAPE_H
#define VIEWS_SCRAPE_H

/*
 * What an exporter shows of one sample: the metrics of the schema, bounded in
 * number, histograms, findings, what is unknown and why, losses, and the
 * exporter's own cost.
 */

#include "model/interval.h"
#include "model/roster.h"
#include "util/confine.h"
#include "views/exposition.h"

/**
 * struct scrape_own - the exporter itself
 * @started_ns: CLOCK_REALTIME when it began
 * @samples: taken so far
 * @sample_ns: how long the latest one took
 * @sampled_at_ns: CLOCK_REALTIME of it
 * @scrapes: texts made so far
 * @scrape_ns: how long the latest one took to make
 * @cpu_ns: processor time of the process
 * @resident_bytes: its memory; 0 = unknown
 * @write_errors: texts that could not be written to their file
 */
struct scrape_own {
	uint64_t started_ns;
	uint64_t samples;
	uint64_t sample_ns;
	uint64_t sampled_at_ns;
	uint64_t scrapes;
	uint64_t scrape_ns;
	uint64_t cpu_ns;
	uint64_t resident_bytes;
	uint64_t write_errors;
};

/**
 * struct scrape - all that is shown
 * @total: the latest sample, with counters since the session began
 * @minute: the same, with peaks and findings of the last minute
 * @pools: pools with a series of their own
 * @devices: devices likewise
 * @confinement: what the exporter has given up
 * @own: the exporter
 * @per_area: histograms of each area as well
 * @in_file: others' metrics stand beside it, and may have names without a
 *	prefix, such as process_cpu_seconds_total
 */
struct scrape {
	const struct interval *total;
	const struct interval *minute;
	const struct roster *pools;
	const struct roster *devices;
	const struct confinement *confinement;
	const struct scrape_own *own;
	bool per_area;
	bool in_file;
};

/**
 * scrape_write() - write it
 * @scrape: what to show
 * @form: the form
 * @stream: where to; its errors are the caller's
 *
 * Return: 0 or -ENOMEM.
 */
int scrape_write(const struct scrape *scrape, enum exposition_form form,
		 FILE *stream);

#endif
