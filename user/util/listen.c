/* SPDX-License-Identifier: GPL-2.0-only */
#include "util/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util/log.h"
#include "util/units.h"

#define BACKLOG 128

/**
 * struct end_point - where to listen
 * @address: its address
 * @len: length of that
 */
struct end_point {
	struct sockaddr_storage address;
	socklen_t len;
};

static bool parse_port(const char *text, in_port_t *port)
{
	uint64_t number;

	if (parse_count(text, &number) || !number || number > UINT16_MAX)
		return false;
	*port = htons((uint16_t)number);
	return true;
}

static bool make_v4(const char *host, in_port_t port, struct end_point *point)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&point->address;

	*point = (struct end_point){ .len = sizeof(*v4) };
	v4->sin_family = AF_INET;
	v4->sin_port = port;
	return inet_pton(AF_INET, host, &v4->sin_addr) == 1;
}

static bool make_v6(const char *host, in_port_t port, struct end_point *point)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&point->address;

	*point = (struct end_point){ .len = sizeof(*v6) };
	v6->sin6_family = AF_INET6;
	v6->sin6_port = port;
	return inet_pton(AF_INET6, host, &v6->sin6_addr) == 1;
}

/* Return: the number of its addresses; 0 = it is not an address */
static size_t parse(const char *address, struct end_point *points)
{
	const char *colon = strrchr(address, ':');
	char host[INET6_ADDRSTRLEN + 2];
	size_t len = colon ? (size_t)(colon - address) : 0;
	in_port_t port;

	if (!colon || len >= sizeof(host) || !parse_port(colon + 1, &port))
		return 0;
	memcpy(host, address, len);
	host[len] = '\0';
	if (!len || !strcmp(host, "localhost")) {
		make_v4("127.0.0.1", port, &points[0]);
		make_v6("::1", port, &points[1]);
		return 2;
	}
	if (host[0] == '[' && host[len - 1] == ']') {
		host[len - 1] = '\0';
		return make_v6(host + 1, port, &points[0]);
	}
	return make_v4(host, port, &points[0]);
}

/* An address of IPv6 is that alone, so that both can be had with one port. */
static int open_point(const struct end_point *point)
{
	const int on = 1, family = point->address.ss_family;
	int err, fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (!bind(fd, (const struct sockaddr *)&point->address, point->len) &&
	    !listen(fd, BACKLOG))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* The machine has no such protocol, or not on that interface. */
static bool has_none(int err)
{
	return err == -EAFNOSUPPORT || err == -EADDRNOTAVAIL;
}

int listen_open(const char *address, int *fds, size_t *count)
{
	struct end_point points[LISTEN_MAX];
	const size_t wanted = parse(address, points);
	int err = wanted ? 0 : -EINVAL;

	*count = 0;
	for (size_t i = 0; i < wanted; i++) {
		int fd = open_point(&points[i]);

		if (fd >= 0)
			fds[(*count)++] = fd;
		else if (!err || has_none(err))
			err = fd;
	}
	if (!err || (has_none(err) && *count))
		return 0;
	while (*count)
		close(fds[--*count]);
	log_error("cannot listen on %s: %s", address, strerror(-err));
	return err;
}

int listen_check(const char *address)
{
	struct end_point points[LISTEN_MAX];

	return parse(address, points) ? 0 : -EINVAL;
}
