/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTIL_HTTP_H
#define UTIL_HTTP_H

/*
 * A small HTTP server for pages that are in memory. It has no thread: whoever
 * has other things to wait for waits for its descriptor as well.
 *
 * Whatever clients do, it goes on and does not grow: a connection is for one
 * request and lasts ten seconds at most, and of more than 64 at once the oldest
 * is closed.
 */

#include <stddef.h>

struct http;
struct http_page;

/**
 * http_page_new() - a page, once a server was opened
 * @type: its content type
 * @text: what it says, allocated; owned by the page from now on, and freed
 *	when no connection sends it any more
 * @len: length of @text
 *
 * Return: to be freed with http_page_free(), or NULL without memory: @text is
 * freed then.
 */
struct http_page *http_page_new(const char *type, char *text, size_t len);

/** http_page_free() - connections that send it go on; NULL is fine */
void http_page_free(struct http_page *page);

/**
 * struct http_request - what was asked for, by GET or HEAD
 * @path: with a leading slash, without what follows "?"
 * @accept: the header of that name; NULL = it was not sent
 */
struct http_request {
	const char *path;
	const char *accept;
};

/**
 * typedef http_handler - finds the page for a request
 * @context: of http_open()
 * @request: what was asked for
 * @page: set to the page, kept by the handler; NULL = there is none
 *
 * Return: 0, or negative errno: the client is told of an error.
 */
typedef int (*http_handler)(void *context, const struct http_request *request,
			    const struct http_page **page);

/**
 * http_open() - a server without a socket
 * @out: set to it, to be ended with http_close()
 * @handler: asked for each request
 * @context: passed to it
 *
 * Loads libmicrohttpd: to be called before confine().
 *
 * Return: 0 or negative errno; -ELIBACC, with a message: there is no such
 * library.
 */
int http_open(struct http **out, http_handler handler, void *context);

/** http_close() - close all connections and sockets; NULL is fine */
void http_close(struct http *http);

/**
 * http_serve() - accept connections on a socket
 * @http: the server
 * @fd: a socket that listens, owned by the server when this succeeds
 *
 * Return: 0 or negative errno.
 */
int http_serve(struct http *http, int fd);

/** http_fd() - can be read when there is something to do */
int http_fd(const struct http *http);

/**
 * http_run() - do what there is to do, without waiting
 *
 * To be called when http_fd() can be read, and each second.
 */
void http_run(struct http *http);

#endif
