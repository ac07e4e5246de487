/* SPDX-License-Identifier: GPL-2.0-only */
#include "sources/past.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sources/frames_write.h"
#include "util/log.h"

/* A frame is forgotten as a whole, so that it has a tenth of the time. */
#define PARTS 10

/* Those that memory ends early come to it. */
#define FRAMES_MAX 32

/**
 * struct past_frame - a frame in memory
 * @offset: where it begins
 * @end: where it ends
 * @documents: in it
 * @first_ns: when the first of them was taken
 * @last_ns: likewise the last one
 */
struct past_frame {
	uint64_t offset;
	uint64_t end;
	unsigned int documents;
	uint64_t first_ns;
	uint64_t last_ns;
};

/**
 * struct past - a ring of frames
 * @keep_ns: how long they are kept
 * @memory: a file in memory of PAST_BYTES
 * @writer: writes to it
 * @frames: a ring; the latest one is written to
 * @oldest: index of the oldest one
 * @count: how many there are
 */
struct past {
	uint64_t keep_ns;
	int memory;
	struct frame_writer *writer;
	struct past_frame frames[FRAMES_MAX];
	unsigned int oldest;
	unsigned int count;
};

/* All of it now, and never another size. */
static int make_memory(void)
{
	int fd = memfd_create("swiotlb-past", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int err;

	if (fd < 0)
		return -errno;
	err = -posix_fallocate(fd, 0, PAST_BYTES);
	if (!err && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW))
		err = -errno;
	if (err)
		close(fd);
	return err ? err : fd;
}

struct past *past_new(uint64_t keep_ns)
{
	struct past *past = calloc(1, sizeof(*past));
	int err = -ENOMEM;

	if (past) {
		past->keep_ns = keep_ns;
		past->memory = make_memory();
		past->writer = frame_writer_new();
		err = past->memory < 0 ? past->memory : 0;
	}
	if (!err && past->writer)
		return past;
	log_error("no memory for the samples before a trigger: %s",
		  strerror(err ? -err : ENOMEM));
	past_free(past);
	return NULL;
}

void past_free(struct past *past)
{
	if (!past)
		return;
	frame_writer_free(past->writer);
	if (past->memory >= 0)
		close(past->memory);
	free(past);
}

static struct past_frame *frame_at(struct past *past, unsigned int number)
{
	return &past->frames[(past->oldest + number) % FRAMES_MAX];
}

static struct past_frame *latest(struct past *past)
{
	return past->count ? frame_at(past, past->count - 1) : NULL;
}

static void forget_oldest(struct past *past)
{
	past->oldest = (past->oldest + 1) % FRAMES_MAX;
	past->count--;
}

static void forget_old(struct past *past, uint64_t now_ns)
{
	while (past->count > 1 &&
	       now_ns - frame_at(past, 0)->last_ns > past->keep_ns)
		forget_oldest(past);
}

/* Behind the end of the latest one the oldest ones follow. */
static void forget_between(struct past *past, uint64_t from, uint64_t to)
{
	while (past->count > 1 && frame_at(past, 0)->offset >= from &&
	       frame_at(past, 0)->offset < to)
		forget_oldest(past);
}

static bool frame_full(const struct past *past, const struct past_frame *frame,
		       uint64_t taken_ns)
{
	return frame->documents == FRAME_DOCUMENTS ||
	       taken_ns - frame->first_ns >= past->keep_ns / PARTS;
}

/* At most, with the end of its frame: zstd's bound for what is random. */
static uint64_t room_for(size_t len)
{
	return len + len / 128 + 1024;
}

static void end_latest(struct past *past)
{
	struct past_frame *frame = latest(past);

	if (!frame)
		return;
	/* room_for() has room for it. */
	frame_end(past->writer);
	frame->end = frame_size(past->writer);
}

/* At @at, from where the memory to its end is free or of the oldest ones. */
static void begin_frame(struct past *past, uint64_t at, uint64_t taken_ns)
{
	if (past->count == FRAMES_MAX)
		forget_oldest(past);
	past->count++;
	*latest(past) = (struct past_frame){
		.offset = at,
		.end = at,
		.first_ns = taken_ns,
	};
	frame_writer_begin(past->writer, past->memory, at);
}

/* The frame for the next document, with room for it. */
static struct past_frame *make_room(struct past *past, uint64_t room,
				    uint64_t taken_ns)
{
	struct past_frame *frame = latest(past);
	uint64_t at = frame ? frame->end : 0;
	bool wrap = at + room > PAST_BYTES;

	if (!frame || wrap || frame_full(past, frame, taken_ns)) {
		end_latest(past);
		at = frame ? frame->end : 0;
		wrap = at + room > PAST_BYTES;
		if (wrap)
			forget_between(past, at, PAST_BYTES);
		at = wrap ? 0 : at;
		begin_frame(past, at, taken_ns);
	}
	forget_between(past, at, at + room);
	return latest(past);
}

int past_add(struct past *past, const char *text, size_t len, uint64_t taken_ns)
{
	uint64_t room = room_for(len);
	struct past_frame *frame;
	int err;

	if (room > PAST_BYTES)
		return -EFBIG;
	forget_old(past, taken_ns);
	frame = make_room(past, room, taken_ns);
	err = frame_write(past->writer, text, len);
	frame->end = frame_size(past->writer);
	frame->documents += !err;
	frame->last_ns = taken_ns;
	return err;
}

uint64_t past_documents(const struct past *past)
{
	uint64_t documents = 0;

	for (unsigned int i = 0; i < past->count; i++)
		documents +=
			past->frames[(past->oldest + i) % FRAMES_MAX].documents;
	return documents;
}

uint64_t past_begin_ns(const struct past *past)
{
	return past->count ? past->frames[past->oldest].first_ns : 0;
}

void past_write(struct past *past, struct recorder *recorder)
{
	end_latest(past);
	for (; past->count; forget_oldest(past)) {
		const struct past_frame *frame = frame_at(past, 0);

		if (frame->documents)
			recorder_add_frames(recorder, past->memory,
					    frame->offset,
					    frame->end - frame->offset,
					    frame->documents);
	}
}
