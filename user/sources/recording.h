/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOURCES_RECORDING_H
#define SOURCES_RECORDING_H

/* What was recorded, or saved as JSON, as a source. */

#include "sources/source.h"

/**
 * recording_open() - read what record, report, check or top wrote
 * @out: set to the source, to be ended with source_close()
 * @path: a recording, a directory of its files, or JSON documents one behind
 *	the other; "-" for standard input
 *
 * Each report or check is a sample. Of a recording that was cut or damaged
 * all samples that are whole are read, with a warning that says what was lost;
 * of JSON alone, damage is an error. Logs why when it fails.
 *
 * Return: 0 or negative errno.
 */
int recording_open(struct source **out, const char *path);

#endif
