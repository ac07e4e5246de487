/* SPDX-License-Identifier: GPL-2.0-only */
#include "sources/documents.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sources/frames_read.h"
#include "util/log.h"

/* Text that is not in frames is in memory as a whole. */
#define TEXT_BYTES_MAX (1ull << 30)

/**
 * struct documents - a file and a place in it
 * @name: for messages
 * @fd: the file
 * @plain: it is text
 * @frames: else these
 * @told: of each frame: a message told of its damage
 * @part: the part that is read
 * @loaded: it is in memory
 * @text: it
 * @len: its length
 * @ends: where its documents end, each where the next one begins
 * @count: how many
 * @at: the next one
 * @torn: the last one has no end
 */
struct documents {
	const char *name;
	int fd;
	bool plain;
	struct frames frames;
	bool *told;
	size_t part;
	bool loaded;
	char *text;
	size_t len;
	size_t *ends;
	size_t count;
	size_t at;
	bool torn;
};

/*
 * Splitting text
 */

static size_t skip_space(const char *text, size_t len, size_t at)
{
	while (at < len && isspace((unsigned char)text[at]))
		at++;
	return at;
}

/* Behind a string that begins at @at; @len when it has no end. */
static size_t skip_string(const char *text, size_t len, size_t at)
{
	for (at++; at < len; at++) {
		if (text[at] == '\\')
			at++;
		else if (text[at] == '"')
			return at + 1;
	}
	return len;
}

/*
 * Where a document that begins at @at ends: behind the bracket that closes it,
 * or, when it has none, with its line.
 */
static size_t document_end(const char *text, size_t len, size_t at, bool *whole)
{
	unsigned int depth = 0;
	const char *newline;

	*whole = true;
	while (at < len) {
		switch (text[at]) {
		case '"':
			at = skip_string(text, len, at);
			continue;
		case '{':
		case '[':
			depth++;
			break;
		case '}':
		case ']':
			if (depth <= 1)
				return at + 1;
			depth--;
			break;
		default:
			if (depth)
				break;
			newline = memchr(text + at, '\n', len - at);
			return newline ? (size_t)(newline - text) + 1 : len;
		}
		at++;
	}
	*whole = false;
	return len;
}

/*
 * The same for a document that is a line, as a recorder writes them: most of it
 * need not be looked at. What begins behind it shows that it has its end.
 */
static size_t line_end(const char *text, size_t len, size_t at)
{
	const char *newline = memchr(text + at, '\n', len - at);
	size_t end;

	if (!newline || text[at] != '{' || newline[-1] != '}')
		return 0;
	end = (size_t)(newline - text);
	return end + 1 == len || text[end + 1] == '{' ? end : 0;
}

static int add_end(struct documents *documents, size_t end)
{
	size_t *ends = documents->ends;

	if (!(documents->count & (documents->count - 1)))
		ends = reallocarray(ends,
				    documents->count ? documents->count * 2 : 1,
				    sizeof(*ends));
	if (!ends)
		return -ENOMEM;
	documents->ends = ends;
	ends[documents->count++] = end;
	return 0;
}

static int split(struct documents *documents)
{
	const char *text = documents->text;
	const size_t len = documents->len;
	size_t at = skip_space(text, len, 0);

	while (at < len) {
		size_t end = line_end(text, len, at);
		bool whole = true;
		int err;

		at = end ? end : document_end(text, len, at, &whole);
		at = skip_space(text, len, at);
		err = add_end(documents, at);
		if (err)
			return err;
		documents->torn = !whole;
	}
	return 0;
}

/*
 * Parts
 */

static void unload(struct documents *documents)
{
	free(documents->text);
	free(documents->ends);
	documents->text = NULL;
	documents->ends = NULL;
	documents->len = 0;
	documents->count = 0;
	documents->at = 0;
	documents->torn = false;
	documents->loaded = false;
}

static int read_text(struct documents *documents)
{
	struct stat status;
	ssize_t have = 0;
	size_t size;

	if (fstat(documents->fd, &status))
		return -errno;
	if ((uint64_t)status.st_size > TEXT_BYTES_MAX)
		return -EFBIG;
	size = (size_t)status.st_size;
	documents->text = malloc(size + 1);
	if (!documents->text)
		return -ENOMEM;
	while (documents->len < size) {
		have = pread(documents->fd, documents->text + documents->len,
			     size - documents->len, (off_t)documents->len);
		if (have < 0 && errno == EINTR)
			continue;
		if (have <= 0)
			break;
		documents->len += (size_t)have;
	}
	return have < 0 ? -errno : 0;
}

static void tell_once(struct documents *documents, const char *what)
{
	const struct frame *frame = &documents->frames.list[documents->part];

	if (!documents->told[documents->part])
		log_warn("%s: %s at byte %" PRIu64, documents->name, what,
			 frame->offset);
	documents->told[documents->part] = true;
}

