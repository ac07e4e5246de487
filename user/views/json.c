/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/json.h"

#include <errno.h>
#include <string.h>

#include "model/event.h"
#include "model/level.h"
#include "model/members.h"
#include "views/finding_text.h"
#include "views/json_out.h"

/*
 * Objects of the entities met so far. They follow from the schema alone, so
 * they are kept for the next report.
 */
static struct members kept[SCOPES];

/**
 * struct report - a report in the making
 * @out: where to
 * @snap: of what
 * @findings: in it
 * @missing: levels whose figures are unknown
 * @no_memory: for the object of an entity
 */
struct report {
	struct json_out *out;
	const struct snapshot *snap;
	const struct findings *findings;
	unsigned int missing;
	bool no_memory;
};

/*
 * Values
 */

static void put_words(struct json_out *out, const char *key, char *const *words)
{
	if (!words) {
		json_put_null(out, key);
		return;
	}
	json_open(out, key, '[');
	for (; *words; words++)
		json_put_text(out, NULL, *words);
	json_close(out, ']');
}

static void put_levels(struct json_out *out, const char *key,
		       unsigned int levels)
{
	json_open(out, key, '[');
	for (unsigned int i = 0; i < level_count; i++)
		if (levels & level_table[i].level)
			json_put_text(out, NULL, level_table[i].name);
	json_close(out, ']');
}

static void put_events(struct json_out *out, const char *key,
		       unsigned int events)
{
	const char *word;
	unsigned int bit;

	json_open(out, key, '[');
	for (unsigned int i = 0; (word = event_word(i, &bit)); i++)
		if (events & bit)
			json_put_text(out, NULL, word);
	json_close(out, ']');
}

static void put_device(struct report *report, const char *key, uint64_t device)
{
	for (size_t i = 0; i < report->snap->nr_devices; i++) {
		if (!device || report->snap->devices[i].key != device)
			continue;
		json_put_count(report->out, key, i);
		return;
	}
	json_put_null(report->out, key);
}

/* As histograms and others have. */
static void put_numbers(struct json_out *out, const char *key,
			const uint64_t *numbers, size_t count)
{
	json_open(out, key, '[');
	for (size_t i = 0; i < count; i++)
		json_put_int(out, NULL, (int64_t)numbers[i]);
	json_close(out, ']');
}

static void put_pairs(struct json_out *out, const char *key,
		      const struct histogram *h)
{
	json_open(out, key, '[');
	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++) {
		if (!h->count[i])
			continue;
		json_open(out, NULL, '[');
		json_put_int(out, NULL, i);
		json_put_int(out, NULL, (int64_t)h->count[i]);
		json_close(out, ']');
	}
	json_close(out, ']');
}

static void put_number(struct json_out *out, const char *key,
		       const struct field *field, const struct subject *subject)
{
	int64_t value;

	if (!field_read(field, subject, &value)) {
		json_put_null(out, key);
		return;
	}
	if (field->names) {
		json_put_text_or_null(out, key,
				      field->names((unsigned int)value));
		return;
	}
	if (field->type == TYPE_BOOL) {
		json_put_bool(out, key, value);
		return;
	}
	switch (field->notation) {
	case AS_SECONDS:
		json_put_seconds(out, key, (uint64_t)value);
		break;
	case AS_TIME:
		json_put_time(out, key, (uint64_t)value);
		break;
	case AS_LEVELS:
		put_levels(out, key, (unsigned int)value);
		break;
	case AS_EVENTS:
		put_events(out, key, (unsigned int)value);
		break;
	case AS_DEVICE:
	case AS_PAIRS:
	case AS_COLUMNS:
	case AS_STEPS:
	case AS_NUMBER:
		json_put_int(out, key, value);
		break;
	}
}

/*
 * Entities
 */

static void put_entity(struct report *report, const char *key, enum scope scope,
		       const struct subject *subject);

static void put_list(struct report *report, const char *key,
		     const struct field *list, const struct subject *subject)
{
	const void *parent = subject_entity(subject, list->scope);
	const struct entity *entity = &entity_table[list->item];
	const char *items = field_items(list, parent);
	size_t count = field_count(list, parent);

	json_open(report->out, key, '[');
	for (size_t i = 0; i < count; i++) {
		const void *item = items + i * entity->size;
		const struct subject one =
			subject_of_item(subject, list->item, item);

		if (!entity->idle || !entity->idle(item))
			put_entity(report, NULL, list->item, &one);
	}
	json_close(report->out, ']');
}

