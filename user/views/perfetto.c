/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/metrics.h"
#include "model/refusals.h"
#include "views/conversion.h"
#include "views/finding_text.h"
#include "views/perfetto_packets.h"
#include "views/phrases.h"

/* Tracks beside those of pools and devices. */
enum track { WAITS, FAILURES, BLOCKS, FINDINGS, LOSSES, TRACKS };

/**
 * struct perfetto - a trace in the making
 * @packets: it
 * @first: clocks and boot of the first sample
 * @clock: the clock of the trace; 0 = there was no sample so far
 * @at_ns: time of the latest sample on it
 * @before_ns: time of the one before
 * @root: the track that has all others
 * @tracks: by enum track
 */
struct perfetto {
	struct packets *packets;
	struct snapshot first;
	uint32_t clock;
	uint64_t at_ns;
	uint64_t before_ns;
	uint64_t root;
	uint64_t tracks[TRACKS];
};

/* FNV-1a: the same track has the same number in every trace. */
static uint64_t hash(uint64_t seed, const void *bytes, size_t len)
{
	const unsigned char *byte = bytes;

	while (len--)
		seed = (seed ^ *byte++) * 0x100000001b3ull;
	return seed;
}

/* By name and number; 0 is no track. */
static uint64_t track_below(uint64_t parent, const char *name, uint64_t number)
{
	uint64_t track = hash(0xcbf29ce484222325ull, &parent, sizeof(parent));

	track = hash(track, name, strlen(name));
	return hash(track, &number, sizeof(number)) | 1;
}

/*
 * Time
 */

static uint64_t clock_of(const struct perfetto *perfetto,
			 const struct snapshot *snap)
{
	return perfetto->clock == PERFETTO_BOOTTIME ? snap->boottime_ns
						    : snap->taken_ns;
}

/* Later boots follow the first one as CLOCK_REALTIME says. */
static uint64_t time_of(const struct perfetto *perfetto,
			const struct snapshot *snap)
{
	const struct snapshot *first = &perfetto->first;
	uint64_t at_ns = clock_of(perfetto, snap);

	if (strcmp(first->kernel.boot_id, snap->kernel.boot_id))
		at_ns = clock_of(perfetto, first) + snap->realtime_ns -
			first->realtime_ns;
	return at_ns > perfetto->at_ns ? at_ns : perfetto->at_ns;
}

static void describe_tracks(struct perfetto *perfetto)
{
	static const char *const names[] = {
		[WAITS] = "waits",   [FAILURES] = "failures",
		[BLOCKS] = "blocks", [FINDINGS] = "findings",
		[LOSSES] = "losses",
	};

	perfetto->root = track_below(0, "swiotlb", 0);
	packets_track(perfetto->packets, perfetto->root, 0, "swiotlb");
	for (unsigned int i = 0; i < TRACKS; i++) {
		perfetto->tracks[i] = track_below(perfetto->root, names[i], 0);
		packets_track(perfetto->packets, perfetto->tracks[i],
			      perfetto->root, names[i]);
	}
}

static void begin_trace(struct perfetto *perfetto, const struct snapshot *snap)
{
	perfetto->first = (struct snapshot){
		.kernel = snap->kernel,
		.taken_ns = snap->taken_ns,
		.realtime_ns = snap->realtime_ns,
		.boottime_ns = snap->boottime_ns,
	};
	perfetto->clock =
		snap->boottime_ns ? PERFETTO_BOOTTIME : PERFETTO_MONOTONIC;
	packets_clocks(perfetto->packets, perfetto->clock, snap);
	describe_tracks(perfetto);
}

/*
 * Counters
 */

/* That of an entity; of the system, the one that has all others. */
static uint64_t track_of(const struct perfetto *perfetto, enum scope scope,
			 const struct subject *subject, uint64_t *parent)
{
	const char *name = entity_table[scope].name;

	*parent = scope == SCOPE_SYSTEM ? 0 : perfetto->root;
	if (scope == SCOPE_DEVICE)
		return track_below(*parent, subject->device->name,
				   subject->device->id);
	if (scope == SCOPE_SYSTEM)
		return perfetto->root;
	if (scope == SCOPE_POOL)
		return track_below(*parent, name, (uint64_t)subject->pool->id);
	*parent = track_below(*parent, entity_table[SCOPE_POOL].name,
			      (uint64_t)subject->pool->id);
	return track_below(*parent, name, subject->area->index);
}

