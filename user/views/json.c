/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/json.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/event.h"
#include "model/level.h"
#include "model/places.h"
#include "model/schema.h"
#include "util/units.h"
#include "views/finding_text.h"
#include "views/json_parts.h"

/*
 * jansson returns NULL when an allocation fails, and its setters then fail too.
 * So failures are recorded in one place.
 */
struct writer {
	const struct snapshot *snap;
	bool failed;
};

static void set(struct writer *w, json_t *object, const char *key,
		json_t *value)
{
	if (json_object_set_new(object, key, value))
		w->failed = true;
}

static void add(struct writer *w, json_t *array, json_t *value)
{
	if (json_array_append_new(array, value))
		w->failed = true;
}

static json_t *integer(uint64_t value)
{
	return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

json_t *json_seconds(uint64_t ns)
{
	return json_real((double)ns / (double)NS_PER_SEC);
}

/* Names come from drivers and users; invalid UTF-8 must not break the JSON. */
json_t *json_text(const char *string)
{
	json_t *value = json_string(string);
	char *copy, *c;

	if (value)
		return value;
	copy = strdup(string);
	if (!copy)
		return NULL;
	for (c = copy; *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	value = json_string(copy);
	free(copy);
	return value;
}

json_t *json_text_or_null(const char *string)
{
	return *string ? json_text(string) : json_null();
}

/* Set @value at a dotted path; objects in between are created. */
static void place(struct writer *w, json_t *object, const char *path,
		  json_t *value)
{
	const char *dot;
	char key[64];

	while ((dot = strchr(path, '.'))) {
		json_t *next;

		*(char *)mempcpy(key, path, (size_t)(dot - path)) = '\0';
		next = json_object_get(object, key);
		if (!next) {
			next = json_object();
			set(w, object, key, next);
		}
		object = next;
		path = dot + 1;
	}
	set(w, object, path, value);
}

json_t *json_stack(const struct stack *stack, const struct snapshot *snap)
{
	json_t *array = json_array();
	bool failed = false;

	for (unsigned int i = 0; i < stack->depth && i < STACK_DEPTH; i++) {
		const char *name = place_name(snap, stack->addr[i]);

		failed |= json_array_append_new(array, json_text(name)) != 0;
	}
	if (failed) {
		json_decref(array);
		return NULL;
	}
	return array;
}

json_t *json_time(uint64_t ns)
{
	time_t whole = (time_t)(ns / NS_PER_SEC);
	char date[32], full[64];
	struct tm tm;

	gmtime_r(&whole, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(full, sizeof(full), "%s.%06uZ", date,
		 (unsigned int)(ns % NS_PER_SEC / NS_PER_US));
	return json_string(full);
}

static json_t *words_json(struct writer *w, char *const *words)
{
	json_t *array;

	if (!words)
		return json_null();
	array = json_array();
	for (; *words; words++)
		add(w, array, json_text(*words));
	return array;
}

static json_t *levels_json(struct writer *w, unsigned int levels)
{
	json_t *array = json_array();

	for (unsigned int i = 0; i < level_count; i++)
		if (levels & level_table[i].level)
			add(w, array, json_string(level_table[i].name));
	return array;
}

static json_t *events_json(struct writer *w, unsigned int events)
{
	json_t *array = json_array();
	const char *word;
	unsigned int bit;

	for (unsigned int i = 0; (word = event_word(i, &bit)); i++)
		if (events & bit)
			add(w, array, json_string(word));
	return array;
}

static json_t *device_place(struct writer *w, uint64_t key)
{
	for (size_t i = 0; i < w->snap->nr_devices; i++)
		if (key && w->snap->devices[i].key == key)
			return json_integer((json_int_t)i);
	return json_null();
}

/* As histograms and others have. */
static json_t *numbers_json(struct writer *w, const uint64_t *numbers,
			    size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		add(w, array, json_integer((json_int_t)numbers[i]));
	return array;
}

static json_t *pairs_json(struct writer *w, const struct histogram *h)
{
	json_t *array = json_array();

	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++)
		if (h->count[i])
			add(w, array,
			    json_pack("[I, I]", (json_int_t)i,
				      (json_int_t)h->count[i]));
	return array;
}

static json_t *name_or_null(const char *name)
{
	return name ? json_string(name) : json_null();
}

static json_t *number_json(struct writer *w, const struct field *field,
			   const struct subject *subject)
{
	int64_t value;

	if (!field_value(field, subject, &value))
		return json_null();
	if (field->names)
		return name_or_null(field->names((unsigned int)value));
	if (field->type == TYPE_BOOL)
		return json_boolean(value);
	switch (field->notation) {
	case AS_SECONDS:
		return json_seconds((uint64_t)value);
	case AS_TIME:
		return json_time((uint64_t)value);
	case AS_LEVELS:
		return levels_json(w, (unsigned int)value);
	case AS_EVENTS:
		return events_json(w, (unsigned int)value);
	case AS_DEVICE:
	case AS_PAIRS:
	case AS_NUMBER:
		break;
	}
	return json_integer(value);
}

static json_t *entity_json(struct writer *w, json_t *object, enum scope scope,
			   const struct subject *subject);

static json_t *list_json(struct writer *w, const struct field *list,
			 const struct subject *subject)
{
	const void *parent = subject_entity(subject, list->scope);
	const struct entity *entity = &entity_table[list->item];
	const char *items = field_items(list, parent);
	size_t count = field_count(list, parent);
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++) {
		const void *item = items + i * entity->size;
		const struct subject one =
			subject_of_item(subject, list->item, item);

		if (!entity->idle || !entity->idle(item))
			add(w, array,
			    entity_json(w, json_object(), list->item, &one));
	}
	return array;
}

static json_t *field_json(struct writer *w, const struct field *field,
			  const struct subject *subject)
{
	const char *entity = subject_entity(subject, field->scope);
	const void *member = entity + field->offset;

	if (!field_known(field, subject))
		return json_null();
	if (field->notation == AS_DEVICE)
		return device_place(w, *(const uint64_t *)member);
	if (field->notation == AS_PAIRS)
		return pairs_json(w, member);
	switch (field->type) {
	case TYPE_TEXT:
		return field->null == NULL_ZERO ? json_text_or_null(member)
						: json_text(member);
	case TYPE_WORDS:
		return words_json(w, *(char *const *const *)member);
	case TYPE_NUMBERS:
	case TYPE_HISTOGRAM:
		return numbers_json(w, member, field->size / sizeof(uint64_t));
	case TYPE_STACK:
		return json_stack(member, w->snap);
	case TYPE_LIST:
		return list_json(w, field, subject);
	default:
		return number_json(w, field, subject);
	}
}

static json_t *entity_json(struct writer *w, json_t *object, enum scope scope,
			   const struct subject *subject)
{
	for_each_field (field, scope)
		if (field->path)
			place(w, object, field->path,
			      field_json(w, field, subject));
	return object;
}

static json_t *causes_json(struct writer *w)
{
	json_t *object = json_object();

	for (size_t i = 0; i < w->snap->nr_losses; i++)
		set(w, object, w->snap->losses[i].cause,
		    integer(w->snap->losses[i].count));
	return object;
}

static json_t *subject_json(const struct finding *finding)
{
	return json_pack("{s:s, s:o}", "kind", about_name(finding->rule->about),
			 "name", json_text_or_null(finding->subject));
}

static json_t *fact_json(struct writer *w, const struct fact *fact)
{
	json_t *object = json_object();

	set(w, object, "name", json_string(fact->name));
	if (fact->kind == FACT_WORD) {
		set(w, object, "value", json_text(fact->text));
		return object;
	}
	set(w, object, "value", json_integer(fact->value));
	set(w, object, "unit", json_string(unit_name(fact->unit)));
	if (fact->kind == FACT_PART)
		set(w, object, "of", json_text_or_null(fact->text));
	return object;
}

static json_t *evidence_json(struct writer *w, const struct finding *finding)
{
	json_t *array = json_array();

	for (size_t i = 0; i < finding->nr_evidence; i++)
		add(w, array, fact_json(w, &finding->evidence[i]));
	return array;
}

static json_t *findings_json(struct writer *w, const struct findings *findings)
{
	char text[FINDING_TEXT_LEN];
	json_t *array = json_array();

	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->list[i];
		json_t *object = json_object();

		set(w, object, "id", json_string(finding->rule->id));
		set(w, object, "severity",
		    json_string(severity_name(finding->severity)));
		set(w, object, "pool",
		    finding->pool_id < 0 ? json_null()
					 : json_integer(finding->pool_id));
		set(w, object, "subject", subject_json(finding));
		set(w, object, "evidence", evidence_json(w, finding));
		set(w, object, "text",
		    json_text(finding_text(finding, w->snap, text)));
		set(w, object, "advice",
		    json_text(finding_advice(finding, w->snap, text)));
		add(w, array, object);
	}
	return array;
}

