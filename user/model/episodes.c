/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/episodes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/units.h"

/* An interval is that long at least, once the session is. */
#define RECENT_NS (60 * NS_PER_SEC)

/**
 * struct following - a sample that is being compared
 * @episodes: what there is
 * @tell: called for each change
 * @context: its second argument
 * @now_ns: when the sample was taken
 * @err: the first error of @tell
 */
struct following {
	struct episodes *episodes;
	episode_fn tell;
	void *context;
	uint64_t now_ns;
	int err;
};

static void tell(struct following *following, enum episode_change change,
		 const struct episode *episode, const struct finding *finding)
{
	const struct episode_event event = {
		.change = change,
		.episode = episode,
		.finding = finding,
		.snap = &following->episodes->interval.figures,
	};
	int err = following->tell(&event, following->context);

	if (!following->err)
		following->err = err;
}

static struct episode *find(const struct episodes *episodes,
			    const struct finding *finding)
{
	for (size_t i = 0; i < episodes->count; i++) {
		struct episode *episode = &episodes->list[i];

		if (!strcmp(episode->rule->id, finding->rule->id) &&
		    episode->pool_id == finding->pool_id &&
		    !strcmp(episode->subject, finding->subject))
			return episode;
	}
	return NULL;
}

static int begin(struct following *following, const struct finding *finding)
{
	struct episodes *episodes = following->episodes;
	struct episode *list = reallocarray(episodes->list, episodes->count + 1,
					    sizeof(*list));
	struct episode *episode;

	if (!list)
		return -ENOMEM;
	episodes->list = list;
	episode = &list[episodes->count++];
	*episode = (struct episode){
		.rule = finding->rule,
		.pool_id = finding->pool_id,
		.severity = finding->severity,
		.began_ns = following->now_ns,
		.seen_ns = following->now_ns,
	};
	snprintf(episode->subject, sizeof(episode->subject), "%s",
		 finding->subject);
	tell(following, EPISODE_BEGAN, episode, finding);
	return 0;
}

static int see(struct following *following, const struct finding *finding)
{
	struct episode *episode = find(following->episodes, finding);

	if (!episode)
		return begin(following, finding);
	episode->seen_ns = following->now_ns;
	if (finding->severity < episode->severity) {
		episode->severity = finding->severity;
		tell(following, EPISODE_WORSE, episode, finding);
	}
	return 0;
}

static void end_quiet(struct following *following)
{
	struct episodes *episodes = following->episodes;
	size_t kept = 0;

	for (size_t i = 0; i < episodes->count; i++) {
		const struct episode *episode = &episodes->list[i];

		if (following->now_ns - episode->seen_ns < EPISODE_QUIET_NS)
			episodes->list[kept++] = *episode;
		else
			tell(following, EPISODE_ENDED, episode, NULL);
	}
	episodes->count = kept;
}

static int move_on(struct episodes *episodes, const struct snapshot *sample)
{
	struct snapshot copy = { 0 };
	int err;

	if (episodes->next.taken_ns &&
	    sample->taken_ns - episodes->next.taken_ns < RECENT_NS)
		return 0;
	err = snapshot_copy(&copy, sample);
	if (err)
		return err;
	snapshot_release(&episodes->from);
	episodes->from = episodes->next;
	episodes->next = copy;
	return 0;
}

static int compare(struct episodes *episodes, const struct snapshot *sample)
{
	int err;

	interval_release(&episodes->interval);
	err = interval_make(episodes->from.taken_ns ? &episodes->from : NULL,
			    sample, NULL, &episodes->interval);
	return err ? err : move_on(episodes, sample);
}

int episodes_follow(struct episodes *episodes, const struct snapshot *sample,
		    episode_fn function, void *context)
{
	const struct findings *findings = &episodes->interval.findings;
	struct following following = {
		.episodes = episodes,
		.tell = function,
		.context = context,
		.now_ns = sample->taken_ns,
	};
	int err = compare(episodes, sample);

	for (size_t i = 0; !err && i < findings->count; i++)
		err = see(&following, &findings->list[i]);
	if (!err)
		end_quiet(&following);
	return err ? err : following.err;
}

void episodes_release(struct episodes *episodes)
{
	snapshot_release(&episodes->from);
	snapshot_release(&episodes->next);
	interval_release(&episodes->interval);
	free(episodes->list);
	memset(episodes, 0, sizeof(*episodes));
}
