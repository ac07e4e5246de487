/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMMANDS_SURVEY_H
#define COMMANDS_SURVEY_H

/* Searches a whole recording for findings, triggers and gaps, a little at a
 * time. */

#include "commands/sampler.h"
#include "model/continuity.h"
#include "views/tui_replay.h"

/* More are not kept. */
#define SURVEY_MARKS 4096

/**
 * struct survey - how far it has come
 * @sampler: the recording, read for this alone
 * @before: clocks and session of the latest sample
 * @findings: those of the latest interval
 * @usual_ns: shortest time between two samples so far
 * @marks: what it has found
 * @nr_marks: how many
 * @done: all of it has been read
 */
struct survey {
	struct sampler sampler;
	struct snapshot before;
	struct findings findings;
	uint64_t usual_ns;
	struct tui_mark *marks;
	size_t nr_marks;
	bool done;
};

/**
 * survey_open() - begin
 * @survey: filled in; to be ended with survey_close()
 * @path: the recording
 *
 * Return: 0 or negative errno with a message.
 */
int survey_open(struct survey *survey, const char *path);

/** survey_go_on() - look for about @ns, and say whether there is more */
bool survey_go_on(struct survey *survey, uint64_t ns);

/** survey_close() - free everything */
void survey_close(struct survey *survey);

#endif
