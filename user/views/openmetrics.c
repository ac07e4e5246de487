/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The metrics of the schema as OpenMetrics 1.0. All points of a series stand
 * behind each other there, so samples are kept in a file until the end, and
 * memory holds a few points of each series.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/metrics.h"
#include "util/log.h"
#include "util/units.h"
#include "views/conversion.h"
#include "views/families.h"

/* Points of a series that are kept in memory. */
#define POINTS 64

/* What cannot be the value of a figure. */
#define UNKNOWN INT64_MIN

/**
 * struct chunk - points of all metrics of an entity, behind each other in the
 *	file
 * @next: where in the file the next one of the entity is; 0 = there is none
 * @count: how many points
 * @at_ns: their times, CLOCK_REALTIME
 * @values: the points of the first metric, then those of the next one, ...
 */
struct chunk {
	uint64_t next;
	uint64_t count;
	uint64_t at_ns[POINTS];
	int64_t values[][POINTS];
};

/**
 * struct series - an entity
 * @scope: what it is
 * @labels: its labels, by which it is known
 * @first: where in the file its first chunk is; 0 = none is in it
 * @last: the last one, likewise
 * @chunk: the points behind them; NULL = it is gone
 * @seen: number of the sample that had it last
 */
struct series {
	enum scope scope;
	char *labels;
	uint64_t first;
	uint64_t last;
	struct chunk *chunk;
	uint64_t seen;
};

/**
 * struct openmetrics - samples, by series
 * @list: the series
 * @count: how many
 * @place: behind the one that was found last
 * @samples: taken in so far
 * @at_ns: time of the latest one
 * @file: chunks that are full; NULL = there are none
 * @size: its length; it begins with a byte that is no chunk
 */
struct openmetrics {
	struct series *list;
	size_t count;
	size_t place;
	uint64_t samples;
	uint64_t at_ns;
	FILE *file;
	uint64_t size;
};

static size_t family_count(enum scope scope)
{
	size_t count = 0;

	for_each_field (field, scope)
		count += is_family(field);
	return count;
}

/* Names may be those of several: the number tells them apart. */
static void labels_of(enum scope scope, const struct subject *subject,
		      char *labels)
{
	const struct loss *loss = subject->item;

	*labels = '\0';
	if (subject->pool) {
		exposition_label(labels, "pool", subject->pool->name);
		exposition_label_number(labels, "pool_id", subject->pool->id);
	}
	if (subject->area)
		exposition_label_number(labels, "area", subject->area->index);
	if (subject->device) {
		exposition_label(labels, "device", subject->device->name);
		exposition_label_number(labels, "device_id",
					subject->device->id);
	}
	if (scope == SCOPE_LOSS)
		exposition_label(labels, "cause", loss->cause);
}

/*
 * Points
 */

static size_t chunk_size(enum scope scope)
{
	return sizeof(struct chunk) +
	       family_count(scope) * sizeof(int64_t[POINTS]);
}

static int write_at(struct openmetrics *metrics, const void *bytes, size_t len,
		    uint64_t offset)
{
	const char *from = bytes;

	while (len) {
		ssize_t done =
			pwrite(fileno(metrics->file), from, len, (off_t)offset);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		from += done;
		len -= (size_t)done;
		offset += (uint64_t)done;
	}
	return 0;
}

/* What is read has been written before, and is whole. */
static int read_at(const struct openmetrics *metrics, void *bytes, size_t len,
		   uint64_t offset)
{
	char *to = bytes;

	while (len) {
		ssize_t done =
			pread(fileno(metrics->file), to, len, (off_t)offset);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done ? -errno : -EIO;
		to += done;
		len -= (size_t)done;
		offset += (uint64_t)done;
	}
	return 0;
}

static int open_file(struct openmetrics *metrics)
{
	if (metrics->file)
		return 0;
	metrics->file = tmpfile();
	if (!metrics->file)
		return -errno;
	metrics->size = 1;
	return 0;
}

