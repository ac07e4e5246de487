/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "model/metrics.h"
#include "util/utf8.h"
#include "views/conversion.h"

/* Columns before those of metrics: when, and whose the figures are. */
static const char *const lead[] = {
	"window.realtime_ns",
	"window.monotonic_ns",
	"entity",
	"pool",
	"pool.id",
	"area",
	"device",
	"device.id",
};

/* RFC 4180: in quotes, with quotes doubled, whatever it has. */
static void put_text(FILE *stream, const char *text)
{
	char clean[NAME_LEN];

	fputc('"', stream);
	for (const char *c = utf8_clean(clean, sizeof(clean), text); *c; c++) {
		if (*c == '"')
			fputc('"', stream);
		fputc(*c, stream);
	}
	fputc('"', stream);
}

static int begin(void **state, FILE *stream)
{
	for (size_t i = 0; i < sizeof(lead) / sizeof(*lead); i++)
		fprintf(stream, "%s%s", i ? "," : "", lead[i]);
	for_each_metric (metric)
		fprintf(stream, ",%s (%s)", metric->metric,
			unit_name(metric->unit));
	fputs("\r\n", stream);
	*state = stream;
	return 0;
}

/* What an entity is not, or not part of, stays empty. */
static void put_entity(FILE *stream, enum scope scope,
		       const struct subject *subject)
{
	fprintf(stream, ",%s,", entity_table[scope].name);
	if (subject->pool)
		put_text(stream, subject->pool->name);
	fputc(',', stream);
	if (subject->pool)
		fprintf(stream, "%d", subject->pool->id);
	fputc(',', stream);
	if (subject->area)
		fprintf(stream, "%" PRIu32, subject->area->index);
	fputc(',', stream);
	if (subject->device)
		put_text(stream, subject->device->name);
	fputc(',', stream);
	if (subject->device)
		fprintf(stream, "%" PRIu32, subject->device->id);
}

/* Unknown is an empty field. */
static int put_row(enum scope scope, const struct subject *subject, void *data)
{
	const struct snapshot *snap = subject->snap;
	FILE *stream = data;
	int64_t value;

	if (snap->realtime_ns)
		fprintf(stream, "%" PRIu64, snap->realtime_ns);
	fprintf(stream, ",%" PRIu64, snap->taken_ns);
	put_entity(stream, scope, subject);
	for_each_metric (metric) {
		fputc(',', stream);
		if (metric->scope == scope &&
		    field_value(metric, subject, &value))
			fprintf(stream, "%" PRId64, value);
	}
	return fputs("\r\n", stream) == EOF ? -errno : 0;
}

static int add(void *state, const struct moment *moment)
{
	return subjects_visit(&moment->sample->figures, put_row, state);
}

static int end(void *state, int err)
{
	(void)state;
	return err;
}

const struct conversion csv_conversion = {
	.name = "csv",
	.begin = begin,
	.add = add,
	.end = end,
};
