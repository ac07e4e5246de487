/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOURCES_FRAMES_READ_H
#define SOURCES_FRAMES_READ_H

/*
 * The frames of a recording (frames_write.h), whole, cut or damaged. Nothing
 * in a file is trusted.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct frame - where a frame is
 * @offset: in the file
 * @size: up to its end, or to the next frame where it has none
 * @cut: it has no end: who wrote it was killed, or it is damaged
 */
struct frame {
	uint64_t offset;
	uint64_t size;
	bool cut;
};

/**
 * struct frames - those of a file
 * @fd: the file, kept by the caller
 * @list: them, in order; owned
 * @count: how many
 * @lost_bytes: bytes of the file that belong to none
 */
struct frames {
	int fd;
	struct frame *list;
	size_t count;
	uint64_t lost_bytes;
};

/** frames_begin() - a file that begins with these bytes has frames */
bool frames_begin(const char *text, size_t len);

/**
 * frames_scan() - find all frames
 * @frames: zeroed or released; to be released by the caller
 * @fd: the file, which may grow meanwhile
 *
 * Headers of frames and blocks are read, and nothing is decompressed.
 *
 * Return: 0 or negative errno.
 */
int frames_scan(struct frames *frames, int fd);

/** frames_release() - free what it has, and make it empty */
void frames_release(struct frames *frames);

/**
 * frames_decode() - what is in a frame
 * @frames: the frames
 * @index: which
 * @text: set to it, to be freed by the caller
 * @len: set to its length
 *
 * Of a frame with an end the checksum must be right. One that was cut gives
 * what is before the cut.
 *
 * Return: 0, -EBADMSG when it is damaged, -EFBIG when it is larger than a
 * recorder makes them, or negative errno; @text is NULL then.
 */
int frames_decode(const struct frames *frames, size_t index, char **text,
		  size_t *len);

#endif
