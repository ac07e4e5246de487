/* SPDX-License-Identifier: GPL-2.0-only */
#include "sources/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sources/frames_read.h"
#include "sources/frames_write.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/place.h"
#include "util/shards.h"

/* What is removed at once is a part of what is kept. */
#define SHARDS_KEPT 8

/* Of a directory without a limit. */
#define SHARD_BYTES (64ull << 20)

/**
 * struct recorder - what is written
 * @options: what was asked for
 * @frames: the file that is written
 * @file: it, -1 = none is open
 * @made: @file did not exist before
 * @place: where the file, or the directory, is
 * @dir: the directory, -1 = a file is written
 * @made_dir: it did not exist before
 * @number: of the shard
 * @begun_ns: CLOCK_MONOTONIC when it was begun
 * @counts: what was done
 * @failing: a message has told that they are lost
 * @lost_told: documents lost when writing worked again
 */
struct recorder {
	struct recorder_options options;
	struct frame_writer *frames;
	int file;
	bool made;
	struct place place;
	int dir;
	bool made_dir;
	uint64_t number;
	uint64_t begun_ns;
	struct recorder_counts counts;
	bool failing;
	uint64_t lost_told;
};

/*
 * Files
 */

/* On the file, or on the directory: it is the kernel's and ends with us. */
static int lock(int fd, const char *path)
{
	if (!flock(fd, LOCK_EX | LOCK_NB))
		return 0;
	if (errno == EWOULDBLOCK) {
		log_error("another recorder is writing to %s: end that one, or "
			  "record to another place",
			  path);
		return -EBUSY;
	}
	log_error("cannot lock %s: %s", path, strerror(errno));
	return -errno;
}

/* What is no recording is not written over. */
static int check_old(int fd, const char *path, uint64_t *size)
{
	struct stat status;
	char start[4];

	if (fstat(fd, &status))
		return -errno;
	*size = (uint64_t)status.st_size;
	if (S_ISREG(status.st_mode) &&
	    (!*size || (pread(fd, start, sizeof(start), 0) == sizeof(start) &&
			frames_begin(start, sizeof(start)))))
		return 0;
	log_error("%s is no recording, so it is not added to: give the name of "
		  "another file",
		  path);
	return -EEXIST;
}

/* Not blocked by what turns out to be a pipe. */
static int open_or_make(struct recorder *recorder)
{
	const struct place *place = &recorder->place;
	const int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
	int fd =
		openat(place->dir, place->name, flags | O_CREAT | O_EXCL, 0666);

	recorder->made = fd >= 0;
	if (fd < 0 && errno == EEXIST)
		fd = openat(place->dir, place->name, flags);
	recorder->file = fd;
	return fd < 0 ? -errno : 0;
}

static bool removed(int fd)
{
	struct stat status;

	return !fstat(fd, &status) && !status.st_nlink;
}

/* Another recorder that ends just now may remove what we have opened. */
static int open_and_lock(struct recorder *recorder)
{
	const char *path = recorder->options.path;
	int err;

	for (;;) {
		err = open_or_make(recorder);
		if (err) {
			log_error("cannot write %s: %s", path, strerror(-err));
			return err;
		}
		err = lock(recorder->file, path);
		/* What another one has locked is that one's to remove. */
		recorder->made &= !err;
		if (err || !removed(recorder->file))
			return err;
		close(recorder->file);
		recorder->file = -1;
	}
}

static int open_file(struct recorder *recorder)
{
	const char *path = recorder->options.path;
	uint64_t size = 0;
	int err = open_and_lock(recorder);

	if (!err)
		err = check_old(recorder->file, path, &size);
	if (!err)
		frame_writer_begin(recorder->frames, recorder->file, size);
	return err;
}

/*
 * Shards
 */

static uint64_t shard_bytes(const struct recorder *recorder)
{
	return recorder->options.keep_bytes
		       ? recorder->options.keep_bytes / SHARDS_KEPT
		       : SHARD_BYTES;
}

/* A document takes less room than its text. */
static bool shard_full(const struct recorder *recorder, size_t len)
{
	uint64_t keep_ns = recorder->options.keep_ns;
	uint64_t size = frame_size(recorder->frames);

	return (size && size + len > shard_bytes(recorder)) ||
	       (keep_ns &&
		monotonic_ns() - recorder->begun_ns >= keep_ns / SHARDS_KEPT);
}

