/* SPDX-License-Identifier: GPL-2.0-only */
#include "util/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/log.h"

/**
 * struct output - see output.h
 * @name: what messages call it
 * @path: the file to replace, symbolic links resolved; NULL to write to @fd
 * @fd: stdout, or a device or pipe that is open
 * @stream: where the caller writes
 * @memory: what was written
 * @size: length of @memory
 * @mode: permissions of the file
 */
struct output {
	const char *name;
	char *path;
	int fd;
	FILE *stream;
	char *memory;
	size_t size;
	mode_t mode;
};

static void output_free(struct output *output)
{
	if (output->stream)
		fclose(output->stream);
	if (output->fd > STDERR_FILENO)
		close(output->fd);
	free(output->memory);
	free(output->path);
	free(output);
}

/* A file of the same directory, so that rename() does not cross devices. */
static int make_temporary(const char *path, char *temporary, size_t len)
{
	const char *slash = strrchr(path, '/');
	int dir_len = slash ? (int)(slash - path) + 1 : 0;
	int needed, fd;

	needed = snprintf(temporary, len, "%.*s.swiotlb.XXXXXX", dir_len, path);
	if (needed < 0 || (size_t)needed >= len)
		return -ENAMETOOLONG;
	fd = mkostemp(temporary, O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Finds out now what would only fail when the run is over. */
static int probe_directory(const char *path)
{
	char temporary[PATH_MAX];
	int fd = make_temporary(path, temporary, sizeof(temporary));

	if (fd < 0)
		return fd;
	close(fd);
	unlink(temporary);
	return 0;
}

static mode_t default_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

/* A device, pipe or the like is written in place. */
static int open_special(struct output *output, const char *path)
{
	output->fd = open(path, O_WRONLY | O_CLOEXEC);
	return output->fd < 0 ? -errno : 0;
}

static int open_regular(struct output *output, const char *path, bool exists)
{
	output->path = exists ? realpath(path, NULL) : strdup(path);
	if (!output->path)
		return -errno;
	if (exists && access(path, W_OK))
		return -errno;
	return probe_directory(output->path);
}

static int open_file(struct output *output, const char *path)
{
	struct stat status;
	bool exists = !stat(path, &status);

	if (!exists && errno != ENOENT)
		return -errno;
	if (exists && S_ISDIR(status.st_mode))
		return -EISDIR;
	if (exists && !S_ISREG(status.st_mode))
		return open_special(output, path);
	output->mode = exists ? status.st_mode & 07777 : default_mode();
	return open_regular(output, path, exists);
}

int output_open(struct output **out, const char *path)
{
	struct output *output = calloc(1, sizeof(*output));
	bool file = path && strcmp(path, "-");
	int err = 0;

	if (!output) {
		log_error("out of memory");
		return -ENOMEM;
	}
	output->name = file ? path : "standard output";
	output->fd = STDOUT_FILENO;
	if (file)
		err = open_file(output, path);
	if (!err) {
		output->stream = open_memstream(&output->memory, &output->size);
		if (!output->stream)
			err = -errno;
	}
	if (err) {
		log_error("cannot write %s: %s", output->name, strerror(-err));
		output_free(output);
		return err;
	}
	*out = output;
	return 0;
}

FILE *output_stream(struct output *output)
{
	return output->stream;
}

int output_terminal(const struct output *output)
{
	return !output->path && isatty(output->fd) ? output->fd : -1;
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

static int replace_file(const struct output *output)
{
	char temporary[PATH_MAX];
	int fd, err;

	fd = make_temporary(output->path, temporary, sizeof(temporary));
	if (fd < 0)
		return fd;
	err = write_all(fd, output->memory, output->size);
	if (!err && (fchmod(fd, output->mode) || fsync(fd)))
		err = -errno;
	if (close(fd) && !err)
		err = -errno;
	if (!err && rename(temporary, output->path))
		err = -errno;
	if (err)
		unlink(temporary);
	return err;
}

static int write_out(struct output *output)
{
	int err;

	if (fflush(output->stream) || ferror(output->stream))
		return -ENOMEM; /* a stream in memory fails for nothing else */
	if (output->path)
		return replace_file(output);
	/* What others printed to stdout comes first. */
	fflush(stdout);
	err = write_all(output->fd, output->memory, output->size);
	/* The reader of a pipe may leave when it has seen enough. */
	return err == -EPIPE ? 0 : err;
}

int output_commit(struct output *output)
{
	int err = write_out(output);

	if (err)
		log_error("cannot write %s: %s", output->name, strerror(-err));
	output_free(output);
	return err;
}

void output_discard(struct output *output)
{
	if (output)
		output_free(output);
}
