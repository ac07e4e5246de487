/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_JSON_H
#define VIEWS_JSON_H

#include <stdio.h>

#include "model/interval.h"
#include "model/schema.h"

/** enum json_style - how it is laid out */
enum json_style {
	JSON_INDENTED, /* for files and people */
	JSON_LINE,     /* one line, for streams */
};

/**
 * json_report() - write an interval as JSON
 * @interval: what it is about
 * @style: how it is laid out
 * @stream: where to
 *
 * Return: 0, -ENOMEM, or -EIO when @stream does not take it.
 */
int json_report(const struct interval *interval, enum json_style style,
		FILE *stream);

/** json_report_schema() - write what all reports are like, as JSON schema
 *
 * Return: 0, -ENOMEM or -EIO.
 */
int json_report_schema(FILE *stream);

#endif
