/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMMANDS_EXPORTER_H
#define COMMANDS_EXPORTER_H

/*
 * Takes samples of the running kernel and writes the latest one as metrics. A
 * text is made of what was sampled last: making one reads nothing of the
 * kernel, however often it is asked for.
 */

#include "commands/journaling.h"
#include "commands/sampler.h"
#include "model/minute.h"
#include "util/confine.h"
#include "views/scrape.h"

/**
 * struct exporter - an exporter; zeroed but for the options before it is opened
 * @per_area: option: histograms of each area as well
 * @journal: option: the systemd journal is told of findings
 * @sampler: what is attached
 * @total: the latest sample, with counters since the session began
 * @kept: samples of the last minute
 * @minute: what happened in it
 * @pools: pools with series of their own
 * @devices: devices likewise
 * @journaling: findings so far, with @journal
 * @confinement: what the process has given up
 * @own: samples, texts and cost so far
 * @statm: /proc/self/statm; -1 = it could not be opened
 */
struct exporter {
	bool per_area;
	bool journal;
	struct sampler sampler;
	struct interval total;
	struct minute kept;
	struct interval minute;
	struct roster pools;
	struct roster devices;
	struct journaling journaling;
	struct confinement confinement;
	struct scrape_own own;
	int statm;
};

/**
 * exporter_open() - attach
 * @exporter: to be ended with exporter_close() when this succeeds
 * @levels: bits of enum level, to attach
 *
 * Nothing is opened later. Logs why when it fails.
 *
 * Return: 0 or negative errno.
 */
int exporter_open(struct exporter *exporter, unsigned int levels);

/** exporter_close() - detach and free everything */
void exporter_close(struct exporter *exporter);

/**
 * exporter_poll() - follow peaks, to be called a few times a second
 *
 * Return: 0 or negative errno.
 */
int exporter_poll(struct exporter *exporter);

/**
 * exporter_sample() - take a sample
 *
 * Return: 0, or negative errno and a message says why.
 */
int exporter_sample(struct exporter *exporter);

/**
 * exporter_write() - write the latest sample
 * @exporter: the exporter
 * @form: the form
 * @in_file: as struct scrape.in_file
 * @stream: where to; its errors are the caller's
 *
 * Return: 0 or negative errno.
 */
int exporter_write(struct exporter *exporter, enum exposition_form form,
		   bool in_file, FILE *stream);

#endif