/* A torn document that ends a frame is no document. */
static void drop_torn(struct documents *documents)
{
	if (!documents->torn)
		return;
	documents->count--;
	documents->torn = false;
	tell_once(documents, "one sample is torn in the frame");
}

static int load(struct documents *documents)
{
	int err;

	if (documents->loaded)
		return 0;
	err = documents->plain
		      ? read_text(documents)
		      : frames_decode(&documents->frames, documents->part,
				      &documents->text, &documents->len);
	if (err == -EBADMSG || (err == -EFBIG && !documents->plain)) {
		tell_once(documents,
			  "up to 64 samples are lost: damaged frame");
		err = 0;
	}
	if (!err)
		err = split(documents);
	if (err) {
		log_error("cannot read %s: %s", documents->name,
			  strerror(-err));
		unload(documents);
		return err;
	}
	documents->loaded = true;
	if (!documents->plain)
		drop_torn(documents);
	return 0;
}

size_t documents_parts(const struct documents *documents)
{
	return documents->plain ? 1 : documents->frames.count;
}

bool documents_plain(const struct documents *documents)
{
	return documents->plain;
}

void documents_go(struct documents *documents, size_t part)
{
	if (part != documents->part)
		unload(documents);
	documents->part = part;
	documents->at = 0;
}

int documents_next(struct documents *documents, struct document *document)
{
	size_t start;

	while (documents->part < documents_parts(documents)) {
		int err = load(documents);

		if (err)
			return err;
		if (documents->at < documents->count)
			break;
		documents_go(documents, documents->part + 1);
	}
	if (documents->part >= documents_parts(documents))
		return -ENODATA;
	start = documents->at ? documents->ends[documents->at - 1]
			      : skip_space(documents->text, documents->len, 0);
	*document = (struct document){
		.text = documents->text + start,
		.len = documents->ends[documents->at] - start,
		.number = documents->at + 1,
		.whole = !documents->torn ||
			 documents->at + 1 < documents->count,
	};
	documents->at++;
	return 0;
}

int documents_back(struct documents *documents)
{
	while (!documents->at) {
		int err;

		if (!documents->part)
			return -ENODATA;
		documents_go(documents, documents->part - 1);
		err = load(documents);
		if (err)
			return err;
		documents->at = documents->count;
	}
	documents->at--;
	return 0;
}

/*
 * Opening
 */

/* What cannot be read twice is copied to a file that has no name. */
static int spool(int *fd)
{
	FILE *copy = tmpfile();
	char buffer[1 << 14];
	ssize_t n = 0;
	int err = 0;

	if (!copy)
		return -errno;
	while (!err && (n = read(*fd, buffer, sizeof(buffer))) > 0)
		if (fwrite(buffer, 1, (size_t)n, copy) != (size_t)n)
			err = -errno;
	if (n < 0 || fflush(copy))
		err = -errno;
	close(*fd);
	*fd = err ? -1 : dup(fileno(copy));
	if (!err && *fd < 0)
		err = -errno;
	fclose(copy);
	return err;
}

static int find_parts(struct documents *documents)
{
	char start[4];
	ssize_t have = pread(documents->fd, start, sizeof(start), 0);
	int err;

	if (have < 0)
		return -errno;
	documents->plain = !frames_begin(start, (size_t)have);
	if (documents->plain)
		return 0;
	err = frames_scan(&documents->frames, documents->fd);
	if (err)
		return err;
	documents->told =
		calloc(documents->frames.count + 1, sizeof(*documents->told));
	if (!documents->told)
		return -ENOMEM;
	if (documents->frames.lost_bytes)
		log_warn("%s: %" PRIu64 " bytes are damaged, and belong to no "
			 "frame",
			 documents->name, documents->frames.lost_bytes);
	return 0;
}

int documents_open(struct documents **out, int fd, const char *name)
{
	struct documents *documents = calloc(1, sizeof(*documents));
	struct stat status;
	int err = 0;

	if (!documents) {
		close(fd);
		return -ENOMEM;
	}
	documents->name = name;
	documents->fd = fd;
	if (fstat(fd, &status))
		err = -errno;
	else if (!S_ISREG(status.st_mode))
		err = spool(&documents->fd);
	if (!err)
		err = find_parts(documents);
	if (err) {
		log_error("cannot read %s: %s", name, strerror(-err));
		documents_close(documents);
		return err;
	}
	*out = documents;
	return 0;
}

void documents_close(struct documents *documents)
{
	if (!documents)
		return;
	unload(documents);
	frames_release(&documents->frames);
	free(documents->told);
	if (documents->fd >= 0)
		close(documents->fd);
	free(documents);
}
