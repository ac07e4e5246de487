/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOURCES_FRAMES_WRITE_H
#define SOURCES_FRAMES_WRITE_H

/*
 * Documents, compressed into the frames of a recording: zstd frames with a
 * checksum, of at most FRAME_DOCUMENTS each, and fewer where these are long.
 * Every document is flushed.
 */

#include <stddef.h>
#include <stdint.h>

/* Documents a frame: what one damaged frame costs at most. */
#define FRAME_DOCUMENTS 64

/*
 * Text of a frame, beyond which no document begins in it: a reader has all of
 * it in memory, and documents with a trace are long.
 */
#define FRAME_TEXT_BYTES (16u << 20)

struct frame_writer;

/**
 * frame_writer_new() - get ready to write
 *
 * All memory is allocated here: it does not grow with time.
 *
 * Return: to be freed with frame_writer_free(), or NULL without memory.
 */
struct frame_writer *frame_writer_new(void);

/** frame_writer_free() - free it; the file stays as it is. NULL is fine */
void frame_writer_free(struct frame_writer *writer);

/**
 * frame_writer_begin() - write to a file from now on
 * @writer: the writer
 * @fd: the file, kept by the caller
 * @size: its size, where the first frame begins
 */
void frame_writer_begin(struct frame_writer *writer, int fd, uint64_t size);

/**
 * frame_write() - add a document
 * @writer: the writer
 * @text: it, with the end of its line
 * @len: bytes
 *
 * Return: 0, or negative errno: the file is as it was before, and the next
 * document begins a new frame.
 */
int frame_write(struct frame_writer *writer, const char *text, size_t len);

/**
 * frame_end() - complete the frame that is being written, if there is one
 *
 * Return: 0, or negative errno: the frame stays without its end, which costs
 * its readers nothing but the checksum.
 */
int frame_end(struct frame_writer *writer);

/**
 * frame_copy() - add whole frames of another file as they are
 * @writer: the writer, which completes its own frame first
 * @fd: the other file
 * @offset: where they begin in it
 * @len: bytes
 *
 * Return: 0, or negative errno: the file is as it was before.
 */
int frame_copy(struct frame_writer *writer, int fd, uint64_t offset,
	       uint64_t len);

/** frame_size() - bytes of the file up to the end of the last document */
uint64_t frame_size(const struct frame_writer *writer);

#endif
