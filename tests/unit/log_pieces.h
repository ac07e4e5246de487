/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_UNIT_LOG_PIECES_H
#define TESTS_UNIT_LOG_PIECES_H

/* A log as it comes from a pipe: for unit tests and the fuzzer. */
#include <stdlib.h>

#include "model/digest.h"

/** read_pieces() - the digest of a log that comes in pieces of @step bytes */
static inline struct digest read_pieces(const char *log, size_t len,
					size_t step)
{
	struct digest digest = { 0 };
	struct digest_reader *reader = digest_start(&digest);

	if (!reader)
		abort();
	for (size_t at = 0; at < len; at += step)
		digest_feed(reader, log + at,
			    len - at < step ? len - at : step);
	digest_end(reader);
	return digest;
}

#endif
