/* SPDX-License-Identifier: GPL-2.0-only */
#include "sources/recording.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sources/documents.h"
#include "sources/json_read.h"
#include "util/log.h"
#include "util/shards.h"

/**
 * struct recording - a file, or the files of a directory, and a place in them
 * @path: its name, for messages
 * @dir: the directory, -1 = there is one file
 * @shards: its files
 * @nr_files: how many files there are
 * @file: the one that is read
 * @documents: what is in it; NULL = it has gone
 * @part_begins: times of the first samples of its parts, 0 where not read so
 *	far; NULL likewise of all
 * @file_begins: the same of the files
 * @count: samples of plain text read so far, for messages
 * @reader: makes samples of documents
 */
struct recording {
	char *path;
	int dir;
	struct shard *shards;
	size_t nr_files;
	size_t file;
	struct documents *documents;
	uint64_t *part_begins;
	uint64_t *file_begins;
	uint64_t count;
	struct json_reader *reader;
};

static void close_recording(void *self)
{
	struct recording *recording = self;

	documents_close(recording->documents);
	free(recording->part_begins);
	free(recording->file_begins);
	if (recording->dir >= 0)
		close(recording->dir);
	json_reader_free(recording->reader);
	free(recording->shards);
	free(recording->path);
	free(recording);
}

/*
 * Files
 */

/* A shard may have been removed since, to stay within a limit. */
static int open_shard(struct recording *recording)
{
	char name[SHARD_NAME_LEN];
	int fd;

	shard_name(name, sizeof(name),
		   recording->shards[recording->file].number);
	fd = openat(recording->dir, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		log_warn("cannot read %s of %s: %s", name, recording->path,
			 strerror(errno));
		return errno == ENOMEM || errno == EMFILE ? -errno : 0;
	}
	return documents_open(&recording->documents, fd, recording->path);
}

static int go_to_file(struct recording *recording, size_t file)
{
	if (file == recording->file && recording->documents)
		return 0;
	/* The one file that is no shard stays open. */
	if (recording->dir < 0 || file >= recording->nr_files) {
		recording->file = file;
		return 0;
	}
	documents_close(recording->documents);
	free(recording->part_begins);
	recording->documents = NULL;
	recording->part_begins = NULL;
	recording->file = file;
	return open_shard(recording);
}

static int next_document(struct recording *recording, struct document *document)
{
	int err = 0;

	while (!err && recording->file < recording->nr_files) {
		err = recording->documents
			      ? documents_next(recording->documents, document)
			      : -ENODATA;
		if (err != -ENODATA)
			return err;
		if (recording->file + 1 == recording->nr_files)
			return -ENODATA;
		err = go_to_file(recording, recording->file + 1);
		if (!err && recording->documents)
			documents_go(recording->documents, 0);
	}
	return err ? err : -ENODATA;
}

/*
 * Documents
 */

static void tell_no_json(const struct recording *recording)
{
	const char *why = json_reader_why(recording->reader);

	if (documents_plain(recording->documents))
		log_error("%s: document %" PRIu64 ", line %u: not JSON: %s",
			  recording->path, recording->count,
			  json_reader_line(recording->reader), why);
	else
		log_warn("%s: a sample cannot be read and is left out: %s",
			 recording->path, why);
}

static void tell_unread(const struct recording *recording, int err)
{
	if (err == -EBADMSG)
		tell_no_json(recording);
	else if (err == -ENOMSG)
		log_error("%s: document %" PRIu64 " is neither a report nor a "
			  "check; make one with 'swiotlb report --format json'",
			  recording->path, recording->count);
	else
		log_error("%s: cannot read report %" PRIu64 ": %s",
			  recording->path, recording->count,
			  err == -EINVAL ? json_reader_why(recording->reader)
					 : strerror(-err));
}

/* 0, -EBADMSG when it is no JSON, or negative errno; a message says so. */
static int read_document(struct recording *recording,
			 const struct document *document,
			 struct snapshot *sample)
{
	int err = json_read_report(recording->reader, document->text,
				   document->len, sample);

	if (err)
		tell_unread(recording, err);
	return err == -ENOMSG ? -EINVAL : err;
}

static int next(void *self, struct snapshot *sample)
{
	struct recording *recording = self;
	struct document document;
	int err;

	memset(sample, 0, sizeof(*sample));
	do {
		err = next_document(recording, &document);
		if (err)
			return err;
		recording->count++;
		err = read_document(recording, &document, sample);
	} while (err == -EBADMSG && !documents_plain(recording->documents));
	return err == -EBADMSG ? -EINVAL : err;
}

/*
 * Going to a time
 */

static int back(void *self)
{
	struct recording *recording = self;

	for (;;) {
		int err = recording->documents
				  ? documents_back(recording->documents)
				  : -ENODATA;

		if (err != -ENODATA || !recording->file)
			return err;
		err = go_to_file(recording, recording->file - 1);
		if (err)
			return err;
		if (recording->documents)
			documents_go(recording->documents,
				     documents_parts(recording->documents));
	}
}

/*
 * What a document has behind the key of its time. It is a key wherever it
 * stands, as quotes inside of strings have a backslash before them.
 */
static bool find_time(const struct document *document, uint64_t *at_ns)
{
	static const char key[] = "\"realtime_ns\":";
	const char *end = document->text + document->len;
	const char *at =
		memmem(document->text, document->len, key, sizeof(key) - 1);

	if (!at)
		return false;
	at += sizeof(key) - 1;
	while (at < end && *at == ' ')
		at++;
	for (*at_ns = 0; at < end && isdigit((unsigned char)*at); at++)
		*at_ns = *at_ns * 10 + (uint64_t)(*at - '0');
	return *at_ns != 0;
}

