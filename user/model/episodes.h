/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_EPISODES_H
#define MODEL_EPISODES_H

/*
 * Findings over time: when each begins, becomes worse and ends, of samples of
 * one session that follow each other.
 *
 * A sample is compared with one that is one to two minutes older, or with the
 * begin of the session, so that rates are those of a while and not of a moment.
 */

#include "model/interval.h"

/** EPISODE_QUIET_NS - a finding that is not made for so long has ended */
#define EPISODE_QUIET_NS (60 * NS_PER_SEC)

/**
 * struct episode - a finding from its begin to its end
 * @rule: with @pool_id and @subject, what identifies it
 * @pool_id: struct finding
 * @subject: likewise
 * @severity: the worst so far
 * @began_ns: CLOCK_MONOTONIC of the first sample that had it
 * @seen_ns: that of the latest one
 */
struct episode {
	const struct rule *rule;
	int pool_id;
	char subject[NAME_LEN];
	enum severity severity;
	uint64_t began_ns;
	uint64_t seen_ns;
};

/** enum episode_change - what has happened to a finding */
enum episode_change { EPISODE_BEGAN, EPISODE_WORSE, EPISODE_ENDED };

/**
 * struct episode_event - a change of an episode
 * @change: what has happened
 * @episode: the episode
 * @finding: the finding now, NULL when it has ended
 * @snap: what it is a finding of
 */
struct episode_event {
	enum episode_change change;
	const struct episode *episode;
	const struct finding *finding;
	const struct snapshot *snap;
};

/** episode_fn - called for a change; returns 0 or negative errno */
typedef int (*episode_fn)(const struct episode_event *event, void *context);

/**
 * struct episodes - those that have not ended
 * @from: the sample that the next one is compared with; empty = none, the
 *	session has begun less than a minute ago
 * @next: takes the place of @from a minute after it was taken
 * @interval: from @from to the latest sample
 * @list: the episodes
 * @count: how many
 *
 * Zeroed, it has seen no sample.
 */
struct episodes {
	struct snapshot from;
	struct snapshot next;
	struct interval interval;
	struct episode *list;
	size_t count;
};

/**
 * episodes_follow() - take in the next sample
 * @episodes: what there is
 * @sample: kept by the caller
 * @tell: called for each change
 * @context: its second argument
 *
 * Return: 0, -ENOMEM, or the first error of @tell, which is called for all
 * changes even so.
 */
int episodes_follow(struct episodes *episodes, const struct snapshot *sample,
		    episode_fn tell, void *context);

/** episodes_release() - free everything and make it empty, without calls */
void episodes_release(struct episodes *episodes);

#endif
