/* SPDX-License-Identifier: GPL-2.0-only */
#include "util/service.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/library.h"
#include "util/log.h"
#include "util/units.h"

#define FUNCTIONS(OF)                                                          \
	OF(sd_is_socket)                                                       \
	OF(sd_listen_fds)                                                      \
	OF(sd_watchdog_enabled)

/* Loaded where systemd has set a variable that they read. */
static struct {
	FUNCTIONS(LIBRARY_POINTER)
} systemd;

static const char *const names[] = { FUNCTIONS(LIBRARY_NAME) NULL };

static int load(void)
{
	return library_load(&library_systemd, names, &systemd);
}

int service_sockets(int *fds, size_t max)
{
	int count = 0;

	if (getenv("LISTEN_FDS")) {
		count = load();
		if (count)
			return count;
		count = systemd.sd_listen_fds(1);
	}
	if (count < 0 || (size_t)count > max) {
		log_error("cannot take the sockets that were passed: %s",
			  count < 0 ? strerror(-count) : "there are too many");
		return count < 0 ? count : -E2BIG;
	}
	for (int i = 0; i < count; i++) {
		fds[i] = SD_LISTEN_FDS_START + i;
		if (systemd.sd_is_socket(fds[i], AF_UNSPEC, SOCK_STREAM, 1) > 0)
			continue;
		log_error("descriptor %d was passed and is no socket that "
			  "listens; see ListenStream= in systemd.socket(5)",
			  fds[i]);
		return -ENOTSOCK;
	}
	return count;
}

/* As sd_notify(3) describes it; libsystemd opens a socket for each message. */
static int open_notify(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const size_t len = strlen(path);
	int fd;

	if (len >= sizeof(address.sun_path))
		return -1;
	memcpy(address.sun_path, path, len);
	if (*path == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (!connect(fd, (const struct sockaddr *)&address,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)))
		return fd;
	close(fd);
	return -1;
}

static int find_watchdog(struct service *service)
{
	uint64_t usec = 0;
	int err;

	if (!getenv("WATCHDOG_USEC"))
		return 0;
	err = load();
	if (!err && systemd.sd_watchdog_enabled(0, &usec) > 0)
		service->watchdog_ns = usec * NS_PER_US / 2;
	return err;
}

int service_open(struct service *service)
{
	const char *path = getenv("NOTIFY_SOCKET");
	int err;

	*service = (struct service){ .fd = -1 };
	if (!path || (*path != '/' && *path != '@'))
		return 0;
	err = find_watchdog(service);
	if (err)
		return err;
	service->fd = open_notify(path);
	if (service->fd < 0)
		log_warn("cannot tell systemd of the start: %s: %s", path,
			 strerror(errno));
	return 0;
}

void service_close(struct service *service)
{
	if (service->fd >= 0)
		close(service->fd);
	service->fd = -1;
}

/* Without a reader it is lost: nothing depends on it. */
static void tell(const struct service *service, const char *message)
{
	if (service->fd >= 0)
		send(service->fd, message, strlen(message),
		     MSG_DONTWAIT | MSG_NOSIGNAL);
}

void service_ready(struct service *service)
{
	tell(service, "READY=1");
}

void service_alive(struct service *service)
{
	const uint64_t now = monotonic_ns();

	if (!service->watchdog_ns || now < service->next_ns)
		return;
	service->next_ns = now + service->watchdog_ns;
	tell(service, "WATCHDOG=1");
}

void service_stopping(struct service *service)
{
	tell(service, "STOPPING=1");
}
