// SPDX-License-Identifier: GPL-2.0-only
#include "util/capabilities.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

static uint64_t effective(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	uint64_t bits = 0;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "CapEff: %" SCNx64, &bits) == 1)
			break;
	if (file)
		fclose(file);
	return bits;
}

bool capability_effective(enum capability capability)
{
	uint64_t bits = effective();

	if (bits >> CAPABILITY_SYS_ADMIN & 1)
		bits |= 1ull << CAPABILITY_BPF | 1ull << CAPABILITY_PERFMON;
	return bits >> capability & 1;
}
