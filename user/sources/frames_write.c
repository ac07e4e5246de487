/* SPDX-License-Identifier: GPL-2.0-only */
#include "sources/frames_write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* For ZSTD_createCCtx_advanced(), which shared libraries have as well. */
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

#include "util/log.h"

/* Of the documents that are alike: the one before is always in the window. */
#define COMPRESSION_LEVEL 3
#define WINDOW_LOG	  21

/* Shorter matches are rarely those of the same member of the sample before. */
#define MATCH_BYTES 7

#define BUFFER_BYTES (128u << 10)

/**
 * struct frame_writer - a file of frames
 * @context: the compressor
 * @fd: the file
 * @size: its size up to the end of the last document
 * @end: the same with what is being written
 * @documents: in the frame that is open; 0 = none is
 * @text: bytes of these
 * @buffer: what the compressor gives
 */
struct frame_writer {
	ZSTD_CCtx *context;
	int fd;
	uint64_t size;
	uint64_t end;
	unsigned int documents;
	size_t text;
	char buffer[BUFFER_BYTES];
};

static size_t configure(ZSTD_CCtx *context)
{
	size_t result = ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel,
					       COMPRESSION_LEVEL);

	if (!ZSTD_isError(result))
		result = ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog,
						WINDOW_LOG);
	if (!ZSTD_isError(result))
		result = ZSTD_CCtx_setParameter(context, ZSTD_c_minMatch,
						MATCH_BYTES);
	if (!ZSTD_isError(result))
		result =
			ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
	return result;
}

/*
 * The compressor and the buffer behind it are allocated once, but parts of them
 * would be touched late: of the window more with each sample, and of all else
 * when a frame begins with a larger sample than all before. A recorder that
 * runs for days shall not need a page then. (memset() to 0 would become
 * calloc(), which touches nothing.)
 */
static void *allocate(void *unused, size_t size)
{
	void *memory = malloc(size);

	(void)unused;
	if (memory)
		explicit_bzero(memory, size);
	return memory;
}

static void release(void *unused, void *memory)
{
	(void)unused;
	free(memory);
}

struct frame_writer *frame_writer_new(void)
{
	struct frame_writer *writer = allocate(NULL, sizeof(*writer));

	if (!writer)
		return NULL;
	writer->fd = -1;
	writer->context = ZSTD_createCCtx_advanced((ZSTD_customMem){
		.customAlloc = allocate, .customFree = release });
	if (!writer->context || ZSTD_isError(configure(writer->context))) {
		frame_writer_free(writer);
		return NULL;
	}
	return writer;
}

void frame_writer_free(struct frame_writer *writer)
{
	if (!writer)
		return;
	ZSTD_freeCCtx(writer->context);
	free(writer);
}

void frame_writer_begin(struct frame_writer *writer, int fd, uint64_t size)
{
	ZSTD_CCtx_reset(writer->context, ZSTD_reset_session_only);
	writer->fd = fd;
	writer->size = size;
	writer->documents = 0;
	writer->text = 0;
}

uint64_t frame_size(const struct frame_writer *writer)
{
	return writer->size;
}

/* What the buffer begins with. */
static int write_all(struct frame_writer *writer, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = pwrite(writer->fd, writer->buffer + done,
				   len - done, (off_t)writer->end);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		done += (size_t)n;
		writer->end += (uint64_t)n;
	}
	return 0;
}

static int compress(struct frame_writer *writer, const char *text, size_t len,
		    ZSTD_EndDirective directive)
{
	ZSTD_inBuffer in = { text, len, 0 };
	size_t left;
	int err;

	do {
		ZSTD_outBuffer out = { writer->buffer, BUFFER_BYTES, 0 };

		left = ZSTD_compressStream2(writer->context, &out, &in,
					    directive);
		if (ZSTD_isError(left))
			return -ENOMEM;
		err = write_all(writer, out.pos);
		if (err)
			return err;
	} while (left);
	return 0;
}

/*
 * What was not written is in the compressor's window already, so that nothing
 * can follow in this frame.
 */
static void give_up(struct frame_writer *writer)
{
	if (ftruncate(writer->fd, (off_t)writer->size))
		log_debug("a torn end stays until it is written over: %s",
			  strerror(errno));
	frame_writer_begin(writer, writer->fd, writer->size);
}

static int put(struct frame_writer *writer, const char *text, size_t len,
	       ZSTD_EndDirective directive)
{
	int err;

	writer->end = writer->size;
	err = compress(writer, text, len, directive);
	if (err) {
		give_up(writer);
		return err;
	}
	writer->size = writer->end;
	return 0;
}

/* What is complete goes to the disk soon, without anybody waiting for it. */
static void write_back(const struct frame_writer *writer)
{
	sync_file_range(writer->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

int frame_write(struct frame_writer *writer, const char *text, size_t len)
{
	bool last = writer->documents + 1 == FRAME_DOCUMENTS ||
		    writer->text + len >= FRAME_TEXT_BYTES;
	int err = put(writer, text, len, last ? ZSTD_e_end : ZSTD_e_flush);

	if (err)
		return err;
	writer->documents = last ? 0 : writer->documents + 1;
	writer->text = last ? 0 : writer->text + len;
	if (last)
		write_back(writer);
	return 0;
}

int frame_end(struct frame_writer *writer)
{
	int err;

	if (!writer->documents)
		return 0;
	err = put(writer, NULL, 0, ZSTD_e_end);
	writer->documents = 0;
	writer->text = 0;
	return err;
}

/* A part of another file into the buffer; how much, or negative errno. */
static ssize_t read_part(struct frame_writer *writer, int fd, uint64_t offset,
			 uint64_t len)
{
	ssize_t n;

	if (len > BUFFER_BYTES)
		len = BUFFER_BYTES;
	do {
		n = pread(fd, writer->buffer, len, (off_t)offset);
	} while (n < 0 && errno == EINTR);
	if (!n)
		return -EIO;
	return n < 0 ? -errno : n;
}

int frame_copy(struct frame_writer *writer, int fd, uint64_t offset,
	       uint64_t len)
{
	int err = frame_end(writer);

	writer->end = writer->size;
	while (!err && len) {
		ssize_t n = read_part(writer, fd, offset, len);

		err = n < 0 ? (int)n : write_all(writer, (size_t)n);
		offset += n < 0 ? 0 : (uint64_t)n;
		len -= n < 0 ? 0 : (uint64_t)n;
	}
	if (err) {
		give_up(writer);
		return err;
	}
	writer->size = writer->end;
	write_back(writer);
	return 0;
}