/**
 * struct counting - the counters of a sample
 * @perfetto: the trace
 * @other: the sample to compare with; NULL = there is none
 */
struct counting {
	struct perfetto *perfetto;
	const struct snapshot *other;
};

/* From here on the counter would show what is no longer known. */
static void tell_unknown(struct perfetto *perfetto, const struct field *metric,
			 const struct subject *subject)
{
	char name[128], who[128];
	struct trace_event event = {
		.track = perfetto->tracks[LOSSES],
		.name = name,
	};

	snprintf(name, sizeof(name), "%s is unknown", metric->metric);
	event_text(&event, "of",
		   subject_text(metric, subject, who, sizeof(who)));
	event_text(&event, "reason", field_unknown_reason(metric, subject));
	packets_instant(perfetto->packets, perfetto->at_ns, &event);
}

/* A counter keeps its value until the next one: only changes are written. */
static void count(const struct counting *counting, const struct field *metric,
		  uint64_t parent, const struct subject *subject,
		  const struct subject *before)
{
	struct perfetto *perfetto = counting->perfetto;
	uint64_t track = track_below(parent, metric->metric, 0);
	int64_t value, earlier;
	bool known = field_value(metric, subject, &value);
	bool was_known = before && field_value(metric, before, &earlier);

	if (known && !was_known)
		packets_counter_track(perfetto->packets, track, parent,
				      metric->metric, metric->unit);
	if (known && (!was_known || value != earlier))
		packets_count(perfetto->packets, perfetto->at_ns, track, value);
	else if (!known && was_known)
		tell_unknown(perfetto, metric, subject);
}

static int count_entity(enum scope scope, const struct subject *subject,
			void *data)
{
	const struct counting *counting = data;
	struct perfetto *perfetto = counting->perfetto;
	struct subject before;
	char name[128];
	uint64_t parent, track = track_of(perfetto, scope, subject, &parent);
	bool known = counting->other &&
		     subject_in(scope, subject, counting->other, &before);

	if (!known && parent)
		packets_track(perfetto->packets, track, parent,
			      subject_text(entity_table[scope].fields, subject,
					   name, sizeof(name)));
	for_each_field (field, scope)
		if (field->metric)
			count(counting, field, track, subject,
			      known ? &before : NULL);
	return 0;
}

static int tell_gone(enum scope scope, const struct subject *subject,
		     void *data)
{
	const struct counting *counting = data;
	struct perfetto *perfetto = counting->perfetto;
	struct subject now;
	uint64_t parent;
	struct trace_event event = {
		.track = track_of(perfetto, scope, subject, &parent),
		.name = "gone",
	};

	if (!subject_in(scope, subject, counting->other, &now))
		packets_instant(perfetto->packets, perfetto->at_ns, &event);
	return 0;
}

static void add_counters(struct perfetto *perfetto, const struct moment *moment)
{
	const struct snapshot *now = &moment->sample->figures;
	const struct snapshot *before =
		moment->before ? &moment->before->figures : NULL;

	subjects_visit(now, count_entity,
		       &(struct counting){ perfetto, before });
	if (before)
		subjects_visit(before, tell_gone,
			       &(struct counting){ perfetto, now });
}

/*
 * Events
 */

/* What the schema says of an entity: numbers, names and texts. */
static void note_fields(struct trace_event *event, enum scope scope,
			const struct subject *subject)
{
	const char *entity = subject_entity(subject, scope);

	for_each_field (field, scope) {
		int64_t value;

		if (!field->path || field->notation == AS_EVENTS ||
		    field->type > TYPE_TEXT)
			continue;
		if (field->type == TYPE_TEXT) {
			if (entity[field->offset])
				event_text(event, field->path,
					   entity + field->offset);
		} else if (!field_value(field, subject, &value)) {
			continue;
		} else if (field->names) {
			event_text(event, field->path,
				   field->names((unsigned int)value));
		} else {
			event_note(event, field->path, value);
		}
	}
}

