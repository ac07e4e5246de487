/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_EXPOSITION_H
#define VIEWS_EXPOSITION_H

/*
 * The text in which Prometheus and others read metrics, in both of its forms:
 * OpenMetrics 1.0 and the classic text format 0.0.4. They differ in the names
 * of families, in UNIT and in the end; samples are the same.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "model/field.h"

#define FAMILY_NAME_LEN 128

/* A name or two with every character escaped, and numbers; or a reason. */
#define LABELS_LEN 1024

/** enum exposition_form - the form of the text */
enum exposition_form {
	EXPOSITION_CLASSIC,
	EXPOSITION_OPENMETRICS,
	EXPOSITION_FORMS,
};

/** enum family_type - type of a family of series */
enum family_type {
	FAMILY_GAUGE,
	FAMILY_COUNTER,	  /* samples end with _total */
	FAMILY_INFO,	  /* samples end with _info and are 1 */
	FAMILY_HISTOGRAM, /* samples end with _bucket, _sum or _count */
};

/**
 * struct family - a family of series
 * @name: with its unit, without _total or _info
 * @type: its type
 * @unit: the end of @name that is a unit, such as "seconds"; NULL = none is
 * @help: one line
 */
struct family {
	char name[FAMILY_NAME_LEN];
	enum family_type type;
	const char *unit;
	const char *help;
};

/** exposition_content_type() - as HTTP names the form */
const char *exposition_content_type(enum exposition_form form);

/**
 * exposition_accepted() - the form that a reader prefers
 * @accept: value of the HTTP header Accept; NULL = there is none
 *
 * Return: EXPOSITION_OPENMETRICS when version 1.0.0 of it is named and is
 * wanted at least as much as the classic form, else EXPOSITION_CLASSIC.
 */
enum exposition_form exposition_accepted(const char *accept);

/** exposition_family() - begin a family; its samples follow */
void exposition_family(FILE *stream, enum exposition_form form,
		       const struct family *family);

/**
 * exposition_name() - begin a sample: its name and labels
 * @stream: where to
 * @family: the family that has begun
 * @labels: of exposition_label(); "" = none
 *
 * Its value and a line feed follow.
 */
void exposition_name(FILE *stream, const struct family *family,
		     const char *labels);

/** exposition_value() - a value of a unit of the schema, in the base unit */
void exposition_value(FILE *stream, enum unit unit, int64_t value);

/** exposition_sample() - a whole sample without a time */
void exposition_sample(FILE *stream, const struct family *family,
		       const char *labels, enum unit unit, int64_t value);

/**
 * exposition_histogram() - the samples of a histogram
 * @stream: where to
 * @family: the family that has begun
 * @labels: of exposition_label(); "" = none
 * @histogram: of values in ns
 * @sum_ns: their exact sum
 *
 * The bounds are exact: a bucket of values up to 2^n - 1 ns has that as "le".
 */
void exposition_histogram(FILE *stream, const struct family *family,
			  const char *labels, const struct histogram *histogram,
			  uint64_t sum_ns);

/** exposition_end() - the text is complete */
void exposition_end(FILE *stream, enum exposition_form form);

/**
 * exposition_label() - append a label
 * @labels: LABELS_LEN bytes, "" before the first one
 * @name: its name
 * @value: its value, which may have any characters
 */
void exposition_label(char *labels, const char *name, const char *value);

/** exposition_label_number() - the same with a number as value */
void exposition_label_number(char *labels, const char *name, int64_t value);

#endif
