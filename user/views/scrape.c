/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/scrape.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/metrics.h"
#include "views/scrape_parts.h"

#define MINUTE "60s"

/*
 * What is unknown
 */

int scrape_unknown(struct scrape_writing *w, const struct family *family,
		   const char *reason)
{
	struct scrape_unknown *list;

	for (size_t i = 0; i < w->nr_unknown; i++)
		if (!strcmp(w->unknown[i].family.name, family->name) &&
		    !strcmp(w->unknown[i].reason, reason))
			return 0;
	list = reallocarray(w->unknown, w->nr_unknown + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	w->unknown = list;
	list[w->nr_unknown++] =
		(struct scrape_unknown){ .family = *family, .reason = reason };
	return 0;
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

/*
 * Rows
 */

void scrape_rows_clear(struct scrape_writing *w)
{
	for (size_t i = 0; i < w->count; i++)
		free(w->rows[i].labels);
	free(w->rows);
	free(w->others);
	w->rows = NULL;
	w->others = NULL;
	w->count = w->nr_others = 0;
}

static int add_row(struct scrape_writing *w, enum scope scope,
		   const struct subject *subject, const char *labels)
{
	struct scrape_row *rows =
		reallocarray(w->rows, w->count + 1, sizeof(*rows));
	struct scrape_row *row;

	if (!rows)
		return -ENOMEM;
	w->rows = rows;
	row = &rows[w->count];
	*row = (struct scrape_row){ .subject = *subject };
	if (scope <= SCOPE_DEVICE)
		subject_in(scope, subject, &w->scrape->minute->figures,
			   &row->minute);
	row->labels = strdup(labels);
	if (!row->labels)
		return -ENOMEM;
	w->count++;
	return 0;
}

static int add_other(struct scrape_writing *w, const struct subject *subject)
{
	struct subject *others =
		reallocarray(w->others, w->nr_others + 1, sizeof(*others));

	if (!others)
		return -ENOMEM;
	w->others = others;
	others[w->nr_others++] = *subject;
	return 0;
}

static int add_areas(struct scrape_writing *w, const struct pool *pool)
{
	struct subject subject = { .snap = w->snap, .pool = pool };
	int err = 0;

	for (unsigned int i = 0; !err && i < pool->nr_areas; i++) {
		char labels[LABELS_LEN] = "";

		subject.area = &pool->areas[i];
		exposition_label(labels, "pool", pool->name);
		exposition_label_number(labels, "area", subject.area->index);
		err = add_row(w, SCOPE_AREA, &subject, labels);
	}
	return err;
}

static int add_pool(struct scrape_writing *w, const struct pool *pool)
{
	const struct subject subject = { .snap = w->snap, .pool = pool };
	char labels[LABELS_LEN] = "";

	exposition_label(labels, "pool", pool->name);
	return add_row(w, SCOPE_POOL, &subject, labels);
}

static int add_pools(struct scrape_writing *w, enum scope scope)
{
	int err = 0;

	for (size_t i = 0; !err && i < w->snap->nr_pools; i++) {
		const struct pool *pool = &w->snap->pools[i];

		if (!roster_has(w->scrape->pools, pool->id))
			continue;
		err = scope == SCOPE_AREA ? add_areas(w, pool)
					  : add_pool(w, pool);
	}
	return err;
}

static int add_devices(struct scrape_writing *w)
{
	struct subject subject = { .snap = w->snap };
	int err = 0;

	for (size_t i = 0; !err && i < w->snap->nr_devices; i++) {
		char labels[LABELS_LEN] = "";

		subject.device = &w->snap->devices[i];
		exposition_label(labels, "device", subject.device->name);
		if (!subject.device->gone &&
		    roster_has(w->scrape->devices, subject.device->id))
			err = add_row(w, SCOPE_DEVICE, &subject, labels);
		else
			err = add_other(w, &subject);
	}
	return err;
}

static int add_losses(struct scrape_writing *w)
{
	struct subject subject = { .snap = w->snap };
	int err = 0;

	for (size_t i = 0; !err && i < w->snap->nr_losses; i++) {
		char labels[LABELS_LEN] = "";

		subject.item = &w->snap->losses[i];
		exposition_label(labels, "cause", w->snap->losses[i].cause);
		err = add_row(w, SCOPE_LOSS, &subject, labels);
	}
	return err;
}

int scrape_rows(struct scrape_writing *w, enum scope scope)
{
	const struct subject subject = { .snap = w->snap };

	switch (scope) {
	case SCOPE_SYSTEM:
		return add_row(w, scope, &subject, "");
	case SCOPE_DEVICE:
		return add_devices(w);
	case SCOPE_LOSS:
		return add_losses(w);
	default:
		return add_pools(w, scope);
	}
}

/*
 * Families
 */

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