/* Of a document; 0 or negative errno. Nothing else of it is read, if it can be.
 */
static int time_of(struct recording *recording, const struct document *document,
		   uint64_t *at_ns)
{
	struct snapshot sample = { 0 };
	int err;

	if (find_time(document, at_ns))
		return 0;
	err = read_document(recording, document, &sample);
	*at_ns = sample.realtime_ns;
	snapshot_release(&sample);
	return err == -EBADMSG ? -EINVAL : err;
}

/* Of the next sample, likewise. */
static int next_time(struct recording *recording, uint64_t *at_ns)
{
	struct document document;
	int err;

	do {
		err = next_document(recording, &document);
		if (err)
			return err;
		recording->count++;
		err = time_of(recording, &document, at_ns);
	} while (err == -EINVAL && !documents_plain(recording->documents));
	return err;
}

/**
 * typedef go_to - go to the begin of a part; 0 or negative errno
 */
typedef int (*go_to)(struct recording *recording, size_t part);

static int go_to_part(struct recording *recording, size_t part)
{
	documents_go(recording->documents, part);
	return 0;
}

static int go_to_begin(struct recording *recording, size_t file)
{
	int err = go_to_file(recording, file);

	if (!err && recording->documents)
		documents_go(recording->documents, 0);
	return err;
}

/* When a part begins; UINT64_MAX = nobody knows. 0 or negative errno. */
static int read_begin(struct recording *recording, go_to go, size_t part,
		      uint64_t *begin_ns)
{
	struct document document;
	int err;

	if (*begin_ns)
		return 0;
	err = go(recording, part);
	if (!err)
		err = recording->documents
			      ? documents_next(recording->documents, &document)
			      : -ENODATA;
	if (!err)
		err = time_of(recording, &document, begin_ns);
	if (err != -ENODATA && err != -EINVAL)
		return err;
	*begin_ns = UINT64_MAX;
	return 0;
}

/*
 * The last of @count parts that begins before a time, and go there. What is
 * read of the others is kept in @begins for the next search.
 */
static int search(struct recording *recording, go_to go, size_t count,
		  uint64_t **begins, uint64_t at_ns)
{
	size_t low = 0, high = count;

	if (!*begins)
		*begins = calloc(count, sizeof(**begins));
	if (!*begins)
		return -ENOMEM;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		int err = read_begin(recording, go, middle, *begins + middle);

		if (err)
			return err;
		if ((*begins)[middle] < at_ns)
			low = middle;
		else
			high = middle;
	}
	return go(recording, low);
}

static int go_to_end(struct recording *recording)
{
	int err = go_to_begin(recording, recording->nr_files - 1);

	if (!err && recording->documents)
		documents_go(recording->documents,
			     documents_parts(recording->documents));
	return err;
}

/* Samples are in the order of time. */
static int seek(void *self, uint64_t at_ns)
{
	struct recording *recording = self;
	uint64_t found_ns;
	int err;

	if (!recording->nr_files)
		return 0;
	recording->count = 0;
	if (!at_ns)
		return go_to_begin(recording, 0);
	if (at_ns == UINT64_MAX)
		return go_to_end(recording);
	err = search(recording, go_to_begin, recording->nr_files,
		     &recording->file_begins, at_ns);
	if (!err && recording->documents)
		err = search(recording, go_to_part,
			     documents_parts(recording->documents),
			     &recording->part_begins, at_ns);
	while (!err) {
		err = next_time(recording, &found_ns);
		if (!err && found_ns >= at_ns)
			return back(recording);
	}
	return err == -ENODATA ? 0 : err;
}

static const struct source_type recording_source = {
	.next = next,
	.close = close_recording,
	.seek = seek,
	.back = back,
};

/*
 * Opening
 */

static int open_directory(struct recording *recording)
{
	int err = shards_list(recording->dir, &recording->shards,
			      &recording->nr_files);

	if (err)
		log_error("cannot read %s: %s", recording->path,
			  strerror(-err));
	else if (!recording->nr_files)
		log_error("%s has no recording: swiotlb record -o makes one",
			  recording->path);
	else
		return open_shard(recording);
	return err ? err : -ENOENT;
}

static int open_path(struct recording *recording, const char *path)
{
	bool standard = !strcmp(path, "-");
	int fd =
		standard ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;

	if (fd < 0) {
		log_error("cannot read %s: %s", path, strerror(errno));
		return -errno;
	}
	if (!fstat(fd, &status) && S_ISDIR(status.st_mode)) {
		recording->dir = fd;
		return open_directory(recording);
	}
	recording->nr_files = 1;
	return documents_open(&recording->documents, fd, recording->path);
}

int recording_open(struct source **out, const char *path)
{
	struct recording *recording = calloc(1, sizeof(*recording));
	int err;

	if (!recording)
		return -ENOMEM;
	recording->dir = -1;
	recording->path = strdup(strcmp(path, "-") ? path : "standard input");
	recording->reader = json_reader_new();
	err = recording->path && recording->reader ? open_path(recording, path)
						   : -ENOMEM;
	if (err) {
		close_recording(recording);
		return err;
	}
	*out = source_new(&recording_source, recording);
	return *out ? 0 : -ENOMEM;
}
