/* SPDX-License-Identifier: GPL-2.0-only */
/* What has series, and what has none. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/metrics.h"
#include "views/scrape_parts.h"

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