/* Move the points of a series to the file. */
static int flush(struct openmetrics *metrics, struct series *series)
{
	const size_t size = chunk_size(series->scope);
	int err = open_file(metrics);

	if (!err)
		err = write_at(metrics, series->chunk, size, metrics->size);
	if (!err && series->last)
		err = write_at(metrics, &metrics->size, sizeof(metrics->size),
			       series->last + offsetof(struct chunk, next));
	if (err)
		return err;
	if (!series->first)
		series->first = metrics->size;
	series->last = metrics->size;
	metrics->size += size;
	series->chunk->count = 0;
	return 0;
}

static struct series *add_series(struct openmetrics *metrics, enum scope scope,
				 const char *labels)
{
	struct series *list =
		reallocarray(metrics->list, metrics->count + 1, sizeof(*list));
	struct series *series;

	if (!list)
		return NULL;
	metrics->list = list;
	series = &list[metrics->count];
	*series = (struct series){ .scope = scope, .labels = strdup(labels) };
	if (!series->labels)
		return NULL;
	metrics->place = ++metrics->count;
	return series;
}

/* Samples keep their order, so that it is mostly behind the one before. */
static struct series *find_series(struct openmetrics *metrics, enum scope scope,
				  const char *labels)
{
	for (size_t i = 0; i < metrics->count; i++) {
		size_t at = (metrics->place + i) % metrics->count;
		struct series *series = &metrics->list[at];

		if (series->scope != scope ||
		    strcmp(series->labels, labels) != 0)
			continue;
		metrics->place = at + 1;
		return series;
	}
	return add_series(metrics, scope, labels);
}

static struct chunk *chunk_with_room(struct openmetrics *metrics,
				     struct series *series)
{
	if (!series->chunk)
		series->chunk = calloc(1, chunk_size(series->scope));
	if (series->chunk && series->chunk->count == POINTS &&
	    flush(metrics, series))
		return NULL;
	return series->chunk;
}

static int add_point(enum scope scope, const struct subject *subject,
		     void *data)
{
	struct openmetrics *metrics = data;
	char labels[LABELS_LEN];
	struct series *series;
	struct chunk *chunk;
	size_t n = 0;

	labels_of(scope, subject, labels);
	series = find_series(metrics, scope, labels);
	chunk = series ? chunk_with_room(metrics, series) : NULL;
	if (!chunk)
		return errno ? -errno : -ENOMEM;
	series->seen = metrics->samples;
	chunk->at_ns[chunk->count] = metrics->at_ns;
	for_each_field (field, scope) {
		int64_t value = UNKNOWN;

		if (!is_family(field))
			continue;
		field_value(field, subject, &value);
		chunk->values[n++][chunk->count] = value;
	}
	chunk->count++;
	return 0;
}

static int add_losses(struct openmetrics *metrics, const struct snapshot *snap)
{
	struct subject subject = { .snap = snap };
	int err = 0;

	for (size_t i = 0; !err && i < snap->nr_losses; i++) {
		subject.item = &snap->losses[i];
		err = add_point(SCOPE_LOSS, &subject, metrics);
	}
	return err;
}

/* Of what is gone only the labels stay in memory. */
static int drop_gone(struct openmetrics *metrics)
{
	for (size_t i = 0; i < metrics->count; i++) {
		struct series *series = &metrics->list[i];
		int err;

		if (series->seen == metrics->samples || !series->chunk)
			continue;
		err = flush(metrics, series);
		if (err)
			return err;
		free(series->chunk);
		series->chunk = NULL;
	}
	return 0;
}

static int openmetrics_add(struct openmetrics *metrics,
			   const struct interval *sample)
{
	const struct snapshot *snap = &sample->figures;
	int err;

	if (metrics->samples && snap->realtime_ns <= metrics->at_ns)
		return -ERANGE;
	metrics->at_ns = snap->realtime_ns;
	metrics->samples++;
	err = subjects_visit(snap, add_point, metrics);
	if (!err)
		err = add_losses(metrics, snap);
	return err ? err : drop_gone(metrics);
}

/*
 * Writing
 */

/**
 * struct writing - what is being written
 * @metrics: all there is
 * @unit: of the row of the family
 * @family: the family
 * @place: its place among those of its entity
 * @stream: where to
 */
struct writing {
	const struct openmetrics *metrics;
	enum unit unit;
	struct family family;
	size_t place;
	FILE *stream;
};

