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
#include "util/log.h"
#include "util/units.h"

int service_sockets(int *fds, size_t max)
{
	int count = sd_listen_fds(1);

	if (count < 0 || (size_t)count > max) {
		log_error("cannot take the sockets that were passed: %s",
			  count < 0 ? strerror(-count) : "there are too many");
		return count < 0 ? count : -E2BIG;
	}
	for (int i = 0; i < count; i++) {
		fds[i] = SD_LISTEN_FDS_START + i;
		if (sd_is_socket(fds[i], AF_UNSPEC, SOCK_STREAM, 1) > 0)
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

void service_open(struct service *service)
{
	const char *path = getenv("NOTIFY_SOCKET");
	uint64_t usec = 0;

	*service = (struct service){ .fd = -1 };
	if (!path || (*path != '/' && *path != '@'))
		return;
	service->fd = open_notify(path);
	if (service->fd < 0)
		log_warn("cannot tell systemd of the start: %s: %s", path,
			 strerror(errno));
	else if (sd_watchdog_enabled(0, &usec) > 0)
		service->watchdog_ns = usec * NS_PER_US / 2;
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
