/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMMANDS_TRIGGERS_H
#define COMMANDS_TRIGGERS_H

/*
 * Assertions that are judged at each sample of a recorder, by what happened
 * since the one before.
 */

#include "commands/assertions.h"
#include "model/interval.h"

/**
 * struct triggers - all that were given
 * @assertions: the opposite of each: a trigger fires when what it asks for
 *	holds of any subject, not of all as with check
 * @held: of each, whether that was so at the sample before
 * @before: that sample
 */
struct triggers {
	struct assertions *assertions;
	bool *held;
	struct snapshot before;
};

/**
 * triggers_open() - begin
 * @triggers: filled in; to be ended with triggers_close()
 * @assertions: negated here, and kept by the caller
 *
 * Return: 0 or -ENOMEM.
 */
int triggers_open(struct triggers *triggers, struct assertions *assertions);

/** triggers_close() - free everything */
void triggers_close(struct triggers *triggers);

/**
 * triggers_judge() - which ones fire at a sample
 * @triggers: the triggers
 * @sample: its list of what has fired is set
 *
 * One fires when its assertion holds for certain, and did not at the sample
 * before.
 *
 * Return: 0 or negative errno.
 */
int triggers_judge(struct triggers *triggers, struct snapshot *sample);

/** triggers_follow() - the next sample comes after this one, which is taken */
void triggers_follow(struct triggers *triggers, struct snapshot *sample);

#endif
