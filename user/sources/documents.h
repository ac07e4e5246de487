/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOURCES_DOCUMENTS_H
#define SOURCES_DOCUMENTS_H

/*
 * The JSON documents of one file, which is a recording or plain text. A file
 * has parts: the frames of a recording, or one that is all of the text. One
 * part at a time is in memory.
 */

#include <stdbool.h>
#include <stddef.h>

/**
 * struct document - a document, as long as no other part is read
 * @text: where it begins
 * @len: bytes
 * @number: of the documents of its part, from 1
 * @whole: it has its end
 */
struct document {
	const char *text;
	size_t len;
	size_t number;
	bool whole;
};

struct documents;

/**
 * documents_open() - get ready to read
 * @out: set to them, to be ended with documents_close()
 * @fd: the file, closed by documents_close(), and when this fails. What is no
 *	regular file is copied first.
 * @name: for messages, kept by the caller
 *
 * Logs why when it fails.
 *
 * Return: 0 or negative errno.
 */
int documents_open(struct documents **out, int fd, const char *name);

/** documents_close() - NULL is fine */
void documents_close(struct documents *documents);

/** documents_plain() - the file is text: damage is an error of its writer */
bool documents_plain(const struct documents *documents);

/** documents_parts() - how many parts there are */
size_t documents_parts(const struct documents *documents);

/** documents_go() - go on with the first document of a part, or of none */
void documents_go(struct documents *documents, size_t part);

/**
 * documents_next() - the next document
 *
 * What is damaged is left out with a warning.
 *
 * Return: 0, -ENODATA at the end, or negative errno with a message.
 */
int documents_next(struct documents *documents, struct document *document);

/**
 * documents_back() - one document back
 *
 * Return: 0, -ENODATA at the begin, or negative errno with a message.
 */
int documents_back(struct documents *documents);

#endif