json_t *json_tool(void)
{
	return json_pack("{s:s, s:s}", "name", "swiotlb", "version",
			 SWIOTLB_VERSION);
}

static json_t *report_json(struct writer *w, const struct findings *findings)
{
	const struct subject subject = { .snap = w->snap };
	char verdict[FINDING_TEXT_LEN];
	json_t *root = json_object();

	findings_verdict(w->snap, findings, verdict, sizeof(verdict));
	set(w, root, "schema", json_string(REPORT_SCHEMA));
	set(w, root, "tool", json_tool());
	set(w, root, "verdict", json_text(verdict));
	entity_json(w, root, SCOPE_SYSTEM, &subject);
	place(w, root, "loss.by_cause", causes_json(w));
	set(w, root, "findings", findings_json(w, findings));
	return root;
}

json_t *json_report_root(const struct interval *interval)
{
	struct writer w = { .snap = &interval->figures };
	json_t *root = report_json(&w, &interval->findings);

	if (!w.failed)
		return root;
	json_decref(root);
	return NULL;
}

/* Each token is a piece. Nobody else has the stream, so it is not locked. */
static int put_piece(const char *piece, size_t len, void *stream)
{
	return fwrite_unlocked(piece, 1, len, stream) == len ? 0 : -1;
}

int json_write(json_t *root, enum json_style style, FILE *stream)
{
	int err = 0;

	if (!root)
		return -ENOMEM;
	if (json_dump_callback(root, put_piece, stream,
			       style == JSON_LINE ? JSON_COMPACT
						  : JSON_INDENT(2)) ||
	    fputc('\n', stream) == EOF)
		err = -EIO;
	json_decref(root);
	return err;
}

int json_report(const struct interval *interval, enum json_style style,
		FILE *stream)
{
	return json_write(json_report_root(interval), style, stream);
}
