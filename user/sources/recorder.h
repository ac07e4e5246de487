/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOURCES_RECORDER_H
#define SOURCES_RECORDER_H

/*
 * Where samples are kept: a file of frames, or a directory of such files that
 * stays within a size or a time. One recorder at most writes to either.
 */

#include <stddef.h>
#include <stdint.h>

#include "util/confine.h"

/**
 * struct recorder_options - where, and how much
 * @path: a file, which is added to, or a directory
 * @keep_bytes: how large a directory may become; 0 = without a limit
 * @keep_ns: how long to keep what is in it, likewise
 */
struct recorder_options {
	const char *path;
	uint64_t keep_bytes;
	uint64_t keep_ns;
};

/**
 * struct recorder_counts - what it has done
 * @written: documents
 * @lost: documents that could not be written
 * @bytes: written, compressed
 * @removed: files that were removed to stay within the limit
 * @error: why the document before was lost; 0 = it was written
 */
struct recorder_counts {
	uint64_t written;
	uint64_t lost;
	uint64_t bytes;
	uint64_t removed;
	int error;
};

struct recorder;

/**
 * recorder_open() - get ready to write
 * @out: set to the recorder, to be ended with recorder_close()
 * @options: where; @path is kept by the caller
 *
 * A directory is made if there is none and a limit is given, or the path ends
 * with a slash. A file or directory that was made here and has nothing in it is
 * removed when it is closed. Logs why when it fails.
 *
 * Return: 0, -EBUSY when another recorder writes there, or negative errno.
 */
int recorder_open(struct recorder **out,
		  const struct recorder_options *options);

/**
 * recorder_add() - write a document
 * @recorder: the recorder
 * @text: it, with the end of its line
 * @len: bytes
 *
 * What cannot be written is counted as lost, with a message for the first one
 * and another when writing works again; the next one is tried anew.
 */
void recorder_add(struct recorder *recorder, const char *text, size_t len);

/**
 * recorder_add_frames() - write documents that are compressed already
 * @recorder: the recorder
 * @fd: a file of whole frames, such as a frame_writer has made
 * @offset: where they begin in it
 * @len: bytes
 * @documents: how many are in them, which are written or lost together
 */
void recorder_add_frames(struct recorder *recorder, int fd, uint64_t offset,
			 uint64_t len, uint64_t documents);

/** recorder_lose() - count a document that did not come so far as lost */
void recorder_lose(struct recorder *recorder, int error);

/* Of recorder_places(). */
#define RECORDER_PLACES 2

/**
 * recorder_places() - where it will need what rights, for confine()
 * @recorder: the recorder
 * @places: RECORDER_PLACES of them, filled in; they are its own
 *
 * A file that has nothing in it yet may have to be removed at the end.
 *
 * Return: how many there are.
 */
size_t recorder_places(const struct recorder *recorder,
		       struct confine_place *places);

/** recorder_pause() - complete the frame: nothing is written for a while */
void recorder_pause(struct recorder *recorder);

/** recorder_counts() - what it has done so far */
const struct recorder_counts *recorder_counts(const struct recorder *recorder);

/**
 * recorder_close() - end the last frame, and free everything
 * @recorder: the recorder; NULL is fine
 *
 * Logs how many documents were lost.
 *
 * Return: 0, or negative errno when some were.
 */
int recorder_close(struct recorder *recorder);

#endif
