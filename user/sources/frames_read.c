/* SPDX-License-Identifier: GPL-2.0-only */
#include "sources/frames_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>
#include <zstd.h>

/* RFC 8878, 3.1.1 and 3.1.2: little endian, a skippable one has 16 numbers. */
#define MAGIC_BYTES 4
static const char magic[MAGIC_BYTES] = { '\x28', '\xb5', '\x2f', '\xfd' };

/* Compressed, decompressed, and what its window may take of memory. */
#define FRAME_BYTES_MAX	 (16ull << 20)
#define TEXT_BYTES_MAX	 (256ull << 20)
#define WINDOW_LOG_MAX	 24
#define FIRST_TEXT_BYTES (64ull << 10)

#define WINDOW_BYTES (1ull << 20)

/**
 * struct scan - a file that is being searched
 * @frames: what is found
 * @window: a part of the file
 * @room: bytes that there is memory for
 * @base: where in the file that part begins
 * @have: bytes of it
 * @at_end: it goes to the end of the file
 */
struct scan {
	struct frames *frames;
	char *window;
	uint64_t room;
	uint64_t base;
	uint64_t have;
	bool at_end;
};

static bool is_frame(const char *text, uint64_t len)
{
	return len >= MAGIC_BYTES && !memcmp(text, magic, MAGIC_BYTES);
}

static bool is_skippable(const char *text, uint64_t len)
{
	return len >= MAGIC_BYTES && (text[0] & 0xf0) == 0x50 &&
	       !memcmp(text + 1, "\x2a\x4d\x18", MAGIC_BYTES - 1);
}

bool frames_begin(const char *text, size_t len)
{
	return is_frame(text, len) || is_skippable(text, len);
}

