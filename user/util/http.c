/* SPDX-License-Identifier: GPL-2.0-only */
#include "util/http.h"

#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/library.h"
#include "util/units.h"

#define MAX_SOCKETS	8
#define MAX_CONNECTIONS 64
#define MAX_NS		(10 * NS_PER_SEC)

/* Of a connection: what it sends must fit in, else it gets 431 or 414. */
#define MAX_REQUEST_BYTES (16 << 10)

#define FUNCTIONS(OF)                                                          \
	OF(MHD_add_response_header)                                            \
	OF(MHD_create_response_from_buffer)                                    \
	OF(MHD_destroy_response)                                               \
	OF(MHD_get_connection_info)                                            \
	OF(MHD_get_fdset2)                                                     \
	OF(MHD_lookup_connection_value)                                        \
	OF(MHD_queue_response)                                                 \
	OF(MHD_run)                                                            \
	OF(MHD_start_daemon)                                                   \
	OF(MHD_stop_daemon)

/* Loaded by http_open(). */
static struct {
	FUNCTIONS(LIBRARY_POINTER)
} mhd;

static const char *const names[] = { FUNCTIONS(LIBRARY_NAME) NULL };

/*
 * A page is a response of the library, which counts who uses it; a struct of
 * its own would only point to that.
 */
static struct MHD_Response *response_of(const struct http_page *page)
{
	return (struct MHD_Response *)page;
}

/**
 * struct waiting - a socket that is waited for
 * @fd: it
 * @events: what is waited for, EPOLLIN and EPOLLOUT
 */
struct waiting {
	int fd;
	uint32_t events;
};

/**
 * struct connection - a client
 * @list: all of them, the oldest first
 * @socket: its socket
 * @since_ns: CLOCK_MONOTONIC
 * @ending: it was shut down, which the library will find
 */
struct connection {
	TAILQ_ENTRY(connection) list;
	struct waiting socket;
	uint64_t since_ns;
	bool ending;
};

TAILQ_HEAD(connections, connection);

/**
 * struct http - a server
 * @handler: asked for each request
 * @context: passed to it
 * @daemons: of the library, one a socket
 * @sockets: their sockets
 * @count: how many
 * @epoll: can be read when one of all sockets has something to do
 * @connections: all connections
 * @nr_connections: how many of them are not ending
 * @not_found: page for what there is not
 * @not_allowed: for other methods
 * @broken: for errors
 */
struct http {
	http_handler handler;
	void *context;
	struct MHD_Daemon *daemons[MAX_SOCKETS];
	struct waiting sockets[MAX_SOCKETS];
	size_t count;
	int epoll;
	struct connections connections;
	size_t nr_connections;
	struct http_page *not_found;
	struct http_page *not_allowed;
	struct http_page *broken;
};

/*
 * Pages
 */

struct http_page *http_page_new(const char *type, char *text, size_t len)
{
	struct MHD_Response *response = mhd.MHD_create_response_from_buffer(
		len, text, MHD_RESPMEM_MUST_FREE);

	if (!response) {
		free(text);
		return NULL;
	}
	mhd.MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
				    type);
	mhd.MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION,
				    "close");
	return (struct http_page *)response;
}

void http_page_free(struct http_page *page)
{
	if (page)
		mhd.MHD_destroy_response(response_of(page));
}

static struct http_page *plain_page(const char *text)
{
	char *copy = strdup(text);

	return copy ? http_page_new("text/plain; charset=utf-8", copy,
				    strlen(copy))
		    : NULL;
}

/*
 * Connections
 */

/* What follows is up to the library, which finds the connection closed. */
static void end_oldest(struct http *http)
{
	struct connection *oldest = TAILQ_FIRST(&http->connections);

	while (oldest && oldest->ending)
		oldest = TAILQ_NEXT(oldest, list);
	if (!oldest)
		return;
	oldest->ending = true;
	http->nr_connections--;
	shutdown(oldest->socket.fd, SHUT_RDWR);
}

static void end_late(struct http *http)
{
	const uint64_t now = monotonic_ns();
	struct connection *connection;
	size_t late = 0;

	TAILQ_FOREACH(connection, &http->connections, list)
	late += !connection->ending && now - connection->since_ns > MAX_NS;
	while (late--)
		end_oldest(http);
}

