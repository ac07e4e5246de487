/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTIL_LISTEN_H
#define UTIL_LISTEN_H

#include <stddef.h>

/* More than a name stands for. */
#define LISTEN_MAX 2

/**
 * listen_open() - sockets that listen for TCP
 * @address: "127.0.0.1:9000", "[::1]:9000", "0.0.0.0:9000"; ":9000" and
 *	"localhost:9000" are this machine alone, by both protocols
 * @fds: set to the sockets, LISTEN_MAX at most
 * @count: set to how many
 *
 * Where a name stands for both protocols and the machine has one of them, that
 * is enough. Logs why when it fails.
 *
 * Return: 0 or negative errno.
 */
int listen_open(const char *address, int *fds, size_t *count);

/**
 * listen_check() - whether it is an address at all
 *
 * Return: 0, or -EINVAL.
 */
int listen_check(const char *address);

#endif