/* Bytes that were there, or negative errno. */
static ssize_t read_at(int fd, char *to, uint64_t len, uint64_t offset)
{
	uint64_t done = 0;

	while (done < len) {
		ssize_t n = pread(fd, to + done, len - done,
				  (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		done += (uint64_t)n;
	}
	return (ssize_t)done;
}

/*
 * Decoding
 */

/**
 * struct decoded - what has come out of a frame
 * @text: it
 * @len: its length
 * @room: bytes that there is memory for
 * @whole: the frame has ended, and its checksum is right
 */
struct decoded {
	char *text;
	size_t len;
	size_t room;
	bool whole;
};

static int make_room(struct decoded *decoded)
{
	size_t room = decoded->room ? decoded->room * 2 : FIRST_TEXT_BYTES;
	char *text;

	if (decoded->len < decoded->room)
		return 0;
	if (room > TEXT_BYTES_MAX)
		return -EFBIG;
	text = realloc(decoded->text, room);
	if (!text)
		return -ENOMEM;
	decoded->text = text;
	decoded->room = room;
	return 0;
}

/* Until the frame ends, is damaged, or has no more bytes. */
static int decompress(ZSTD_DCtx *context, const char *bytes, size_t size,
		      struct decoded *decoded)
{
	ZSTD_inBuffer in = { bytes, size, 0 };
	size_t left = 1;

	while (left) {
		ZSTD_outBuffer out;
		int err = make_room(decoded);

		if (err)
			return err;
		out = (ZSTD_outBuffer){ decoded->text, decoded->room,
					decoded->len };
		left = ZSTD_decompressStream(context, &out, &in);
		decoded->len = out.pos;
		if (ZSTD_isError(left))
			return -EBADMSG;
		/* With room left it has given all that there is. */
		if (left && in.pos == in.size && out.pos < out.size)
			return 0;
	}
	decoded->whole = true;
	return 0;
}

static int decode(const char *bytes, const struct frame *frame,
		  struct decoded *decoded)
{
	ZSTD_DCtx *context = ZSTD_createDCtx();
	int err;

	if (!context)
		return -ENOMEM;
	ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
	err = decompress(context, bytes, frame->size, decoded);
	ZSTD_freeDCtx(context);
	if (frame->cut)
		return err == -EBADMSG ? 0 : err;
	return err ? err : decoded->whole ? 0 : -EBADMSG;
}

/*
 * Finding frames
 */

/* Have the file in the window from @offset on, and more than before. */
static int look_at(struct scan *scan, uint64_t offset)
{
	uint64_t room = scan->room;
	ssize_t have;

	if (!room)
		room = WINDOW_BYTES;
	else if (offset == scan->base)
		room *= 2;
	if (room != scan->room) {
		char *window = realloc(scan->window, room);

		if (!window)
			return -ENOMEM;
		scan->window = window;
		scan->room = room;
	}
	have = read_at(scan->frames->fd, scan->window, room, offset);
	if (have < 0)
		return (int)have;
	scan->base = offset;
	scan->have = (uint64_t)have;
	scan->at_end = scan->have < room;
	return 0;
}

/* Unless the file ends before. */
static int have_magic(struct scan *scan, uint64_t offset)
{
	if (scan->at_end || offset + MAGIC_BYTES <= scan->base + scan->have)
		return 0;
	return look_at(scan, offset);
}

static const char *view(const struct scan *scan, uint64_t offset, uint64_t *len)
{
	*len = scan->base + scan->have - offset;
	return scan->window + (offset - scan->base);
}

static int add_frame(struct frames *frames, const struct frame *frame)
{
	struct frame *list = frames->list;

	/* Powers of two, from 16 on. */
	if (!frames->count ||
	    (frames->count >= 16 && !(frames->count & (frames->count - 1))))
		list = reallocarray(list,
				    frames->count ? frames->count * 2 : 16,
				    sizeof(*list));
	if (!list)
		return -ENOMEM;
	frames->list = list;
	list[frames->count++] = *frame;
	return 0;
}

/* The next frame that begins at or behind @from, or the end of the file. */
static int find_frame(struct scan *scan, uint64_t from, uint64_t *found)
{
	for (;;) {
		uint64_t len;
		const char *text = view(scan, from, &len);
		const char *hit = memmem(text, len, magic, MAGIC_BYTES);
		int err;

		*found = hit ? from + (uint64_t)(hit - text) : from + len;
		if (hit || scan->at_end)
			return 0;
		/* It may begin with the last bytes of the window. */
		if (len >= MAGIC_BYTES)
			from += len - (MAGIC_BYTES - 1);
		err = look_at(scan, from);
		if (err)
			return err;
	}
}

/*
 * A wrong size may end where another frame does, and so take that one in. That
 * a frame has the begin of another by chance is rare.
 */
static bool is_one(const char *text, size_t size)
{
	const struct frame frame = { .size = size };
	struct decoded decoded = { 0 };
	bool one = true;

	if (memmem(text + MAGIC_BYTES, size - MAGIC_BYTES, magic, MAGIC_BYTES))
		one = !decode(text, &frame, &decoded);
	free(decoded.text);
	return one;
}

/*
 * The size of what is whole at @offset; 0 = nothing is. What follows it must
 * be a frame as well, or a wrong size was taken for right.
 */
static int whole_size(struct scan *scan, uint64_t offset, uint64_t *size)
{
	for (;;) {
		uint64_t len, next;
		const char *text = view(scan, offset, &len);
		size_t found = ZSTD_findFrameCompressedSize(text, len);
		int err;

		*size = 0;
		if (!ZSTD_isError(found)) {
			next = len - found;
			if ((frames_begin(text + found, next) ||
			     (scan->at_end && !next)) &&
			    is_one(text, found))
				*size = found;
			if (*size || scan->at_end || next >= MAGIC_BYTES)
				return 0;
		}
		if (scan->at_end || len >= FRAME_BYTES_MAX)
			return 0;
		err = look_at(scan, offset);
		if (err)
			return err;
	}
}

static int scan_frame(struct scan *scan, uint64_t *offset)
{
	struct frame frame = { .offset = *offset };
	bool skippable;
	uint64_t len, next;
	int err = whole_size(scan, *offset, &frame.size);

	if (err)
		return err;
	skippable = is_skippable(view(scan, *offset, &len), MAGIC_BYTES);
	if (!frame.size) {
		err = find_frame(scan, *offset + MAGIC_BYTES, &next);
		frame.size = next - *offset;
		frame.cut = true;
	}
	if (err)
		return err;
	*offset += frame.size;
	if (!skippable)
		return add_frame(scan->frames, &frame);
	if (frame.cut)
		scan->frames->lost_bytes += frame.size;
	return 0;
}

static int scan_next(struct scan *scan, uint64_t *offset)
{
	uint64_t len, next;
	const char *text = view(scan, *offset, &len);
	int err;

	if (frames_begin(text, len))
		return scan_frame(scan, offset);
	err = find_frame(scan, *offset, &next);
	if (err)
		return err;
	scan->frames->lost_bytes += next - *offset;
	*offset = next;
	return 0;
}

int frames_scan(struct frames *frames, int fd)
{
	struct scan scan = { .frames = frames };
	uint64_t offset = 0;
	int err;

	*frames = (struct frames){ .fd = fd };
	err = look_at(&scan, 0);
	while (!err && !(scan.at_end && offset >= scan.base + scan.have)) {
		err = have_magic(&scan, offset);
		if (!err)
			err = scan_next(&scan, &offset);
	}
	free(scan.window);
	if (err)
		frames_release(frames);
	return err;
}

void frames_release(struct frames *frames)
{
	free(frames->list);
	memset(frames, 0, sizeof(*frames));
}

int frames_decode(const struct frames *frames, size_t index, char **text,
		  size_t *len)
{
	const struct frame *frame = &frames->list[index];
	struct decoded decoded = { 0 };
	char *bytes;
	ssize_t have;
	int err;

	*text = NULL;
	*len = 0;
	if (frame->size > FRAME_BYTES_MAX)
		return -EFBIG;
	bytes = malloc(frame->size);
	if (!bytes)
		return -ENOMEM;
	have = read_at(frames->fd, bytes, frame->size, frame->offset);
	err = have < 0 ? (int)have : 0;
	if (!err && (uint64_t)have < frame->size)
		err = -EBADMSG; /* the file has shrunk */
	if (!err)
		err = decode(bytes, frame, &decoded);
	free(bytes);
	if (err) {
		free(decoded.text);
		return err;
	}
	*text = decoded.text;
	*len = decoded.len;
	return 0;
}
