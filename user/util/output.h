/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTIL_OUTPUT_H
#define UTIL_OUTPUT_H

/*
 * Where a command's data goes: stdout, or a file that appears whole or not at
 * all. That it can be written is found out before the run, not after it, and
 * where it is as well: links and directories that are swapped meanwhile do not
 * move it.
 */

#include <stdio.h>

struct output;

/**
 * output_open() - get ready to write
 * @out: set to the output, to be ended with output_commit() or
 *	output_discard()
 * @path: the file, kept by the caller; NULL or "-" for stdout
 *
 * Logs why when it fails.
 *
 * Return: 0 or negative errno.
 */
int output_open(struct output **out, const char *path);

/**
 * output_open_large() - the same for what may be too large for memory
 *
 * It is kept in a file without a name: in the directory of the file that is
 * written, or where temporary files are.
 */
int output_open_large(struct output **out, const char *path);

/**
 * output_stream() - write here; until the commit it is kept in memory, or in a
 *	file without a name
 */
FILE *output_stream(struct output *output);

/** output_directory() - that of the file, open by O_PATH; -1 = it is no file */
int output_directory(const struct output *output);

/** output_terminal() - descriptor of the terminal, or -1 if it is not one */
int output_terminal(const struct output *output);

/**
 * output_commit() - make what was written visible, and end @output
 *
 * A file replaces an older one of that name in one step, and keeps its owner,
 * where that is allowed, and its permissions, but no set-id bits. A reader of a
 * pipe who has had enough (EPIPE) is no error. Logs why when it fails; an older
 * file is then left as it was.
 *
 * Return: 0 or negative errno.
 */
int output_commit(struct output *output);

/**
 * output_publish() - make what was written visible, and start with an empty
 * file
 *
 * As output_commit() does it, but @output goes on, and what was published
 * before may be gone after a loss of power. No path is followed any more, so
 * this works behind a sandbox in which the directory can be written to.
 *
 * Return: 0 or negative errno: an older file is left as it was, and nothing is
 * logged. What could not be written is dropped.
 */
int output_publish(struct output *output);

/** output_withdraw() - remove a file that was published, and end @output */
void output_withdraw(struct output *output);

/** output_discard() - end @output and leave nothing behind; NULL is fine */
void output_discard(struct output *output);

/**
 * output_end() - commit @output, or discard it after an error
 * @output: the output
 * @err: 0, or negative errno of what was to be written
 *
 * Return: @err, or that of the commit.
 */
int output_end(struct output *output, int err);

#endif