static bool has_waited(const struct snapshot *snap, unsigned int cpu)
{
	for (size_t i = 0; i < snap->nr_pools; i++)
		for (unsigned int j = 0; j < snap->pools[i].nr_areas; j++)
			if (area_waits_of(&snap->pools[i].areas[j], cpu))
				return true;
	return false;
}

static uint64_t cpu_track(const struct perfetto *perfetto, unsigned int cpu)
{
	return track_below(perfetto->tracks[WAITS], "CPU", cpu);
}

static void describe_cpu(struct perfetto *perfetto, unsigned int cpu)
{
	char name[32];

	snprintf(name, sizeof(name), "CPU %u", cpu);
	packets_track(perfetto->packets, cpu_track(perfetto, cpu),
		      perfetto->tracks[WAITS], name);
}

/* Those that had not waited before. */
static int describe_cpus(enum scope scope, const struct subject *subject,
			 void *data)
{
	const struct counting *counting = data;

	for (unsigned int i = 0;
	     scope == SCOPE_AREA && i < subject->area->nr_cpu_waits; i++) {
		unsigned int cpu = subject->area->cpu_waits[i].cpu;

		if (!counting->other || !has_waited(counting->other, cpu))
			describe_cpu(counting->perfetto, cpu);
	}
	return 0;
}

/*
 * That a CPU waited is known, and how often and how long, but not when between
 * the two samples: so that is what the slice is.
 */
static void begin_slice(struct perfetto *perfetto,
			const struct subject *subject)
{
	const struct cpu_waits *waits = subject->item;
	char name[128];
	struct trace_event event = {
		.track = cpu_track(perfetto, waits->cpu),
		.name = subject_text(entity_table[SCOPE_AREA].fields, subject,
				     name, sizeof(name)),
	};

	note_fields(&event, SCOPE_CPU_WAITS, subject);
	packets_begin(perfetto->packets, perfetto->before_ns, &event);
}

/**
 * struct slicing - the waits between two samples
 * @perfetto: the trace
 * @end: slices end, after all have begun
 */
struct slicing {
	struct perfetto *perfetto;
	bool end;
};

static int slice_area(enum scope scope, const struct subject *subject,
		      void *data)
{
	const struct slicing *slicing = data;
	struct perfetto *perfetto = slicing->perfetto;

	for (unsigned int i = 0;
	     scope == SCOPE_AREA && i < subject->area->nr_cpu_waits; i++) {
		const struct cpu_waits *waits = &subject->area->cpu_waits[i];
		const struct subject one =
			subject_of_item(subject, SCOPE_CPU_WAITS, waits);

		if (!waits->waits.contended)
			continue;
		if (slicing->end)
			packets_end(perfetto->packets, perfetto->at_ns,
				    cpu_track(perfetto, waits->cpu));
		else
			begin_slice(perfetto, &one);
	}
	return 0;
}

static void add_waits(struct perfetto *perfetto, const struct moment *moment)
{
	const struct snapshot *step = &moment->step->figures;
	struct counting cpus = { .perfetto = perfetto };
	struct slicing slicing = { .perfetto = perfetto };

	if (moment->before)
		cpus.other = &moment->before->figures;
	subjects_visit(&moment->sample->figures, describe_cpus, &cpus);
	subjects_visit(step, slice_area, &slicing);
	slicing.end = true;
	subjects_visit(step, slice_area, &slicing);
}

static void add_failures(struct perfetto *perfetto, const struct snapshot *step)
{
	for (size_t i = 0; i < step->nr_refusals; i++) {
		const struct refusal *refusal = &step->refusals[i];
		const struct subject subject = { .snap = step,
						 .item = refusal };
		struct trace_event event = {
			.track = perfetto->tracks[FAILURES],
			.name = failure_cause_name(refusal->cause),
		};

		if (!refusal->count)
			continue;
		note_fields(&event, SCOPE_REFUSAL, &subject);
		packets_instant(perfetto->packets, perfetto->at_ns, &event);
	}
}

