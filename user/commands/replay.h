/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMMANDS_REPLAY_H
#define COMMANDS_REPLAY_H

/* Moves top through a recording. */

#include "commands/sampler.h"
#include "commands/survey.h"
#include "views/tui_events.h"

/**
 * struct replay - a recording on the screen
 * @sampler: where we are in it
 * @state: the screen
 * @model: what it shows
 * @survey: what there is in all of it
 * @view: the same for the screen
 */
struct replay {
	struct sampler *sampler;
	struct tui_state *state;
	const struct tui_model *model;
	struct survey survey;
	struct tui_replay view;
};

/**
 * replay_open() - begin with the first sample, paused
 * @replay: to be filled in; to be ended with replay_close()
 * @path: the recording
 * @sampler: of a source of the same recording
 * @state: the screen, which becomes one of a recording
 * @model: of @sampler
 *
 * Return: 0, -ENODATA when it has no sample, or negative errno with a message.
 */
int replay_open(struct replay *replay, const char *path,
		struct sampler *sampler, struct tui_state *state,
		const struct tui_model *model);

/** replay_close() - free everything */
void replay_close(struct replay *replay);

/** replay_step() - the next sample; at the end it is paused */
void replay_step(struct replay *replay);

/** replay_serve() - do what keys have asked for, bits of enum tui_request */
void replay_serve(struct replay *replay, unsigned int requests);

/**
 * replay_survey() - look on for what stands out
 *
 * Return: whether there is more to look at.
 */
bool replay_survey(struct replay *replay);

#endif
