/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_MINUTE_H
#define MODEL_MINUTE_H

/* What happened in the last minute, from a few samples that are kept. */

#include "model/interval.h"

/* A minute, and one that is older, at one in ten seconds. */
#define MINUTE_SAMPLES 7

/**
 * struct minute - the samples that are kept, the oldest first; empty when
 *	zeroed
 * @samples: them; peaks are those since the one before
 * @count: how many
 */
struct minute {
	struct snapshot samples[MINUTE_SAMPLES];
	size_t count;
};

/** minute_release() - free the samples */
void minute_release(struct minute *minute);

/**
 * minute_interval() - the minute that ends with a sample
 * @minute: what is kept
 * @sample: the latest one, with peaks since the last one that is kept
 * @interval: zeroed or released; to be released by the caller
 *
 * The interval is up to ten seconds longer than a minute, or as long as two
 * samples are apart if that is more. At first it begins with the session.
 *
 * Return: 0 or negative errno.
 */
int minute_interval(const struct minute *minute, const struct snapshot *sample,
		    struct interval *interval);

/**
 * minute_keep() - keep a sample, if it is ten seconds younger than the last one
 * @minute: where
 * @sample: moved there and zeroed when it is kept
 *
 * Return: true when it was kept: peaks have to be reset then.
 */
bool minute_keep(struct minute *minute, struct snapshot *sample);

#endif
