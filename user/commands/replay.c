/* SPDX-License-Identifier: GPL-2.0-only */
#include "commands/replay.h"

#include <errno.h>
#include <string.h>

#include "util/times.h"
#include "util/units.h"

/* Samples before the one shown, for the trends of the last minute. */
#define TREND_SAMPLES 60

/* Keys and the screen wait no longer than that. */
#define SURVEY_NS (20 * NS_PER_MS)

static struct source *source_of(struct replay *replay)
{
	return replay->sampler->source;
}

static int show_next(struct replay *replay)
{
	int err = sampler_end(replay->sampler);

	return err ? err : tui_interval(replay->state, replay->model);
}

/* From where the source is: trends and peaks begin there. */
static int show_from_here(struct replay *replay, unsigned int samples)
{
	int err = 0;

	sampler_restart(replay->sampler);
	tui_restart(replay->state);
	while (!err && samples--)
		err = show_next(replay);
	return err;
}

/* The sample that is @behind samples behind the next one to be read. */
static int show_behind(struct replay *replay, unsigned int behind)
{
	unsigned int moved = 0;
	int err = 0;

	while (!err && moved < behind + TREND_SAMPLES) {
		err = source_back(source_of(replay));
		moved += !err;
	}
	if (err && err != -ENODATA)
		return err;
	return show_from_here(replay, moved > behind ? moved - behind + 1 : 1);
}

static void tell(struct replay *replay, int err)
{
	if (err && err != -ENODATA)
		tui_say(replay->state, "cannot go there: %s", strerror(-err));
}

void replay_step(struct replay *replay)
{
	int err = show_next(replay);

	if (err)
		replay->state->paused = true;
	if (err == -ENODATA)
		tui_say(replay->state, "the recording ends here");
	tell(replay, err);
}

/* A sample that cannot be read is passed over, however it is come to. */
static void step_back(struct replay *replay)
{
	uint64_t shown = tui_shown_ns(replay->state);
	unsigned int behind = 2;
	int err;

	do {
		err = show_behind(replay, behind++);
	} while (!err && behind < TREND_SAMPLES && shown &&
		 tui_shown_ns(replay->state) == shown &&
		 shown > replay->view.begin_ns);
	tell(replay, err);
}

static int jump(struct replay *replay, uint64_t at_ns)
{
	int err = source_seek(source_of(replay), at_ns);

	if (!err && at_ns > replay->view.end_ns)
		err = source_back(source_of(replay));
	return err ? err : show_behind(replay, 0);
}

static void jump_to_text(struct replay *replay)
{
	const struct time_span within = {
		.begin_ns = replay->view.begin_ns,
		.end_ns = replay->view.end_ns,
	};
	const char *text = replay->state->jump;
	uint64_t at_ns;

	if (parse_time(text, &within, &at_ns))
		tui_say(replay->state, "'%s' is no point in time", text);
	else
		tell(replay, jump(replay, at_ns));
}

static void find(struct replay *replay, bool back)
{
	const struct tui_mark *marks = replay->view.marks;
	uint64_t shown = tui_shown_ns(replay->state), found = 0;

	for (size_t i = 0; i < replay->view.nr_marks; i++) {
		uint64_t at = marks[i].at_ns;

		if (marks[i].kind == MARK_GAP ||
		    (back ? at >= shown : at <= shown))
			continue;
		if (!found || (back ? at > found : at < found))
			found = at;
	}
	if (found)
		tell(replay, jump(replay, found));
	else
		tui_say(replay->state,
			"there is no new finding or trigger %s%s",
			back ? "before" : "behind",
			replay->view.surveyed ? "" : " so far");
}

void replay_serve(struct replay *replay, unsigned int requests)
{
	if (requests & TUI_STEP)
		replay_step(replay);
	if (requests & TUI_STEP_BACK)
		step_back(replay);
	if (requests & TUI_JUMP)
		jump_to_text(replay);
	if (requests & (TUI_FINDING | TUI_FINDING_BACK))
		find(replay, requests & TUI_FINDING_BACK);
	if (requests & TUI_BEGIN)
		tell(replay, jump(replay, replay->view.begin_ns));
	if (requests & TUI_END)
		tell(replay, jump(replay, replay->view.end_ns));
}

bool replay_survey(struct replay *replay)
{
	bool more = survey_go_on(&replay->survey, SURVEY_NS);

	replay->view.nr_marks = replay->survey.nr_marks;
	replay->view.surveyed = !more;
	return more;
}

static int find_ends(struct replay *replay)
{
	struct source *source = source_of(replay);
	struct snapshot sample;
	int err = source_seek(source, UINT64_MAX);

	if (!err)
		err = source_back(source);
	if (!err)
		err = source_next(source, &sample);
	if (err)
		return err;
	replay->view.end_ns = sample.realtime_ns;
	snapshot_release(&sample);
	err = source_seek(source, 0);
	if (!err)
		err = show_next(replay);
	replay->view.begin_ns = tui_shown_ns(replay->state);
	return err;
}

int replay_open(struct replay *replay, const char *path,
		struct sampler *sampler, struct tui_state *state,
		const struct tui_model *model)
{
	int err;

	*replay = (struct replay){
		.sampler = sampler,
		.state = state,
		.model = model,
	};
	err = survey_open(&replay->survey, path);
	if (err)
		return err;
	replay->view.marks = replay->survey.marks;
	err = find_ends(replay);
	if (err) {
		replay_close(replay);
		return err;
	}
	state->replay = &replay->view;
	state->paused = true;
	return 0;
}

void replay_close(struct replay *replay)
{
	if (replay->state)
		replay->state->replay = NULL;
	survey_close(&replay->survey);
}
