/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libFuzzer target: logs of any bytes, cut into pieces of any size. `make fuzz`
 * runs it for a bounded number of inputs.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/log_pieces.h"
#include "views/cause_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void judge(struct digest *digest)
{
	uint64_t lines = 0, requests = 0;
	char note[LOG_NOTE_LEN];

	require(digest->nr_groups <= DIGEST_GROUPS);
	for (size_t i = 0; i < digest->nr_groups; i++) {
		const struct log_group *group = &digest->groups[i];

		require(group->lines && group->requests <= group->lines);
		require(group->nr_sizes <= DIGEST_SIZES);
		require(strlen(group->example) < sizeof(group->example));
		log_group_note(group, note);
		lines += group->lines;
		requests += group->requests;
	}
	require(lines + digest->dropped == digest->messages);
	require(requests <= digest->requests);
	digest_sort(digest);
}

/* The same log says the same, however it comes; a long one tests the cuts. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const size_t copies = size ? 1 + data[0] % 32 : 1;
	char *log = calloc(copies, size + 1);
	struct digest whole, pieces;

	require(log);
	for (size_t i = 0; i < copies; i++)
		memcpy(log + i * size, data, size);
	whole = read_pieces(log, size * copies, size * copies + 1);
	pieces = read_pieces(log, size * copies, 1 + size % 7);
	judge(&whole);
	judge(&pieces);
	require(whole.messages == pieces.messages);
	require(whole.requests == pieces.requests);
	require(whole.lines == pieces.lines);
	digest_release(&whole);
	digest_release(&pieces);
	free(log);
	return 0;
}
