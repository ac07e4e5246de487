/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOURCES_SAVED_H
#define SOURCES_SAVED_H

/* Reports that were saved as JSON, one behind the other, as a source. */

#include "sources/source.h"

/**
 * saved_open() - read what report, check or top wrote as JSON
 * @out: set to the source, to be ended with source_close()
 * @path: the file; "-" for standard input
 *
 * Each report or check in the file is a sample. Seeking takes a file that can
 * be read again. Logs why when it fails.
 *
 * Return: 0 or negative errno.
 */
int saved_open(struct source **out, const char *path);

#endif