static void put_points(const struct writing *writing, const char *labels,
		       const struct chunk *chunk, const int64_t *values)
{
	for (uint64_t i = 0; i < chunk->count; i++) {
		const uint64_t at = chunk->at_ns[i];

		if (values[i] == UNKNOWN)
			continue;
		exposition_name(writing->stream, &writing->family, labels);
		exposition_value(writing->stream, writing->unit, values[i]);
		fprintf(writing->stream, " %llu.%09llu\n", at / NS_PER_SEC,
			at % NS_PER_SEC);
	}
}

static int put_series(const struct writing *writing,
		      const struct series *series)
{
	int64_t values[POINTS];
	struct chunk chunk;

	for (uint64_t at = series->first; at; at = chunk.next) {
		int err = read_at(writing->metrics, &chunk, sizeof(chunk), at);

		if (!err)
			err = read_at(writing->metrics, values, sizeof(values),
				      at + sizeof(chunk) +
					      writing->place * sizeof(values));
		if (err)
			return err;
		put_points(writing, series->labels, &chunk, values);
	}
	if (series->chunk)
		put_points(writing, series->labels, series->chunk,
			   series->chunk->values[writing->place]);
	return 0;
}

static int put_scope(struct writing *writing, enum scope scope)
{
	int err = 0;

	writing->place = 0;
	for_each_field (field, scope) {
		if (!is_family(field))
			continue;
		writing->unit = field->unit;
		family_of(field, &writing->family);
		exposition_family(writing->stream, EXPOSITION_OPENMETRICS,
				  &writing->family);
		for (size_t i = 0; !err && i < writing->metrics->count; i++)
			if (writing->metrics->list[i].scope == scope)
				err = put_series(writing,
						 &writing->metrics->list[i]);
		writing->place++;
	}
	return err;
}

static int openmetrics_write(struct openmetrics *metrics, FILE *stream)
{
	static const enum scope scopes[] = { SCOPE_SYSTEM, SCOPE_POOL,
					     SCOPE_AREA, SCOPE_DEVICE,
					     SCOPE_LOSS };
	struct writing writing = { .metrics = metrics, .stream = stream };
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(scopes) / sizeof(*scopes); i++)
		err = put_scope(&writing, scopes[i]);
	if (!err)
		exposition_end(stream, EXPOSITION_OPENMETRICS);
	return err;
}

static void openmetrics_free(struct openmetrics *metrics)
{
	if (!metrics)
		return;
	for (size_t i = 0; i < metrics->count; i++) {
		free(metrics->list[i].labels);
		free(metrics->list[i].chunk);
	}
	free(metrics->list);
	if (metrics->file)
		fclose(metrics->file);
	free(metrics);
}

/*
 * The conversion
 */

/**
 * struct converting - a recording on its way
 * @metrics: what was read
 * @stream: where to
 * @left_out: samples that are not later than the one before
 */
struct converting {
	struct openmetrics *metrics;
	FILE *stream;
	uint64_t left_out;
};

static int begin(void **state, FILE *stream)
{
	struct converting *converting = calloc(1, sizeof(*converting));

	if (!converting)
		return -ENOMEM;
	*state = converting;
	converting->stream = stream;
	converting->metrics = calloc(1, sizeof(*converting->metrics));
	return converting->metrics ? 0 : -ENOMEM;
}

static int add(void *state, const struct moment *moment)
{
	struct converting *converting = state;
	int err = openmetrics_add(converting->metrics, moment->sample);

	if (err != -ERANGE)
		return err;
	converting->left_out++;
	return 0;
}

static int end(void *state, int err)
{
	struct converting *converting = state;

	if (!converting)
		return err;
	if (converting->left_out)
		log_warn("%" PRIu64 " sample%s left out: the clock was set "
			 "back, and the points of a series must be in order",
			 converting->left_out, plural(converting->left_out));
	if (!err)
		err = openmetrics_write(converting->metrics,
					converting->stream);
	openmetrics_free(converting->metrics);
	free(converting);
	return err;
}

const struct conversion openmetrics_conversion = {
	.name = "openmetrics",
	.begin = begin,
	.add = add,
	.end = end,
};
