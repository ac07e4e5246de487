/* SPDX-License-Identifier: GPL-2.0-only */
#include "commands/triggers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/verdict.h"

int triggers_open(struct triggers *triggers, struct assertions *assertions)
{
	*triggers = (struct triggers){
		.assertions = assertions,
		.held = calloc(assertions->count + 1, sizeof(bool)),
	};
	for (size_t i = 0; i < assertions->count; i++)
		assertion_negate(&assertions->list[i]);
	return triggers->held ? 0 : -ENOMEM;
}

void triggers_close(struct triggers *triggers)
{
	snapshot_release(&triggers->before);
	free(triggers->held);
	memset(triggers, 0, sizeof(*triggers));
}

static int add_fired(struct snapshot *sample, const struct verdict *verdict)
{
	struct fired *grown = reallocarray(sample->fired, sample->nr_fired + 1,
					   sizeof(*grown));
	struct fired *fired;

	if (!grown)
		return -ENOMEM;
	sample->fired = grown;
	fired = &grown[sample->nr_fired++];
	*fired = (struct fired){
		.at_ns = sample->realtime_ns,
		.value = verdict->value,
	};
	snprintf(fired->assertion, sizeof(fired->assertion), "%s",
		 verdict->assertion->text);
	subject_text(verdict->assertion->metric, &verdict->worst,
		     fired->subject, sizeof(fired->subject));
	return 0;
}

static int judge(struct triggers *triggers, size_t number,
		 const struct interval *interval, struct snapshot *sample)
{
	const struct evidence evidence = { .snap = &interval->figures };
	struct verdict verdict;
	int err = verdict_judge(&triggers->assertions->list[number], &evidence,
				&verdict);
	bool holds;

	if (err)
		return err;
	/* The negated assertion is violated: the original holds for some
	 * subject. */
	holds = verdict.outcome == OUTCOME_VIOLATED;
	if (holds && !triggers->held[number])
		err = add_fired(sample, &verdict);
	triggers->held[number] = holds;
	verdict_release(&verdict);
	return err;
}

int triggers_judge(struct triggers *triggers, struct snapshot *sample)
{
	const struct snapshot *before =
		triggers->before.taken_ns ? &triggers->before : NULL;
	struct interval interval;
	int err = interval_make(before, sample, NULL, &interval);

	for (size_t i = 0; !err && i < triggers->assertions->count; i++)
		err = judge(triggers, i, &interval, sample);
	interval_release(&interval);
	return err;
}

void triggers_follow(struct triggers *triggers, struct snapshot *sample)
{
	snapshot_release(&triggers->before);
	triggers->before = *sample;
	memset(sample, 0, sizeof(*sample));
}
