/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libFuzzer target: kernel command lines. `make fuzz` runs it for a bounded
 * number of inputs.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/boot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

static bool is_power_of_two(uint64_t number)
{
	return number && !(number & (number - 1));
}

static void judge(const char *cmdline, const struct boot_syntax *syntax)
{
	struct boot_request request;
	char advice[BOOT_TEXT_LEN + 16];

	boot_parse(cmdline, syntax, &request);
	require(strlen(request.ignored) <= strlen(request.asked));
	require(strstr(request.asked, request.ignored));
	require(*request.asked || !request.asked_slots);
	require(!syntax->areas || is_power_of_two(request.areas));
	require(syntax->prefixes || !request.track_hiwater);
	boot_advice(&request, advice, sizeof(advice));
	require(!strncmp(advice, "swiotlb=", 8) && advice[8]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const unsigned int flags = size ? data[0] : 0;
	const struct boot_syntax syntax = {
		.areas = flags & 1,
		.prefixes = flags & 2,
		.cpus = flags >> 2,
	};
	char *text = strndup((const char *)data + !!size, size - !!size);

	require(text);
	judge(text, &syntax);
	free(text);
	return 0;
}
