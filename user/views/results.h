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
 * @outcome: how it stands
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

/** results_summary() - the whole in one line; returns @text */
char *results_summary(const struct results *results, char *text, size_t len);

/** check_text() - for people */
void check_text(const struct results *results, struct pane *pane);

/** check_ktap() - KTAP version 1, for kselftest and kunit; 0 or -EIO */
int check_ktap(const struct results *results, FILE *stream);

/** check_junit() - JUnit XML, for CI servers; 0 or -EIO */
int check_junit(const struct results *results, FILE *stream);

/** check_json() - JSON, the report included; 0, -ENOMEM or -EIO */
int check_json(const struct results *results, FILE *stream);

#endif
