/* SPDX-License-Identifier: GPL-2.0-only */
#include "util/place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* As many as the kernel follows (MAXSYMLINKS, include/linux/namei.h). */
#define LINKS_MAX 40

/**
 * struct walk - a path that is being followed
 * @place: where it has come to
 * @rest: its unresolved rest, without leading slashes
 * @links: followed so far
 * @foreign: see place_find()
 */
struct walk {
	struct place *place;
	char rest[PATH_MAX];
	unsigned int links;
	bool *foreign;
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void place_release(struct place *place)
{
	close_fd(&place->fd);
	close_fd(&place->dir);
	free(place->name);
	place->name = NULL;
}

/* An absolute path, or target of a link, begins at the root. */
static int begin(struct walk *walk, const char *from)
{
	struct place *place = walk->place;

	close_fd(&place->dir);
	place->dir = open(from, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return place->dir < 0 ? -errno : 0;
}

/* Prepend @text to the unresolved rest. */
static int prepend(struct walk *walk, const char *text)
{
	char joined[PATH_MAX];
	int len = snprintf(joined, sizeof(joined), "%s/%s", text, walk->rest);

	if (len < 0 || (size_t)len >= sizeof(joined))
		return -ENAMETOOLONG;
	/* What had nothing behind it has no slash behind it either. */
	if (!*walk->rest)
		joined[len - 1] = '\0';
	strcpy(walk->rest, joined + strspn(joined, "/"));
	return *text == '/' ? begin(walk, "/") : 0;
}

static bool is_foreign(const struct stat *dir, const struct stat *link)
{
	return dir->st_mode & S_ISVTX && dir->st_mode & S_IWOTH &&
	       link->st_uid != geteuid() && link->st_uid != 0;
}

/* Links of /proc/PID/fd may lead to something without a path, such as a pipe.
 */
static bool leads_nowhere(const struct place *place, const char *target)
{
	struct stat status;

	return *target != '/' && fstatat(place->dir, target, &status, 0) &&
	       !fstatat(place->dir, place->name, &status, 0) &&
	       !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

static int follow_magic(struct walk *walk)
{
	struct place *place = walk->place;

	if (*walk->rest)
		return -ENOTDIR;
	close_fd(&place->fd);
	place->fd = openat(place->dir, place->name, O_PATH | O_CLOEXEC);
	return place->fd < 0 || fstat(place->fd, &place->status) ? -errno : 0;
}

static int follow_link(struct walk *walk)
{
	struct place *place = walk->place;
	char target[PATH_MAX];
	struct stat dir;
	ssize_t len;

	if (fstat(place->dir, &dir))
		return -errno;
	if (is_foreign(&dir, &place->status)) {
		*walk->foreign = true;
		return -EACCES;
	}
	if (++walk->links > LINKS_MAX)
		return -ELOOP;
	len = readlinkat(place->fd, "", target, sizeof(target) - 1);
	if (len < 0)
		return -errno;
	target[len] = '\0';
	if (leads_nowhere(place, target))
		return follow_magic(walk);
	return prepend(walk, target);
}

/* Cuts the next part off, into place->name. */
static int next_name(struct walk *walk)
{
	size_t len = strcspn(walk->rest, "/");
	char *name = strndup(walk->rest, len);

	if (!name)
		return -ENOMEM;
	free(walk->place->name);
	walk->place->name = name;
	len += strspn(walk->rest + len, "/");
	memmove(walk->rest, walk->rest + len, strlen(walk->rest + len) + 1);
	return 0;
}

static int look(struct place *place)
{
	close_fd(&place->fd);
	place->fd = openat(place->dir, place->name,
			   O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (place->fd < 0)
		return -errno;
	return fstat(place->fd, &place->status) ? -errno : 0;
}

/* Resolve one part of the path: a link, a directory, or the last part. */
static int step(struct walk *walk)
{
	struct place *place = walk->place;
	bool slash = walk->rest[strcspn(walk->rest, "/")];
	int err = next_name(walk);

	if (!err)
		err = look(place);
	if (err == -ENOENT && !*walk->rest && !slash)
		return 0;
	if (err)
		return err;
	if (S_ISLNK(place->status.st_mode)) {
		/* What the link leads to must be a directory as well. */
		if (slash && !*walk->rest)
			strcpy(walk->rest, ".");
		return follow_link(walk);
	}
	if (!S_ISDIR(place->status.st_mode))
		return *walk->rest || slash ? -ENOTDIR : 0;
	if (!*walk->rest)
		return -EISDIR;
	close_fd(&place->dir);
	place->dir = place->fd;
	place->fd = -1;
	return 0;
}

int place_find(struct place *place, const char *path, bool *foreign)
{
	struct walk walk = { .place = place, .foreign = foreign };
	int err;

	*place = (struct place){ .dir = -1, .fd = -1 };
	*foreign = false;
	if (!*path)
		return -ENOENT;
	err = begin(&walk, ".");
	if (!err)
		err = prepend(&walk, path);
	/* "/" alone has no name. */
	if (!err && !*walk.rest)
		err = -EISDIR;
	while (!err && *walk.rest)
		err = step(&walk);
	return err;
}

int place_open(const struct place *place)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", place->fd);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}
