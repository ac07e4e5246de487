/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTIL_SERVICE_H
#define UTIL_SERVICE_H

/*
 * A service of systemd: sockets that it has passed, and what it is told. All of
 * it does nothing where systemd did not start the process.
 */

#include <stddef.h>
#include <stdint.h>

/**
 * struct service - what systemd is told by
 * @fd: a socket that leads to it; -1 = it does not listen
 * @watchdog_ns: it has to be told so often; 0 = never
 * @next_ns: when that is due, CLOCK_MONOTONIC
 */
struct service {
	int fd;
	uint64_t watchdog_ns;
	uint64_t next_ns;
};

/**
 * service_sockets() - sockets that were passed, which listen
 * @fds: set to them
 * @max: as many fit in
 *
 * Logs why when it fails.
 *
 * Return: how many, or negative errno.
 */
int service_sockets(int *fds, size_t max);

/**
 * service_open() - open the way to systemd
 *
 * Nothing is opened later, so that a process that may open no sockets any more
 * can still tell it.
 *
 * Return: 0; -ELIBACC, with a message: systemd expects signs of life, and there
 * is no library that says how often.
 */
int service_open(struct service *service);

/** service_close() - close it */
void service_close(struct service *service);

/** service_ready() - tell that the start is complete */
void service_ready(struct service *service);

/** service_alive() - feed the watchdog when that is due; to be called often */
void service_alive(struct service *service);

/** service_stopping() - tell that the end has begun */
void service_stopping(struct service *service);

#endif