static uint64_t column_value(const struct field *field, const char *member)
{
	switch (field->type) {
	case TYPE_U16:
		return *(const uint16_t *)member;
	case TYPE_U32:
		return field->null == NULL_WRAPPED &&
				       *(const uint32_t *)member == UINT32_MAX
			       ? UINT64_MAX
			       : *(const uint32_t *)member;
	default:
		return *(const uint64_t *)member;
	}
}

/* A member of all items of a list. */
static void put_column(struct json_out *out, const struct field *field,
		       const char *items, size_t count)
{
	const size_t size = entity_table[field->scope].size;
	const bool steps = field->notation == AS_STEPS;
	const char *member = items + field->offset;
	uint64_t before = 0;

	json_begin_column(out, field->path);
	for (size_t i = 0; i < count; i++, member += size) {
		uint64_t value = column_value(field, member);

		json_put_step(out, (int64_t)(steps ? value - before : value),
			      !i);
		before = value;
	}
	json_end_column(out);
}

/* All numbers, with no object of objects for each item. */
static void put_columns(struct json_out *out, const char *key,
			const struct field *list, const void *parent)
{
	const char *items = field_items(list, parent);
	const size_t count = field_count(list, parent);

	json_open(out, key, '{');
	for_each_field (field, list->item)
		put_column(out, field, items, count);
	json_close(out, '}');
}

static void put_text(struct json_out *out, const char *key,
		     const struct field *field, const char *text)
{
	if (field->null == NULL_ZERO)
		json_put_text_or_null(out, key, text);
	else
		json_put_text(out, key, text);
}

static void put_known(struct report *report, const char *key,
		      const struct field *field, const struct subject *subject,
		      const void *member)
{
	struct json_out *out = report->out;

	switch (field->type) {
	case TYPE_TEXT:
		put_text(out, key, field, member);
		break;
	case TYPE_WORDS:
		put_words(out, key, *(char *const *const *)member);
		break;
	case TYPE_NUMBERS:
	case TYPE_HISTOGRAM:
		put_numbers(out, key, member, field->size / sizeof(uint64_t));
		break;
	case TYPE_STACK:
		json_put_stack(out, key, member, report->snap);
		break;
	case TYPE_LIST:
		if (field->notation == AS_COLUMNS)
			put_columns(out, key, field,
				    subject_entity(subject, field->scope));
		else
			put_list(report, key, field, subject);
		break;
	default:
		put_number(out, key, field, subject);
	}
}

static void put_field(struct report *report, const char *key,
		      const struct field *field, const struct subject *subject)
{
	const char *entity = subject_entity(subject, field->scope);
	const void *member = entity + field->offset;

	if (field_levels(field) & report->missing ||
	    !field_measured(field, subject))
		json_put_null(report->out, key);
	else if (field->notation == AS_DEVICE)
		put_device(report, key, *(const uint64_t *)member);
	else if (field->notation == AS_PAIRS)
		put_pairs(report->out, key, member);
	else
		put_known(report, key, field, subject, member);
}

static void put_part(struct report *report, const struct member *member);

static void put_members(struct report *report, const struct member *list,
			const struct member *object,
			const struct subject *subject)
{
	for (unsigned int i = object->first; i; i = list[i].next) {
		const struct member *member = &list[i];

		if (member->field) {
			put_field(report, member->key, member->field, subject);
		} else if (member->part) {
			put_part(report, member);
		} else {
			json_open(report->out, member->key, '{');
			put_members(report, list, member, subject);
			json_close(report->out, '}');
		}
	}
}

static void put_entity(struct report *report, const char *key, enum scope scope,
		       const struct subject *subject)
{
	struct members *members = &kept[scope];

	if (!members->list && members_place_fields(members, scope))
		report->no_memory = true;
	if (report->no_memory)
		return;
	json_open(report->out, key, '{');
	put_members(report, members->list, members->list, subject);
	json_close(report->out, '}');
}

/*
 * What is no field
 */

static void put_schema(struct report *report, const char *key)
{
	json_put_text(report->out, key, REPORT_SCHEMA);
}

static void put_tool(struct report *report, const char *key)
{
	json_put_tool(report->out, key);
}

