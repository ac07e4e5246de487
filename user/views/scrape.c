/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/scrape.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/metrics.h"
#include "views/scrape_parts.h"

#define MINUTE "60s"

static void begin_once(const struct scrape_writing *w,
		       const struct family *family, bool *begun)
{
	if (!*begun)
		exposition_family(w->stream, w->form, family);
	*begun = true;
}

/* A peak is that of the last minute, whoever else scrapes, and says so. */
static void write_row(struct scrape_writing *w, const struct field *field,
		      const struct family *family, const struct scrape_row *row,
		      int64_t value)
{
	char labels[LABELS_LEN];

	if (field->kind != KIND_PEAK) {
		exposition_sample(w->stream, family, row->labels, field->unit,
				  value);
		return;
	}
	snprintf(labels, sizeof(labels), "%s", row->labels);
	exposition_label(labels, "window", MINUTE);
	exposition_sample(w->stream, family, labels, field->unit, value);
}

/* Of ages the highest, of all else the sum. */
static bool value_of_others(const struct scrape_writing *w,
			    const struct field *field, int64_t *sum)
{
	const bool age = field->kind == KIND_GAUGE && field->unit == UNIT_NS;

	*sum = 0;
	for (size_t i = 0; i < w->nr_others; i++) {
		int64_t value;

		if (!field_value(field, &w->others[i], &value))
			return false;
		if (!age)
			*sum += value;
		else if (value > *sum)
			*sum = value;
	}
	return true;
}

static int write_others(struct scrape_writing *w, const struct field *field,
			const struct family *family, bool *begun)
{
	char labels[LABELS_LEN] = "";
	int64_t sum;

	if (!w->nr_others)
		return 0;
	if (!value_of_others(w, field, &sum))
		return scrape_unknown(w, family,
				      field_unknown_reason(field, w->others));
	exposition_label(labels, "device", ROSTER_OTHERS);
	begin_once(w, family, begun);
	exposition_sample(w->stream, family, labels, field->unit, sum);
	return 0;
}

static int write_field(struct scrape_writing *w, const struct field *field)
{
	const char *missing = field_missing(field, w->snap);
	struct family family;
	bool begun = false;
	int err = 0;

	family_of(field, &family);
	if (missing)
		return scrape_unknown(w, &family, missing);
	for (size_t i = 0; !err && i < w->count; i++) {
		const struct scrape_row *row = &w->rows[i];
		const struct subject *subject =
			field->kind == KIND_PEAK ? &row->minute : &row->subject;
		int64_t value;

		if (!field_value(field, subject, &value)) {
			err = scrape_unknown(w, &family,
					     field_unknown_reason(field,
								  subject));
			continue;
		}
		begin_once(w, &family, &begun);
		write_row(w, field, &family, row, value);
	}
	return err ? err : write_others(w, field, &family, &begun);
}

static int write_scope(struct scrape_writing *w, enum scope scope)
{
	int err = scrape_rows(w, scope);

	for_each_field (field, scope)
		if (!err && is_family(field) && !is_quantile(field))
			err = write_field(w, field);
	scrape_rows_clear(w);
	return err;
}

static void write_unknown(const struct scrape_writing *w)
{
	static const struct family family = {
		.name = "swiotlb_unknown",
		.type = FAMILY_INFO,
		.help = "a metric, or a series of it, is absent, and why",
	};

	if (!w->nr_unknown)
		return;
	exposition_family(w->stream, w->form, &family);
	for (size_t i = 0; i < w->nr_unknown; i++) {
		const struct scrape_unknown *unknown = &w->unknown[i];
		char labels[LABELS_LEN] = "", name[FAMILY_NAME_LEN + 8];
		const bool counter = unknown->family.type == FAMILY_COUNTER;

		stpcpy(stpcpy(name, unknown->family.name),
		       counter ? "_total" : "");
		exposition_label(labels, "metric", name);
		exposition_label(labels, "reason", unknown->reason);
		exposition_sample(w->stream, &family, labels, UNIT_COUNT, 1);
	}
}

int scrape_write(const struct scrape *scrape, enum exposition_form form,
		 FILE *stream)
{
	static const enum scope scopes[] = { SCOPE_SYSTEM, SCOPE_POOL,
					     SCOPE_AREA, SCOPE_DEVICE,
					     SCOPE_LOSS };
	struct scrape_writing w = {
		.scrape = scrape,
		.snap = &scrape->total->figures,
		.form = form,
		.stream = stream,
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(scopes) / sizeof(*scopes); i++)
		err = write_scope(&w, scopes[i]);
	if (!err)
		err = scrape_histograms(&w);
	if (!err) {
		scrape_findings(&w);
		scrape_exporter(&w);
		write_unknown(&w);
		exposition_end(stream, form);
	}
	free(w.unknown);
	return err;
}
