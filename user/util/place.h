/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTIL_PLACE_H
#define UTIL_PLACE_H

#include <stdbool.h>
#include <sys/stat.h>

/**
 * struct place - where a path leads to, found once and held
 * @dir: the directory (O_PATH)
 * @name: in it; never a link, "." or ".."; owned
 * @fd: what is there (O_PATH), -1 when nothing is
 * @status: of @fd
 */
struct place {
	int dir;
	char *name;
	int fd;
	struct stat status;
};

/**
 * place_find() - follow a path to its end, its links as well
 * @place: set; to be released with place_release() also after an error
 * @path: the path, whose last part need not exist
 * @foreign: set when a link was not followed because it is another user's, in
 *	a sticky directory that anyone can write to. The kernel's sysctl
 *	fs.protected_symlinks asks for the same, and may be off.
 *
 * Whoever swaps files and links on the way later changes nothing any more.
 *
 * Return: 0, -EACCES for such a link, or negative errno.
 */
int place_find(struct place *place, const char *path, bool *foreign);

/** place_release() - close and free what it has */
void place_release(struct place *place);

/**
 * place_open() - open what is there for writing, which is no regular file
 *
 * Return: a descriptor or negative errno.
 */
int place_open(const struct place *place);

#endif
