/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMMANDS_CHECK_OUTPUTS_H
#define COMMANDS_CHECK_OUTPUTS_H

/*
 * Where `swiotlb check` writes its results: one output for each --format, each
 * to the file of the -o that follows it.
 */

#include "util/output.h"
#include "util/words.h"
#include "views/results.h"

/** MAX_CHECK_OUTPUTS - more than there are formats */
#define MAX_CHECK_OUTPUTS 8

struct check_format;

/**
 * struct check_output - one of them
 * @format: --format; NULL = not given: text
 * @path: -o; NULL = not given: stdout
 * @output: open between check_outputs_open() and check_outputs_end()
 */
struct check_output {
	const struct check_format *format;
	const char *path;
	struct output *output;
};

/**
 * struct check_outputs - all that were asked for
 * @list: them, in order
 * @count: how many; 0 = text to stdout
 */
struct check_outputs {
	struct check_output list[MAX_CHECK_OUTPUTS];
	size_t count;
};

/* The formats of check. */
extern const struct words check_format_words;

/**
 * option_check_format() - parser of --format into struct check_outputs
 *
 * Completes the last output if that has no format yet, and begins another one
 * otherwise.
 */
int option_check_format(const char *text, void *value, char *why,
			size_t why_len);

/** option_check_path() - parser of -o, likewise */
int option_check_path(const char *text, void *value, char *why, size_t why_len);

/** check_outputs_problem() - what is wrong with all of them, or NULL */
const char *check_outputs_problem(const struct check_outputs *outputs);

/**
 * check_outputs_open() - open all, to be ended with check_outputs_end()
 *
 * Logs why when one fails; none is open then.
 *
 * Return: 0 or negative errno.
 */
int check_outputs_open(struct check_outputs *outputs);

/**
 * check_outputs_write() - write results to each, in its format
 *
 * Logs why when it fails.
 *
 * Return: 0 or negative errno.
 */
int check_outputs_write(const struct check_outputs *outputs,
			const struct results *results);

/** check_outputs_end() - output_end() of each; returns the first error */
int check_outputs_end(struct check_outputs *outputs, int err);

#endif