static int begin_shard(struct recorder *recorder)
{
	char name[SHARD_NAME_LEN];

	shard_name(name, sizeof(name), recorder->number + 1);
	recorder->file = openat(recorder->dir, name,
				O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (recorder->file < 0)
		return -errno;
	recorder->number++;
	recorder->made = true;
	recorder->begun_ns = monotonic_ns();
	frame_writer_begin(recorder->frames, recorder->file, 0);
	return 0;
}

/* While it is still locked: what is made next at its name is another file. */
static void remove_empty(const struct recorder *recorder)
{
	char name[SHARD_NAME_LEN];
	struct stat status;

	if (!recorder->made || fstat(recorder->file, &status) || status.st_size)
		return;
	shard_name(name, sizeof(name), recorder->number);
	if (recorder->dir >= 0)
		unlinkat(recorder->dir, name, 0);
	else
		unlinkat(recorder->place.dir, recorder->place.name, 0);
}

static void end_file(struct recorder *recorder)
{
	if (recorder->file < 0)
		return;
	/* Without its end a frame can be read as well. */
	frame_end(recorder->frames);
	remove_empty(recorder);
	close(recorder->file);
	recorder->file = -1;
}

static bool outlived(const struct recorder *recorder, const struct shard *shard,
		     uint64_t total)
{
	const struct recorder_options *options = &recorder->options;
	uint64_t now = realtime_ns();

	if (options->keep_bytes && total > options->keep_bytes)
		return true;
	return options->keep_ns && now > shard->written_ns &&
	       now - shard->written_ns > options->keep_ns;
}

/* The oldest ones, until there is room for one more, full, or of @len bytes. */
static void remove_outlived(struct recorder *recorder, size_t len)
{
	const uint64_t full = shard_bytes(recorder);
	uint64_t total = len > full ? len : full;
	struct shard *list;
	size_t count;

	if (shards_list(recorder->dir, &list, &count))
		return;
	for (size_t i = 0; i < count; i++)
		total += list[i].bytes;
	for (size_t i = 0; i < count; i++) {
		char name[SHARD_NAME_LEN];

		if (!outlived(recorder, &list[i], total))
			break;
		shard_name(name, sizeof(name), list[i].number);
		if (unlinkat(recorder->dir, name, 0)) {
			log_warn("cannot remove %s from %s: %s", name,
				 recorder->options.path, strerror(errno));
			break;
		}
		total -= list[i].bytes;
		recorder->counts.removed++;
	}
	free(list);
}

static int next_shard(struct recorder *recorder, size_t len)
{
	end_file(recorder);
	remove_outlived(recorder, len);
	return begin_shard(recorder);
}

/* Numbers go on where an earlier recorder has ended. */
static int open_directory(struct recorder *recorder, int at, const char *name)
{
	const char *path = recorder->options.path;
	struct shard *list;
	size_t count;
	int err;

	recorder->dir = openat(at, name,
			       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (recorder->dir < 0) {
		err = -errno;
		log_error("cannot open the directory %s: %s", path,
			  strerror(-err));
		return err;
	}
	err = lock(recorder->dir, path);
	if (err)
		return err;
	err = shards_list(recorder->dir, &list, &count);
	if (!err) {
		recorder->number = count ? list[count - 1].number : 0;
		free(list);
		err = next_shard(recorder, 0);
	}
	if (err)
		log_error("cannot record to the directory %s: %s", path,
			  strerror(-err));
	return err;
}

/*
 * The whole
 */

static bool wants_directory(const struct recorder_options *options)
{
	size_t len = strlen(options->path);

	return options->keep_bytes || options->keep_ns ||
	       (len && options->path[len - 1] == '/');
}

static int make_directory(struct recorder *recorder)
{
	const struct place *place = &recorder->place;
	const char *path = recorder->options.path;

	if (mkdirat(place->dir, place->name, 0777)) {
		log_error("cannot make the directory %s: %s", path,
			  strerror(errno));
		return -errno;
	}
	recorder->made_dir = true;
	return open_directory(recorder, place->dir, place->name);
}

static int open_place(struct recorder *recorder)
{
	const char *path = recorder->options.path;

	if (!wants_directory(&recorder->options))
		return open_file(recorder);
	if (recorder->place.fd < 0)
		return make_directory(recorder);
	log_error("%s is no directory: what is kept is limited in a directory "
		  "of files only",
		  path);
	return -ENOTDIR;
}

static int find_place(struct recorder *recorder)
{
	const char *path = recorder->options.path;
	struct place *place = &recorder->place;
	char *bare = strdup(path);
	bool foreign = false;
	int err;

	if (!bare)
		return -ENOMEM;
	/* A directory that is yet to be made has no slash behind it. */
	for (size_t len = strlen(bare); len > 1 && bare[len - 1] == '/'; len--)
		bare[len - 1] = '\0';
	err = place_find(place, bare, &foreign);
	if (err == -EISDIR)
		err = open_directory(
			recorder, place->fd < 0 ? place->dir : place->fd, ".");
	else if (err)
		log_error("cannot record to %s: %s", path,
			  foreign ? "a link on the way is another user's, in a "
				    "directory that anyone can write to"
				  : strerror(-err));
	else
		err = open_place(recorder);
	free(bare);
	return err;
}

static void release(struct recorder *recorder)
{
	end_file(recorder);
	/* It stays if there is anything in it. */
	if (recorder->made_dir)
		unlinkat(recorder->place.dir, recorder->place.name,
			 AT_REMOVEDIR);
	if (recorder->dir >= 0)
		close(recorder->dir);
	place_release(&recorder->place);
	frame_writer_free(recorder->frames);
	free(recorder);
}

int recorder_open(struct recorder **out, const struct recorder_options *options)
{
	struct recorder *recorder = calloc(1, sizeof(*recorder));
	int err;

	if (!recorder)
		return -ENOMEM;
	recorder->options = *options;
	recorder->file = -1;
	recorder->dir = -1;
	recorder->place = (struct place){ .dir = -1, .fd = -1 };
	recorder->frames = frame_writer_new();
	err = recorder->frames ? find_place(recorder) : -ENOMEM;
	if (err) {
		release(recorder);
		return err;
	}
	*out = recorder;
	return 0;
}

/* Make sure that there is a file which takes so much. */
static int make_room(struct recorder *recorder, size_t len)
{
	if (recorder->dir < 0 ||
	    (recorder->file >= 0 && !shard_full(recorder, len)))
		return 0;
	return next_shard(recorder, len);
}

static int add(struct recorder *recorder, const char *text, size_t len)
{
	uint64_t before;
	int err = make_room(recorder, len);

	if (err)
		return err;
	before = frame_size(recorder->frames);
	err = frame_write(recorder->frames, text, len);
	recorder->counts.bytes += frame_size(recorder->frames) - before;
	return err;
}

static int add_frames(struct recorder *recorder, int fd, uint64_t offset,
		      uint64_t len)
{
	uint64_t before;
	int err = make_room(recorder, len);

	if (err)
		return err;
	before = frame_size(recorder->frames);
	err = frame_copy(recorder->frames, fd, offset, len);
	recorder->counts.bytes += frame_size(recorder->frames) - before;
	return err;
}

static void tell(struct recorder *recorder)
{
	const struct recorder_counts *counts = &recorder->counts;
	bool failing = counts->error;

	if (failing && !recorder->failing)
		log_warn("cannot write to %s: %s; samples are lost until it "
			 "can be written again",
			 recorder->options.path, strerror(-counts->error));
	if (!failing && recorder->failing) {
		log_warn("%s is written again: %" PRIu64 " samples were lost",
			 recorder->options.path,
			 counts->lost - recorder->lost_told);
		recorder->lost_told = counts->lost;
	}
	recorder->failing = failing;
}

static void count(struct recorder *recorder, uint64_t documents, int error)
{
	struct recorder_counts *counts = &recorder->counts;

	counts->error = error;
	if (error)
		counts->lost += documents;
	else
		counts->written += documents;
	tell(recorder);
}

void recorder_add(struct recorder *recorder, const char *text, size_t len)
{
	count(recorder, 1, add(recorder, text, len));
}

void recorder_add_frames(struct recorder *recorder, int fd, uint64_t offset,
			 uint64_t len, uint64_t documents)
{
	count(recorder, documents, add_frames(recorder, fd, offset, len));
}

void recorder_lose(struct recorder *recorder, int error)
{
	count(recorder, 1, error);
}

size_t recorder_places(const struct recorder *recorder,
		       struct confine_place *places)
{
	bool made = recorder->made_dir || (recorder->dir < 0 && recorder->made);
	size_t count = 0;

	if (recorder->dir >= 0)
		places[count++] =
			(struct confine_place){ recorder->dir, CONFINE_WRITE };
	if (made && !recorder->counts.written)
		places[count++] = (struct confine_place){ recorder->place.dir,
							  CONFINE_REMOVE };
	return count;
}

void recorder_pause(struct recorder *recorder)
{
	if (recorder->file >= 0)
		frame_end(recorder->frames);
}

const struct recorder_counts *recorder_counts(const struct recorder *recorder)
{
	return &recorder->counts;
}

int recorder_close(struct recorder *recorder)
{
	uint64_t lost;

	if (!recorder)
		return 0;
	lost = recorder->counts.lost;
	if (lost)
		log_error("%" PRIu64 " of %" PRIu64 " samples could not be "
			  "written to %s",
			  lost, lost + recorder->counts.written,
			  recorder->options.path);
	release(recorder);
	return lost ? -ENOSPC : 0;
}
