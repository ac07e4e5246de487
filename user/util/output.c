/* SPDX-License-Identifier: GPL-2.0-only */
#include "util/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/log.h"
#include "util/place.h"

/* Names of temporary files that are tried. */
#define NAMES_MAX 16

/**
 * struct output - see output.h
 * @name: what messages call it
 * @file: a regular file is written, at @place
 * @place: where, found at the start
 * @fd: stdout, or a device or pipe that is open
 * @stream: where the caller writes
 * @memory: what was written, unless it is in a file that has no name
 * @size: length of @memory
 * @published: the file is one of ours
 */
struct output {
	const char *name;
	bool file;
	struct place place;
	int fd;
	FILE *stream;
	char *memory;
	size_t size;
	bool published;
};

static void output_free(struct output *output)
{
	if (output->stream)
		fclose(output->stream);
	if (output->fd > STDERR_FILENO)
		close(output->fd);
	place_release(&output->place);
	free(output->memory);
	free(output);
}

/* A file of the same directory, so that it can take the other's name. */
static int make_temporary(const struct place *place, char *name, size_t len)
{
	int fd = -1;

	for (int i = 0; i < NAMES_MAX && fd < 0; i++) {
		unsigned int number;

		if (getrandom(&number, sizeof(number), 0) < 0)
			return -errno;
		snprintf(name, len, ".swiotlb.%08x", number);
		fd = openat(place->dir, name,
			    O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0 && errno != EEXIST)
			return -errno;
	}
	return fd < 0 ? -EEXIST : fd;
}

/* Finds out now what would only fail when the run is over. */
static int probe_directory(const struct place *place)
{
	char name[32];
	int fd = make_temporary(place, name, sizeof(name));

	if (fd < 0)
		return fd;
	close(fd);
	unlinkat(place->dir, name, 0);
	return 0;
}

static mode_t default_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

static int open_regular(struct output *output)
{
	const struct place *place = &output->place;

	output->file = true;
	if (place->fd >= 0 &&
	    faccessat(place->dir, place->name, W_OK, AT_EACCESS))
		return -errno;
	return probe_directory(place);
}

/* A device, pipe or the like is written in place. */
static int open_place(struct output *output)
{
	const struct place *place = &output->place;

	if (place->fd < 0 || S_ISREG(place->status.st_mode))
		return open_regular(output);
	output->fd = place_open(place);
	return output->fd < 0 ? output->fd : 0;
}

static void log_failure(const struct output *output, int err, bool foreign)
{
	log_error("cannot write %s: %s", output->name,
		  foreign ? "a link on the way is another user's, in a "
			    "directory that anyone can write to; give the path "
			    "that it leads to"
			  : strerror(-err));
}

/* In the directory of the file that is written, where there must be room. */
static FILE *unnamed_file(const struct output *output)
{
	char name[32];
	FILE *file;
	int fd;

	if (!output->file)
		return tmpfile();
	fd = make_temporary(&output->place, name, sizeof(name));
	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	unlinkat(output->place.dir, name, 0);
	file = fdopen(fd, "w+");
	if (!file)
		close(fd);
	return file;
}

static int open_stream(struct output *output, bool large)
{
	output->stream = large ? unnamed_file(output)
			       : open_memstream(&output->memory, &output->size);
	return output->stream ? 0 : -errno;
}

static int open_output(struct output **out, const char *path, bool large)
{
	struct output *output = calloc(1, sizeof(*output));
	bool named = path && strcmp(path, "-"), foreign = false;
	int err = 0;

	if (!output) {
		log_error("out of memory");
		return -ENOMEM;
	}
	output->name = named ? path : "standard output";
	output->fd = STDOUT_FILENO;
	output->place.dir = output->place.fd = -1;
	if (named)
		err = place_find(&output->place, path, &foreign);
	if (named && !err)
		err = open_place(output);
	if (!err)
		err = open_stream(output, large);
	if (err) {
		log_failure(output, err, foreign);
		output_free(output);
		return err;
	}
	*out = output;
	return 0;
}

int output_open(struct output **out, const char *path)
{
	return open_output(out, path, false);
}

int output_open_large(struct output **out, const char *path)
{
	return open_output(out, path, true);
}

FILE *output_stream(struct output *output)
{
	return output->stream;
}

int output_directory(const struct output *output)
{
	return output->file ? output->place.dir : -1;
}

int output_terminal(const struct output *output)
{
	return !output->file && isatty(output->fd) ? output->fd : -1;
}

static int write_all(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t written = write(fd, data, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		data += written;
		size -= (size_t)written;
	}
	return 0;
}

/* What was written, to where it belongs. */
static int copy_out(const struct output *output, int fd)
{
	char buffer[1 << 16];
	size_t have;
	int err = 0;

	if (output->memory)
		return write_all(fd, output->memory, output->size);
	rewind(output->stream);
	while (!err &&
	       (have = fread(buffer, 1, sizeof(buffer), output->stream)) > 0)
		err = write_all(fd, buffer, have);
	if (!err && ferror(output->stream))
		err = -EIO;
	return err;
}

/*
 * Whose the older file was, so far as that is allowed; never with set-id bits,
 * and a group that could not be kept lends its rights to no other.
 */
static int take_over(const struct place *place, int fd)
{
	mode_t mode = place->status.st_mode & 0777;

	if (place->fd < 0)
		return fchmod(fd, default_mode()) ? -errno : 0;
	if (fchown(fd, place->status.st_uid, place->status.st_gid) &&
	    fchown(fd, -1, place->status.st_gid))
		mode &= ~070u | (mode & 07) << 3;
	return fchmod(fd, mode) ? -errno : 0;
}

static int replace_file(const struct output *output, bool sync)
{
	const struct place *place = &output->place;
	char name[32];
	int err, fd = make_temporary(place, name, sizeof(name));

	if (fd < 0)
		return fd;
	err = copy_out(output, fd);
	if (!err)
		err = take_over(place, fd);
	if (!err && sync && fsync(fd))
		err = -errno;
	if (close(fd) && !err)
		err = -errno;
	if (!err && renameat(place->dir, name, place->dir, place->name))
		err = -errno;
	if (err)
		unlinkat(place->dir, name, 0);
	return err;
}

static int write_out(struct output *output, bool sync)
{
	int err;

	/* A stream in memory fails for want of memory alone. */
	if (fflush(output->stream))
		return output->memory ? -ENOMEM : -errno;
	if (ferror(output->stream))
		return output->memory ? -ENOMEM : -EIO;
	if (output->file)
		return replace_file(output, sync);
	/* What others printed to stdout comes first. */
	fflush(stdout);
	err = copy_out(output, output->fd);
	/* The reader of a pipe may leave when it has seen enough. */
	return err == -EPIPE ? 0 : err;
}

int output_commit(struct output *output)
{
	int err = write_out(output, true);

	if (err)
		log_failure(output, err, false);
	output_free(output);
	return err;
}

int output_publish(struct output *output)
{
	int err = write_out(output, false), error;

	fclose(output->stream);
	free(output->memory);
	output->memory = NULL;
	error = open_stream(output, false);
	output->published |= output->file && !err;
	return err ? err : error;
}

void output_withdraw(struct output *output)
{
	if (output->published)
		unlinkat(output->place.dir, output->place.name, 0);
	output_free(output);
}

void output_discard(struct output *output)
{
	if (output)
		output_free(output);
}

int output_end(struct output *output, int err)
{
	if (!err)
		return output_commit(output);
	output_discard(output);
	return err;
}
