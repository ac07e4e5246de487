/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_SCRAPE_PARTS_H
#define VIEWS_SCRAPE_PARTS_H

/* What the parts of a scrape share. */

#include "model/schema.h"
#include "views/families.h"
#include "views/scrape.h"

/**
 * struct scrape_row - a pool, an area, a device, ... that has a series in a
 * family
 * @labels: of the series, owned
 * @subject: it
 * @minute: the same in the last minute
 */
struct scrape_row {
	char *labels;
	struct subject subject;
	struct subject minute;
};

/**
 * struct scrape_unknown - a family with a series that is not there
 * @family: the family
 * @reason: why, lives as long as the sample
 */
struct scrape_unknown {
	struct family family;
	const char *reason;
};

/**
 * struct scrape_writing - a text in the making
 * @scrape: what is shown
 * @snap: its latest sample
 * @form: the form of the text
 * @stream: where to
 * @rows: the series of the families that are being written
 * @count: how many
 * @others: devices that have one series together
 * @nr_others: how many
 * @unknown: what is unknown so far
 * @nr_unknown: how many
 */
struct scrape_writing {
	const struct scrape *scrape;
	const struct snapshot *snap;
	enum exposition_form form;
	FILE *stream;
	struct scrape_row *rows;
	size_t count;
	struct subject *others;
	size_t nr_others;
	struct scrape_unknown *unknown;
	size_t nr_unknown;
};

/**
 * scrape_unknown() - remember that a series of a family is not there
 * @reason: why; kept by the caller for as long as the sample
 *
 * Return: 0 or -ENOMEM.
 */
int scrape_unknown(struct scrape_writing *w, const struct family *family,
		   const char *reason);

/**
 * scrape_rows() - find what has a series in the families of a scope
 *
 * Fills in the rows and the others, to be ended with scrape_rows_clear().
 *
 * Return: 0 or -ENOMEM.
 */
int scrape_rows(struct scrape_writing *w, enum scope scope);

/** scrape_rows_clear() - there are none any more */
void scrape_rows_clear(struct scrape_writing *w);

/**
 * scrape_histograms() - write those of waits and holds
 *
 * Return: 0 or -ENOMEM.
 */
int scrape_histograms(struct scrape_writing *w);

/** scrape_findings() - write which findings there are */
void scrape_findings(const struct scrape_writing *w);

/** scrape_exporter() - write what the exporter is, and what it costs */
void scrape_exporter(const struct scrape_writing *w);

#endif
