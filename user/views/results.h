/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_RESULTS_H
#define VIEWS_RESULTS_H

/* What `swiotlb check` found, and the formats that it is written in. */

#include "model/interval.h"
#include "model/verdict.h"
#include "views/pane.h"

/**
 * struct results - everything that a view of a check shows
 * @interval: what the assertions are about
 * @verdicts: one an assertion
 * @count: how many
 * @command_judged: the command had to exit with 0, and @command says how that
 *	stands
 * @command: outcome of the command
 * @outcome: the worst of all
 * @exit_status: what `swiotlb check` exits with
 */
struct results {
	const struct interval *interval;
	const struct verdict *verdicts;
	size_t count;
	bool command_judged;
	enum outcome command;
	enum outcome outcome;
	int exit_status;
};

/**
 * struct result - one line of them
 * @name: the assertion, or what the command had to do
 * @outcome: its outcome
 * @text: the measured value against its bound, or why there is no verdict
 * @culprits: those behind it; belong to the verdict
 * @nr_culprits: how many
 */
struct result {
	char name[ASSERTION_LEN + 64];
	enum outcome outcome;
	char text[600];
	const struct culprit *culprits;
	size_t nr_culprits;
};

/** results_count() - lines: the assertions, and the command when it counts */
size_t results_count(const struct results *results);

/** results_line() - fill in line @index, from 0 */
void results_line(const struct results *results, size_t index,
		  struct result *result);

/** results_outcomes() - how many lines have each of the OUTCOMES */
void results_outcomes(const struct results *results, size_t *outcomes);

/**
 * typedef culprit_writer - write a line about a culprit
 * @stream: where to
 * @depth: 1 for the culprit, 2 for a place in the code of its stack
 * @text: what to write; may have control characters, as device names may
 */
typedef void (*culprit_writer)(FILE *stream, unsigned int depth,
			       const char *text);

/** result_culprits() - write each culprit of a line, with its stack */
void result_culprits(const struct results *results, const struct result *result,
		     culprit_writer write, FILE *stream);

/** results_summary() - the whole in one line; returns @text */
char *results_summary(const struct results *results, char *text, size_t len);

/** check_text() - for people */
void check_text(const struct results *results, struct pane *pane);

/** check_ktap() - KTAP version 1, for kselftest and kunit; 0 or -EIO */
int check_ktap(const struct results *results, FILE *stream);

/** check_tap() - TAP version 13, for prove and other harnesses; 0 or -EIO */
int check_tap(const struct results *results, FILE *stream);

/** check_github() - annotations of a GitHub Actions job; 0 or -EIO */
int check_github(const struct results *results, FILE *stream);

/** check_markdown() - a Markdown table, for a job's summary; 0 or -EIO */
int check_markdown(const struct results *results, FILE *stream);

/** check_junit() - JUnit XML, for CI servers; 0 or -EIO */
int check_junit(const struct results *results, FILE *stream);

/** check_json() - JSON, the report included; 0, -ENOMEM or -EIO */
int check_json(const struct results *results, FILE *stream);

#endif
