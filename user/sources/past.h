/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOURCES_PAST_H
#define SOURCES_PAST_H

/*
 * The latest documents in memory, compressed as a recording has them, until
 * they are written or too old.
 */

#include <stddef.h>
#include <stdint.h>

#include "sources/recorder.h"

/* Allocated once. A minute of ten samples a second takes 1 MiB at 64 areas. */
#define PAST_BYTES (8u << 20)

struct past;

/**
 * past_new() - get ready to keep
 * @keep_ns: how long; a tenth more may be kept
 *
 * Return: to be freed with past_free(), or NULL and a message says why.
 */
struct past *past_new(uint64_t keep_ns);

/** past_free() - NULL is fine */
void past_free(struct past *past);

/**
 * past_add() - keep a document
 * @past: the past
 * @text: it, with the end of its line
 * @len: bytes
 * @taken_ns: CLOCK_MONOTONIC; ascending
 *
 * What is too old, or has no room beside it, is forgotten.
 *
 * Return: 0, -EFBIG when it is larger than all that can be kept, or negative
 * errno; it is not kept then.
 */
int past_add(struct past *past, const char *text, size_t len,
	     uint64_t taken_ns);

/** past_documents() - how many are kept */
uint64_t past_documents(const struct past *past);

/** past_begin_ns() - when the oldest was taken; 0 = nothing is kept */
uint64_t past_begin_ns(const struct past *past);

/** past_write() - write what is kept, and forget it */
void past_write(struct past *past, struct recorder *recorder);

#endif
