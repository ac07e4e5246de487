/* SPDX-License-Identifier: GPL-2.0-only */
#include "commands/survey.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sources/recording.h"
#include "util/clock.h"

int survey_open(struct survey *survey, const char *path)
{
	struct source *source;
	int err;

	memset(survey, 0, sizeof(*survey));
	err = recording_open(&source, path);
	if (err)
		return err;
	sampler_open(&survey->sampler, source);
	survey->marks = calloc(SURVEY_MARKS, sizeof(*survey->marks));
	if (survey->marks)
		return 0;
	survey_close(survey);
	return -ENOMEM;
}

void survey_close(struct survey *survey)
{
	sampler_close(&survey->sampler);
	findings_release(&survey->findings);
	free(survey->marks);
	memset(survey, 0, sizeof(*survey));
}

static void mark(struct survey *survey, const struct tui_mark *mark)
{
	if (survey->nr_marks < SURVEY_MARKS)
		survey->marks[survey->nr_marks++] = *mark;
}

/*
 * Findings
 */

/* They are sorted: the first new one is the worst. */
static void mark_finding(struct survey *survey, uint64_t at_ns)
{
	const struct findings *now = &survey->sampler.interval.findings;

	for (size_t i = 0; i < now->count; i++) {
		const struct finding *finding = &now->list[i];

		if (findings_have(&survey->findings, finding))
			continue;
		mark(survey, &(struct tui_mark){
				     .at_ns = at_ns,
				     .kind = MARK_FINDING,
				     .severity = finding->severity,
			     });
		return;
	}
}

/* The next interval takes nothing of this one but its findings. */
static void keep_findings(struct survey *survey)
{
	findings_release(&survey->findings);
	survey->findings = survey->sampler.interval.findings;
	memset(&survey->sampler.interval.findings, 0, sizeof(survey->findings));
}

/*
 * Gaps
 */

static void mark_gap(struct survey *survey, const struct snapshot *sample)
{
	const struct snapshot *before = &survey->before;
	uint64_t step = sample->taken_ns - before->taken_ns;
	struct gap_info info = gap_between(before, sample, survey->usual_ns);

	if (info.gap)
		mark(survey, &(struct tui_mark){ .at_ns = sample->realtime_ns,
						 .kind = MARK_GAP });
	if (gap_ends_session(info.gap))
		survey->usual_ns = 0;
	else if (!survey->usual_ns || step < survey->usual_ns)
		survey->usual_ns = step;
}

static void keep_clocks(struct survey *survey, const struct snapshot *sample)
{
	survey->before = (struct snapshot){
		.kernel = sample->kernel,
		.window.start_ns = sample->window.start_ns,
		.taken_ns = sample->taken_ns,
		.realtime_ns = sample->realtime_ns,
		.boottime_ns = sample->boottime_ns,
	};
}

static void look(struct survey *survey)
{
	const struct snapshot *sample = &survey->sampler.total;

	if (survey->before.taken_ns)
		mark_gap(survey, sample);
	keep_clocks(survey, sample);
	mark_finding(survey, sample->realtime_ns);
	if (sample->nr_fired)
		mark(survey, &(struct tui_mark){ .at_ns = sample->realtime_ns,
						 .kind = MARK_TRIGGER });
	keep_findings(survey);
}

bool survey_go_on(struct survey *survey, uint64_t ns)
{
	uint64_t end_ns = monotonic_ns() + ns;

	while (!survey->done && monotonic_ns() < end_ns) {
		if (sampler_end(&survey->sampler))
			survey->done = true;
		else
			look(survey);
	}
	return !survey->done;
}