static void add_blocks(struct perfetto *perfetto, const struct snapshot *step)
{
	const struct subject subject = { .snap = step };

	for_each_field (field, SCOPE_SYSTEM) {
		struct trace_event event = {
			.track = perfetto->tracks[BLOCKS],
			.name = field->metric,
		};
		int64_t value;

		if (!field->metric || field->kind != KIND_COUNTER ||
		    strncmp(field->metric, "block.", strlen("block.")) != 0 ||
		    !field_value(field, &subject, &value) || !value)
			continue;
		event_note(&event, unit_name(field->unit), value);
		packets_instant(perfetto->packets, perfetto->at_ns, &event);
	}
}

static void add_losses(struct perfetto *perfetto, const struct snapshot *step)
{
	for (size_t i = 0; i < step->nr_losses; i++) {
		const struct subject subject = { .snap = step,
						 .item = &step->losses[i] };
		struct trace_event event = {
			.track = perfetto->tracks[LOSSES],
			.name = step->losses[i].cause,
		};

		if (!step->losses[i].count)
			continue;
		note_fields(&event, SCOPE_LOSS, &subject);
		packets_instant(perfetto->packets, perfetto->at_ns, &event);
	}
}

/* Those that the sample before did not have. */
static void add_findings(struct perfetto *perfetto, const struct moment *moment)
{
	const struct findings *findings = &moment->step->findings;
	const struct snapshot *step = &moment->step->figures;

	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->list[i];
		char text[FINDING_TEXT_LEN], advice[FINDING_TEXT_LEN];
		struct trace_event event = {
			.track = perfetto->tracks[FINDINGS],
			.name = finding->rule->id,
		};

		if (moment->step_before &&
		    findings_have(&moment->step_before->findings, finding))
			continue;
		event_text(&event, "severity",
			   severity_name(finding->severity));
		event_text(&event, "subject", finding->subject);
		event_text(&event, "text", finding_text(finding, step, text));
		event_text(&event, "advice",
			   finding_advice(finding, step, advice));
		packets_instant(perfetto->packets, perfetto->at_ns, &event);
	}
}

/* Counters show old values there. */
static void add_gap(struct perfetto *perfetto, const struct gap_info *gap)
{
	char text[96];
	const struct trace_event event = {
		.track = perfetto->tracks[LOSSES],
		.name = gap_text(gap, text, sizeof(text)),
	};

	if (gap->gap == GAP_NONE)
		return;
	packets_begin(perfetto->packets, perfetto->before_ns, &event);
	packets_end(perfetto->packets, perfetto->at_ns, event.track);
}

/*
 * The conversion
 */

static int begin(void **state, FILE *stream)
{
	struct perfetto *perfetto = calloc(1, sizeof(*perfetto));

	if (!perfetto)
		return -ENOMEM;
	perfetto->packets = packets_open(stream);
	if (!perfetto->packets) {
		free(perfetto);
		return -ENOMEM;
	}
	*state = perfetto;
	return 0;
}

static int add(void *state, const struct moment *moment)
{
	struct perfetto *perfetto = state;
	const struct snapshot *now = &moment->sample->figures;
	const struct snapshot *step = &moment->step->figures;

	if (!perfetto->clock)
		begin_trace(perfetto, now);
	perfetto->before_ns = perfetto->at_ns;
	perfetto->at_ns = time_of(perfetto, now);
	add_gap(perfetto, &moment->gap);
	add_counters(perfetto, moment);
	add_waits(perfetto, moment);
	add_failures(perfetto, step);
	add_blocks(perfetto, step);
	add_losses(perfetto, step);
	add_findings(perfetto, moment);
	return 0;
}

static int end(void *state, int err)
{
	struct perfetto *perfetto = state;
	int lost;

	if (!perfetto)
		return err;
	lost = packets_close(perfetto->packets);
	free(perfetto);
	return err ? err : lost;
}

const struct conversion perfetto_conversion = {
	.name = "perfetto",
	.steps = true,
	.begin = begin,
	.add = add,
	.end = end,
};