static int wait_for(const struct http *http, struct waiting *waiting, int fd,
		    uint32_t events)
{
	struct epoll_event event = { .events = events };

	*waiting = (struct waiting){ .fd = fd, .events = events };
	return epoll_ctl(http->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

/* Whoever came first and has not been served is slow, or wants nothing. */
static void *begin_connection(struct http *http, struct MHD_Connection *of)
{
	const union MHD_ConnectionInfo *info = mhd.MHD_get_connection_info(
		of, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct connection *connection = calloc(1, sizeof(*connection));

	/* Without memory it is served when others are. */
	if (!connection)
		return NULL;
	if (http->nr_connections == MAX_CONNECTIONS)
		end_oldest(http);
	connection->since_ns = monotonic_ns();
	wait_for(http, &connection->socket, info->connect_fd, EPOLLIN);
	TAILQ_INSERT_TAIL(&http->connections, connection, list);
	http->nr_connections++;
	return connection;
}

static void forget_connection(struct http *http, struct connection *connection)
{
	if (!connection)
		return;
	TAILQ_REMOVE(&http->connections, connection, list);
	http->nr_connections -= !connection->ending;
	free(connection);
}

static void follow(void *context, struct MHD_Connection *connection,
		   void **kept, enum MHD_ConnectionNotificationCode what)
{
	struct http *http = context;

	if (what == MHD_CONNECTION_NOTIFY_STARTED)
		*kept = begin_connection(http, connection);
	else
		forget_connection(http, *kept);
}

/*
 * What is waited for: as the library asks, by level. Its own use of epoll is by
 * edge, and leaves clients waiting that have sent all and closed their side.
 */

static void change(const struct http *http, struct waiting *waiting,
		   const fd_set *in, const fd_set *out)
{
	struct epoll_event event = {
		.events = (FD_ISSET(waiting->fd, in) ? EPOLLIN : 0u) |
			  (FD_ISSET(waiting->fd, out) ? EPOLLOUT : 0u),
	};

	if (event.events != waiting->events &&
	    !epoll_ctl(http->epoll, EPOLL_CTL_MOD, waiting->fd, &event))
		waiting->events = event.events;
}

static void follow_wishes(struct http *http)
{
	struct connection *connection;
	fd_set in, out, failed;
	int max = -1;

	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&failed);
	for (size_t i = 0; i < http->count; i++)
		mhd.MHD_get_fdset2(http->daemons[i], &in, &out, &failed, &max,
				   FD_SETSIZE);
	for (size_t i = 0; i < http->count; i++)
		change(http, &http->sockets[i], &in, &out);
	TAILQ_FOREACH(connection, &http->connections, list)
	change(http, &connection->socket, &in, &out);
}

/*
 * Requests
 */

static bool is_read(const char *method)
{
	return !strcmp(method, MHD_HTTP_METHOD_GET) ||
	       !strcmp(method, MHD_HTTP_METHOD_HEAD);
}

/* Answered at once, so that no body is waited for. */
static enum MHD_Result answer(void *context, struct MHD_Connection *connection,
			      const char *url, const char *method,
			      const char *version, const char *upload,
			      size_t *upload_len, void **request_context)
{
	struct http *http = context;
	const struct http_request request = {
		.path = url,
		.accept = mhd.MHD_lookup_connection_value(
			connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT),
	};
	const struct http_page *page = NULL;
	unsigned int status = MHD_HTTP_OK;
	int err = 0;

	(void)version;
	(void)upload;
	(void)upload_len;
	(void)request_context;
	if (is_read(method))
		err = http->handler(http->context, &request, &page);
	if (!is_read(method)) {
		status = MHD_HTTP_METHOD_NOT_ALLOWED;
		page = http->not_allowed;
	} else if (err) {
		status = MHD_HTTP_INTERNAL_SERVER_ERROR;
		page = http->broken;
	} else if (!page) {
		status = MHD_HTTP_NOT_FOUND;
		page = http->not_found;
	}
	return mhd.MHD_queue_response(connection, status, response_of(page));
}

/*
 * The server
 */

static int make_pages(struct http *http)
{
	http->not_found = plain_page("There is no such page.\n");
	http->not_allowed = plain_page("GET and HEAD are understood.\n");
	http->broken = plain_page("An error, such as no memory.\n");
	if (!http->not_found || !http->not_allowed || !http->broken)
		return -ENOMEM;
	mhd.MHD_add_response_header(response_of(http->not_allowed),
				    MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	return 0;
}

int http_open(struct http **out, http_handler handler, void *context)
{
	int err = library_load(&library_microhttpd, names, &mhd);
	struct http *http;

	if (err)
		return err;
	http = calloc(1, sizeof(*http));
	if (!http)
		return -ENOMEM;
	http->handler = handler;
	http->context = context;
	TAILQ_INIT(&http->connections);
	http->epoll = epoll_create1(EPOLL_CLOEXEC);
	err = http->epoll < 0 ? -errno : make_pages(http);
	if (err) {
		http_close(http);
		return err;
	}
	*out = http;
	return 0;
}

void http_close(struct http *http)
{
	if (!http)
		return;
	for (size_t i = 0; i < http->count; i++)
		mhd.MHD_stop_daemon(http->daemons[i]);
	if (http->epoll >= 0)
		close(http->epoll);
	http_page_free(http->not_found);
	http_page_free(http->not_allowed);
	http_page_free(http->broken);
	free(http);
}

/* Those that are being closed still count for the library. */
static struct MHD_Daemon *start(struct http *http, int fd)
{
	return mhd.MHD_start_daemon(
		MHD_NO_FLAG, 0, NULL, NULL, answer, http,
		MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned int)(2 * MAX_CONNECTIONS),
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MAX_REQUEST_BYTES,
		MHD_OPTION_NOTIFY_CONNECTION, follow, http, MHD_OPTION_END);
}

int http_serve(struct http *http, int fd)
{
	struct MHD_Daemon *daemon;

	if (http->count == MAX_SOCKETS)
		return -ENFILE;
	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK))
		return -errno;
	daemon = start(http, fd);
	if (!daemon)
		return errno ? -errno : -EIO;
	http->daemons[http->count] = daemon;
	return wait_for(http, &http->sockets[http->count++], fd, EPOLLIN);
}

int http_fd(const struct http *http)
{
	return http->epoll;
}

void http_run(struct http *http)
{
	end_late(http);
	for (size_t i = 0; i < http->count; i++)
		mhd.MHD_run(http->daemons[i]);
	follow_wishes(http);
}
