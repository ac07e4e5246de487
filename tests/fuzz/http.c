/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The HTTP server of the exporter, for libFuzzer: any bytes on a socket, in
 * pieces and repeated, by clients that leave, wait or stay. Whoever asks next
 * is answered as before.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "util/http.h"
#include "views/exposition.h"

/* More than the server takes at once. */
#define IDLE   80
#define ANSWER (64 << 10)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char request[] = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
/* What is sent may begin so: chance alone gets no further. */
static const char head[] = "GET /metrics HTTP/1.1\r\nHost: x\r\nAccept: ";
static const char text[] = "swiotlb_pool_bytes{pool=\"default\"} 8388608\n";

static struct http *http;
static struct http_page *pages[EXPOSITION_FORMS];
static struct sockaddr_un address;
static socklen_t address_len;
static int idle[IDLE];
static size_t nr_idle;

static void require(bool condition)
{
	if (!condition)
		abort();
}

static int find_page(void *context, const struct http_request *asked,
		     const struct http_page **page)
{
	(void)context;
	require(asked->path);
	if (!strcmp(asked->path, "/error"))
		return -ENOMEM;
	if (!strcmp(asked->path, "/metrics"))
		*page = pages[exposition_accepted(asked->accept)];
	return 0;
}

static void start_server(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	/* The kernel chooses a name. */
	address.sun_family = AF_UNIX;
	require(!bind(fd, (void *)&address, sizeof(sa_family_t)));
	address_len = sizeof(address);
	require(!getsockname(fd, (void *)&address, &address_len));
	require(!listen(fd, 128));
	require(!http_open(&http, find_page, NULL));
	require(!http_serve(http, fd));
	for (size_t i = 0; i < EXPOSITION_FORMS; i++) {
		pages[i] = http_page_new(exposition_content_type(i),
					 strdup(text), strlen(text));
		require(pages[i]);
	}
}

static int open_client(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	require(fd >= 0);
	require(!connect(fd, (void *)&address, address_len));
	return fd;
}

static void serve(int client)
{
	struct pollfd ready[] = { { .fd = client, .events = POLLIN },
				  { .fd = http_fd(http), .events = POLLIN } };

	poll(ready, 2, 1000);
	http_run(http);
}

/* As much as the server takes. */
static void send_all(int client, const uint8_t *data, size_t size, size_t piece)
{
	while (size) {
		size_t part = size < piece ? size : piece;
		ssize_t sent = send(client, data, part, MSG_NOSIGNAL);

		if (sent < 0 && errno != EAGAIN)
			return;
		if (sent > 0) {
			data += sent;
			size -= (size_t)sent;
		}
		http_run(http);
	}
}

/* All that comes until the server closes. */
static size_t receive(int client, char *answer)
{
	size_t len = 0;
	ssize_t got;

	do {
		serve(client);
		got = recv(client, answer + len, ANSWER - len - 1, 0);
		len += got > 0 ? (size_t)got : 0;
	} while (got > 0 || (got < 0 && errno == EAGAIN));
	answer[len] = '\0';
	close(client);
	return len;
}

static void check_served(void)
{
	static char answer[ANSWER];
	int client = open_client();
	const char *body;

	send_all(client, (const uint8_t *)request, strlen(request), 1000);
	receive(client, answer);
	require(!strncmp(answer, "HTTP/1.1 200 ", 13));
	body = strstr(answer, "\r\n\r\n");
	require(body && !strcmp(body + 4, text));
}

/* It neither says nor hears more, and is closed much later. */
static void stay(int client)
{
	int *place = &idle[nr_idle++ % IDLE];

	if (nr_idle > IDLE)
		close(*place);
	*place = client;
}

/* The first two bytes are how. */
static void disturb(const uint8_t *data, size_t size)
{
	static char answer[ANSWER];
	const size_t copies = data[0] & 1 ? 1 + data[1] : 1;
	const size_t piece = data[0] & 2 ? 1 + data[1] : size;
	int client = open_client();
	size_t len;

	if (data[0] & 8)
		send_all(client, (const uint8_t *)head, strlen(head), piece);
	for (size_t i = 0; i < copies; i++)
		send_all(client, data + 2, size - 2, piece);
	if (data[0] & 4) {
		stay(client);
		return;
	}
	shutdown(client, SHUT_WR);
	len = receive(client, answer);
	require(!len || !strncmp(answer, "HTTP/1.", 7));
}

static void check_accept(const uint8_t *data, size_t size)
{
	char *copy = strndup((const char *)data, size);

	require(copy && exposition_accepted(copy) < EXPOSITION_FORMS);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!http)
		start_server();
	if (size < 3)
		return 0;
	check_accept(data + 2, size - 2);
	disturb(data, size);
	check_served();
	return 0;
}
