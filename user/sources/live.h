/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOURCES_LIVE_H
#define SOURCES_LIVE_H

/* The running kernel as a source of samples. */

#include "sources/source.h"

/**
 * struct live_options - what to watch
 * @levels: bits of enum level
 * @stacks: record where mappings come from as well
 * @tolerant: open even where no pool can be read (for doctor)
 * @fold_gone: have one row for all devices that are gone, see
 *	gone_devices_fold(), which is still to be called
 * @counts_only: of LEVEL_TRACE samples have the totals, and no requests
 */
struct live_options {
	unsigned int levels;
	bool stacks;
	bool tolerant;
	bool fold_gone;
	bool counts_only;
};

/**
 * live_open() - load and attach what @options ask for
 * @out: set to the source, to be ended with source_close()
 * @options: what to watch
 *
 * A hook that cannot attach is no error: its row of the sample says why. Logs
 * one line that names cause and remedy when it fails.
 *
 * Return: 0, -EPERM (privileges), -ENOENT (no BTF), -ENODEV (no swiotlb pool),
 * -ENOMEM, or what libbpf gave.
 */
int live_open(struct source **out, const struct live_options *options);

#endif