static void put_verdict(struct report *report, const char *key)
{
	char verdict[FINDING_TEXT_LEN];

	findings_verdict(report->snap, report->findings, verdict,
			 sizeof(verdict));
	json_put_text(report->out, key, verdict);
}

static void put_causes(struct report *report, const char *key)
{
	json_open(report->out, key, '{');
	for (size_t i = 0; i < report->snap->nr_losses; i++)
		json_put_count(report->out, report->snap->losses[i].cause,
			       report->snap->losses[i].count);
	json_close(report->out, '}');
}

static void put_fact(struct json_out *out, const struct fact *fact)
{
	json_open(out, NULL, '{');
	json_put_text(out, "name", fact->name);
	if (fact->kind == FACT_WORD) {
		json_put_text(out, "value", fact->text);
	} else {
		json_put_int(out, "value", fact->value);
		json_put_text(out, "unit", unit_name(fact->unit));
	}
	if (fact->kind == FACT_PART)
		json_put_text_or_null(out, "of", fact->text);
	json_close(out, '}');
}

static void put_finding(struct report *report, const struct finding *finding)
{
	struct json_out *out = report->out;
	char text[FINDING_TEXT_LEN];

	json_open(out, NULL, '{');
	json_put_text(out, "id", finding->rule->id);
	json_put_text(out, "severity", severity_name(finding->severity));
	if (finding->pool_id < 0)
		json_put_null(out, "pool");
	else
		json_put_int(out, "pool", finding->pool_id);
	json_open(out, "subject", '{');
	json_put_text(out, "kind", about_name(finding->rule->about));
	json_put_text_or_null(out, "name", finding->subject);
	json_close(out, '}');
	json_open(out, "evidence", '[');
	for (size_t i = 0; i < finding->nr_evidence; i++)
		put_fact(out, &finding->evidence[i]);
	json_close(out, ']');
	json_put_text(out, "text", finding_text(finding, report->snap, text));
	json_put_text(out, "advice",
		      finding_advice(finding, report->snap, text));
	json_close(out, '}');
}

static void put_findings(struct report *report, const char *key)
{
	json_open(report->out, key, '[');
	for (size_t i = 0; i < report->findings->count; i++)
		put_finding(report, &report->findings->list[i]);
	json_close(report->out, ']');
}

static const struct {
	const char *path;
	void (*put)(struct report *report, const char *key);
} parts[] = {
	{ "schema", put_schema },     { "tool", put_tool },
	{ "verdict", put_verdict },   { "loss.by_cause", put_causes },
	{ "findings", put_findings },
};

#define PARTS	    (sizeof(parts) / sizeof(*parts))
#define PARTS_FIRST 3

static void put_part(struct report *report, const struct member *member)
{
	parts[member->part - 1].put(report, member->key);
}

static void place_part(struct report *report, unsigned int part)
{
	struct member *member =
		members_place(&kept[SCOPE_SYSTEM], parts[part].path);

	if (member)
		member->part = part + 1;
	else
		report->no_memory = true;
}

/* Some of what is no field stands before all fields, the rest behind. */
static void place_all(struct report *report)
{
	for (unsigned int i = 0; i < PARTS_FIRST; i++)
		place_part(report, i);
	if (members_place_fields(&kept[SCOPE_SYSTEM], SCOPE_SYSTEM))
		report->no_memory = true;
	for (unsigned int i = PARTS_FIRST; i < PARTS; i++)
		place_part(report, i);
}

int json_put_report(struct json_out *out, const char *key,
		    const struct interval *interval)
{
	const struct subject subject = { .snap = &interval->figures };
	struct report report = {
		.out = out,
		.snap = &interval->figures,
		.findings = &interval->findings,
	};

	for (unsigned int i = 0; i < level_count; i++)
		if (snapshot_level_missing(report.snap, level_table[i].level))
			report.missing |= level_table[i].level;
	if (!kept[SCOPE_SYSTEM].list)
		place_all(&report);
	put_entity(&report, key, SCOPE_SYSTEM, &subject);
	/* Some of them may be there in part. */
	for (enum scope scope = 0; report.no_memory && scope < SCOPES; scope++)
		members_release(&kept[scope]);
	return report.no_memory ? -ENOMEM : 0;
}

int json_report(const struct interval *interval, enum json_style style,
		FILE *stream)
{
	struct json_out out = { .stream = stream, .style = style };
	int err = json_put_report(&out, NULL, interval);

	return err ? err : json_end(&out);
}
