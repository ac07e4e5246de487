/* SPDX-License-Identifier: GPL-2.0-only */
#include "sources/json_read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/event.h"
#include "model/level.h"
#include "model/members.h"
#include "model/places.h"
#include "sources/json_in.h"
#include "util/units.h"

/* Items of a list in columns: a short column must not ask for all memory. */
#define COLUMN_MAX (1u << 22)

/**
 * struct json_reader - reads one report after the other
 * @in: the text
 * @members: objects of the entities met so far
 * @snap: what is being filled in
 * @why: what cannot be read; "" = all can
 */
struct json_reader {
	struct json_in in;
	struct members members[SCOPES];
	struct snapshot *snap;
	char why[160];
};

struct json_reader *json_reader_new(void)
{
	return calloc(1, sizeof(struct json_reader));
}

void json_reader_free(struct json_reader *reader)
{
	if (!reader)
		return;
	for (enum scope scope = 0; scope < SCOPES; scope++)
		members_release(&reader->members[scope]);
	json_in_release(&reader->in);
	free(reader);
}

const char *json_reader_why(const struct json_reader *reader)
{
	return reader->in.why ? reader->in.why : reader->why;
}

unsigned int json_reader_line(const struct json_reader *reader)
{
	return json_in_line(&reader->in);
}

/*
 * Numbers
 */

/* As gmtime_r() and strftime() have written it. */
static bool read_time(struct json_reader *reader, int64_t *value)
{
	struct tm tm = { 0 };
	const char *rest;
	unsigned int us;

	if (!json_in_string(&reader->in))
		return false;
	rest = strptime(reader->in.text, "%Y-%m-%dT%H:%M:%S", &tm);
	if (!rest || sscanf(rest, ".%6uZ", &us) != 1)
		return false;
	*value = (int64_t)timegm(&tm) * NS_PER_SEC + us * NS_PER_US;
	return true;
}

static bool read_seconds(struct json_reader *reader, int64_t *value)
{
	double ns;

	if (!json_in_real(&reader->in, &ns))
		return false;
	ns *= (double)NS_PER_SEC;
	if (ns < 0 || ns >= (double)INT64_MAX)
		return false;
	*value = (int64_t)(ns + 0.5);
	return true;
}

static bool same_word(const struct json_reader *reader, const char *word)
{
	return word && !strcmp(reader->in.text, word);
}

/* The next string of an array; what is none is passed over. */
static bool next_word(struct json_reader *reader)
{
	while (json_in_more(&reader->in, ']')) {
		if (json_in_string(&reader->in))
			return true;
		json_in_skip(&reader->in);
	}
	return false;
}

/* A level or event that this version does not know is left out. */
static bool read_levels(struct json_reader *reader, int64_t *value)
{
	*value = 0;
	if (!json_in_enter(&reader->in, '['))
		return false;
	while (next_word(reader))
		for (unsigned int i = 0; i < level_count; i++)
			if (same_word(reader, level_table[i].name))
				*value |= level_table[i].level;
	return true;
}

static bool read_events(struct json_reader *reader, int64_t *value)
{
	unsigned int bit;
	const char *name;

	*value = 0;
	if (!json_in_enter(&reader->in, '['))
		return false;
	while (next_word(reader))
		for (unsigned int i = 0; (name = event_word(i, &bit)); i++)
			if (same_word(reader, name))
				*value |= bit;
	return true;
}

static bool read_name(struct json_reader *reader, const struct field *field,
		      int64_t *value)
{
	if (!json_in_string(&reader->in))
		return false;
	for (unsigned int i = 0; i < field->nr_names; i++) {
		*value = i;
		if (same_word(reader, field->names(i)))
			return true;
	}
	return false;
}

static bool read_bool(struct json_reader *reader, int64_t *value)
{
	*value = json_in_word(&reader->in, "true");
	return *value || json_in_word(&reader->in, "false");
}

static bool read_number(struct json_reader *reader, const struct field *field,
			int64_t *value)
{
	if (field->names)
		return read_name(reader, field, value);
	if (field->type == TYPE_BOOL)
		return read_bool(reader, value);
	switch (field->notation) {
	case AS_SECONDS:
		return read_seconds(reader, value);
	case AS_TIME:
		return read_time(reader, value);
	case AS_LEVELS:
		return read_levels(reader, value);
	case AS_EVENTS:
		return read_events(reader, value);
	case AS_DEVICE:
	case AS_PAIRS:
	case AS_COLUMNS:
	case AS_STEPS:
	case AS_NUMBER:
		break;
	}
	return json_in_integer(&reader->in, value);
}

/* False when the member cannot have that value. */
static bool store(const struct field *field, void *member, int64_t value)
{
	switch (field->type) {
	case TYPE_U16:
		*(uint16_t *)member = (uint16_t)value;
		return value >= 0 && value <= UINT16_MAX;
	case TYPE_U32:
		*(uint32_t *)member = (uint32_t)value;
		return value >= 0 && value <= UINT32_MAX;
	case TYPE_S32:
		*(int *)member = (int)value;
		return value >= INT32_MIN && value <= INT32_MAX;
	case TYPE_BOOL:
		*(bool *)member = value;
		return true;
	case TYPE_S64:
		*(int64_t *)member = value;
		return true;
	default:
		*(uint64_t *)member = (uint64_t)value;
		return value >= 0;
	}
}

/* The value that stands for none. */
static void store_none(const struct field *field, void *member)
{
	if (field->null == NULL_NEGATIVE)
		*(int *)member = -1;
	if (field->null == NULL_WRAPPED)
		*(uint64_t *)member = UINT64_MAX;
}

/*
 * Values of other types
 */

static int read_text(struct json_reader *reader, const struct field *field,
		     char *member)
{
	if (!json_in_string(&reader->in))
		return -EINVAL;
	snprintf(member, field->size, "%s", reader->in.text);
	return 0;
}

static int read_numbers(struct json_reader *reader, const struct field *field,
			uint64_t *member)
{
	size_t count = field->size / sizeof(*member), i = 0;
	int64_t number;

	if (!json_in_enter(&reader->in, '['))
		return -EINVAL;
	while (json_in_more(&reader->in, ']')) {
		if (i == count || !json_in_integer(&reader->in, &number))
			return -EINVAL;
		member[i++] = (uint64_t)number;
	}
	return i == count ? 0 : -EINVAL;
}

/* A bucket and its count. */
static int read_pair(struct json_reader *reader, struct histogram *h)
{
	struct json_in *in = &reader->in;
	int64_t bucket, count;

	if (!json_in_enter(in, '[') || !json_in_more(in, ']') ||
	    !json_in_integer(in, &bucket) || !json_in_more(in, ']') ||
	    !json_in_integer(in, &count) || json_in_more(in, ']') ||
	    bucket < 0 || bucket >= HISTOGRAM_BUCKETS || count < 0)
		return -EINVAL;
	h->count[bucket] = (uint64_t)count;
	return 0;
}

static int read_pairs(struct json_reader *reader, struct histogram *h)
{
	int err = json_in_enter(&reader->in, '[') ? 0 : -EINVAL;

	while (!err && json_in_more(&reader->in, ']'))
		err = read_pair(reader, h);
	return err;
}

/* Room for @count items and one more, in steps of powers of two. */
static void *grow(void *items, size_t count, size_t size)
{
	if (count & (count - 1))
		return items;
	return reallocarray(items, count ? count * 2 : 1, size);
}

/* The words end with NULL, also while they are being read. */
static int read_words(struct json_reader *reader, char ***words)
{
	size_t count = 0;

	if (!json_in_enter(&reader->in, '['))
		return -EINVAL;
	*words = calloc(1, sizeof(**words));
	while (*words && json_in_more(&reader->in, ']')) {
		bool is_word = json_in_string(&reader->in);
		char **grown = grow(*words, count + 1, sizeof(*grown));

		if (!is_word)
			json_in_skip(&reader->in);
		if (!grown)
			return -ENOMEM;
		*words = grown;
		grown[count + 1] = NULL;
		grown[count] = strdup(is_word ? reader->in.text : "");
		if (!grown[count++])
			return -ENOMEM;
	}
	return *words ? 0 : -ENOMEM;
}

static int read_stack(struct json_reader *reader, struct stack *stack)
{
	int err = json_in_enter(&reader->in, '[') ? 0 : -EINVAL;

	while (!err && next_word(reader)) {
		if (stack->depth == STACK_DEPTH)
			return -EINVAL;
		err = place_add(reader->snap, reader->in.text,
				&stack->addr[stack->depth++]);
	}
	return err;
}

/* Places of devices are read as the keys that they will have. */
static int read_device(struct json_reader *reader, uint64_t *key)
{
	int64_t place;

	if (!json_in_integer(&reader->in, &place) || place < 0)
		return -EINVAL;
	*key = (uint64_t)place + 1;
	return 0;
}

/*
 * Entities
 */

static int read_entity(struct json_reader *reader, enum scope scope,
		       char *entity);

static void set_count(const struct field *list, char *entity, size_t count)
{
	if (list->count_size == sizeof(size_t))
		*(size_t *)(entity + list->count) = count;
	else
		*(uint32_t *)(entity + list->count) = (uint32_t)count;
}

static int read_list(struct json_reader *reader, const struct field *list,
		     char *entity)
{
	const size_t size = entity_table[list->item].size;
	char *items = NULL;
	size_t count = 0;
	int err = json_in_enter(&reader->in, '[') ? 0 : -EINVAL;

	while (!err && json_in_more(&reader->in, ']')) {
		char *grown = grow(items, count, size);

		if (!grown)
			return -ENOMEM;
		items = grown;
		memset(items + count * size, 0, size);
		field_set_items(list, entity, items);
		set_count(list, entity, count + 1);
		err = read_entity(reader, list->item, items + count * size);
		count++;
	}
	return err;
}

/*
 * Columns
 */

static size_t count_numbers(const char *text)
{
	size_t count = *text != '\0';

	for (; (text = strchr(text, ' ')); text++)
		count++;
	return count;
}

/* The number at @*text, and go behind it; it has at most 19 digits. */
static bool next_number(const char **text, uint64_t *value)
{
	const char *at = *text;
	bool negative = *at == '-';
	const char *from = at += negative;
	uint64_t number = 0;

	for (; *at >= '0' && *at <= '9'; at++)
		number = number * 10 + (uint64_t)(*at - '0');
	*text = at;
	*value = negative ? 0 - number : number;
	return at > from && at - from < 20 && number <= INT64_MAX;
}

/* Of what a column has for none, and of a step, no number is too small. */
static bool store_number(const struct field *field, void *member,
			 uint64_t value)
{
	if (field->notation == AS_STEPS)
		*(uint64_t *)member = value;
	else if (field->null == NULL_WRAPPED && value == UINT64_MAX)
		*(uint32_t *)member = UINT32_MAX;
	else
		return store(field, member, (int64_t)value);
	return true;
}

/* One member of all items. */
static bool fill_column(const struct field *field, const char *text,
			char *items, size_t count)
{
	const size_t size = entity_table[field->scope].size;
	char *member = items + field->offset;
	uint64_t value = 0, before = 0;

	for (size_t i = 0; i < count; i++, member += size) {
		if (!next_number(&text, &value))
			return false;
		if (field->notation == AS_STEPS)
			value += before;
		before = value;
		if (!store_number(field, member, value))
			return false;
		if (*text && *text++ != ' ')
			return false;
	}
	return !*text;
}

static const struct field *find_column(enum scope scope, const char *name)
{
	for_each_field (field, scope)
		if (!strcmp(field->path, name))
			return field;
	return NULL;
}

/* The first column says how many items there are. */
static int make_items(const struct field *list, char *entity, size_t count)
{
	char *items;

	if (count > COLUMN_MAX)
		return -EINVAL;
	items = calloc(count ? count : 1, entity_table[list->item].size);
	if (!items)
		return -ENOMEM;
	field_set_items(list, entity, items);
	set_count(list, entity, count);
	return 0;
}

/* @had: columns that were there, as bits in the order of the schema */
static int read_column(struct json_reader *reader, const struct field *list,
		       char *entity, uint64_t *had)
{
	struct json_in *in = &reader->in;
	const struct field *column;
	uint64_t bit;
	size_t count;
	int err = 0;

	if (!json_in_key(in))
		return -EINVAL;
	column = find_column(list->item, in->text);
	if (!column) {
		json_in_skip(in);
		return 0;
	}
	bit = 1ull << (column - entity_table[list->item].fields);
	if (*had & bit || !json_in_string(in))
		return -EINVAL;
	count = count_numbers(in->text);
	if (!*had)
		err = make_items(list, entity, count);
	*had |= bit;
	if (err)
		return err;
	return count == field_count(list, entity) &&
			       strlen(in->text) == in->len &&
			       fill_column(column, in->text,
					   field_items(list, entity), count)
		       ? 0
		       : -EINVAL;
}

static int read_columns(struct json_reader *reader, const struct field *list,
			char *entity)
{
	uint64_t had = 0;
	int err = json_in_enter(&reader->in, '{') ? 0 : -EINVAL;

	while (!err && json_in_more(&reader->in, '}'))
		err = read_column(reader, list, entity, &had);
	return err;
}

static int read_value(struct json_reader *reader, const struct field *field,
		      char *entity)
{
	char *member = entity + field->offset;
	int64_t value;

	if (field->flag)
		*(bool *)(entity + field->flag) = true;
	if (field->notation == AS_DEVICE)
		return read_device(reader, (uint64_t *)member);
	if (field->notation == AS_PAIRS)
		return read_pairs(reader, (struct histogram *)member);
	switch (field->type) {
	case TYPE_TEXT:
		return read_text(reader, field, member);
	case TYPE_WORDS:
		return read_words(reader, (char ***)member);
	case TYPE_NUMBERS:
	case TYPE_HISTOGRAM:
		return read_numbers(reader, field, (uint64_t *)member);
	case TYPE_STACK:
		return read_stack(reader, (struct stack *)member);
	case TYPE_LIST:
		return field->notation == AS_COLUMNS
			       ? read_columns(reader, field, entity)
			       : read_list(reader, field, entity);
	default:
		return read_number(reader, field, &value) &&
				       store(field, member, value)
			       ? 0
			       : -EINVAL;
	}
}

/*
 * Always -EINVAL. What is told is the first thing that cannot be read, which is
 * the innermost one. @path: NULL = the entity itself
 */
static int refuse(struct json_reader *reader, enum scope scope,
		  const char *path)
{
	const char *entity = entity_table[scope].name;

	if (!*reader->why && path)
		snprintf(reader->why, sizeof(reader->why),
			 "%s: %s cannot be read", entity, path);
	else if (!*reader->why)
		snprintf(reader->why, sizeof(reader->why),
			 "what should be the %s is no object", entity);
	return -EINVAL;
}

static int read_field(struct json_reader *reader, const struct field *field,
		      char *entity)
{
	int err;

	if (json_in_word(&reader->in, "null"))
		return 0;
	err = read_value(reader, field, entity);
	return err == -EINVAL ? refuse(reader, field->scope, field->path) : err;
}

/**
 * struct object - the object of an entity while it is read
 * @members: what it may have
 * @entity: where to
 * @seen: bits of the members that it has had
 */
struct object {
	const struct members *members;
	char *entity;
	uint64_t seen[MEMBERS_MAX / 64];
};

static bool seen(struct object *object, unsigned int member)
{
	uint64_t bit = 1ull << member % 64, before = object->seen[member / 64];

	object->seen[member / 64] |= bit;
	return before & bit;
}

/* @inner: index of the nested object, 0 = that of the entity itself */
static int read_object(struct json_reader *reader, struct object *object,
		       unsigned int inner)
{
	struct json_in *in = &reader->in;
	unsigned int found = 0;
	int err = json_in_enter(in, '{') ? 0 : -EINVAL;

	while (!err && json_in_more(in, '}') && json_in_key(in)) {
		const struct field *field;

		found = members_find(object->members, inner, found, in->text,
				     in->len);
		field = object->members->list[found].field;
		if (found && seen(object, found))
			json_in_fail(in, "a key that is there twice");
		else if (found && field && field->size)
			err = read_field(reader, field, object->entity);
		else if (found && !field && json_in_peek(in) == '{')
			err = read_object(reader, object, found);
		else
			json_in_skip(in);
	}
	return err;
}

static int read_entity(struct json_reader *reader, enum scope scope,
		       char *entity)
{
	struct object object = {
		.members = &reader->members[scope],
		.entity = entity,
	};

	if (!object.members->list &&
	    members_place_fields(&reader->members[scope], scope))
		return -ENOMEM;
	for_each_field (field, scope)
		if (field->size)
			store_none(field, entity + field->offset);
	if (json_in_peek(&reader->in) != '{')
		return refuse(reader, scope, NULL);
	return read_object(reader, &object, 0);
}

/*
 * Reports
 */

/** enum what - what a document may be */
enum what { WHAT_REPORT, WHAT_CHECK, WHAT_ELSE };

static enum what read_schema(struct json_reader *reader)
{
	if (!json_in_string(&reader->in))
		return WHAT_ELSE;
	if (same_word(reader, REPORT_SCHEMA))
		return WHAT_REPORT;
	return same_word(reader, CHECK_SCHEMA) ? WHAT_CHECK : WHAT_ELSE;
}

/*
 * What the object at the place is; @report is set to the report of a check. In
 * what we have written the schema comes first.
 */
static enum what find_schema(struct json_reader *reader, const char **report)
{
	struct json_in *in = &reader->in;
	enum what what = WHAT_ELSE;

	*report = NULL;
	if (!json_in_enter(in, '{'))
		return WHAT_ELSE;
	while (what != WHAT_REPORT && json_in_more(in, '}') &&
	       json_in_key(in)) {
		if (!strcmp(in->text, "schema")) {
			what = read_schema(reader);
			if (what == WHAT_ELSE)
				return WHAT_ELSE;
			continue;
		}
		if (!strcmp(in->text, "report"))
			*report = in->at;
		json_in_skip(in);
	}
	return what;
}

/* Go to the report: the document itself, or the one in a check. */
static int go_to_report(struct json_reader *reader)
{
	struct json_in *in = &reader->in;
	const char *begin, *report;

	for (;;) {
		begin = in->at;
		switch (find_schema(reader, &report)) {
		case WHAT_REPORT:
			in->at = begin;
			return 0;
		case WHAT_CHECK:
			in->at = report ? report : in->end;
			break;
		case WHAT_ELSE:
			return -ENOMSG;
		}
	}
}

/* @read: up to its end, and not only a part of it */
static bool is_json(struct json_reader *reader, bool read)
{
	struct json_in *in = &reader->in;

	if (!in->why && !read) {
		json_in_start(in, in->begin, (size_t)(in->end - in->begin));
		json_in_skip(in);
	}
	return json_in_ends(in);
}

/* What follows relies on its indices. */
static int check_trace(struct json_reader *reader)
{
	const char *flaw = trace_flaw(&reader->snap->trace);

	if (!flaw)
		return 0;
	snprintf(reader->why, sizeof(reader->why), "trace: %s", flaw);
	return -EINVAL;
}

static int read_report(struct json_reader *reader)
{
	const char *begin;
	int err = go_to_report(reader);

	begin = reader->in.at;
	if (!err)
		err = read_entity(reader, SCOPE_SYSTEM, (char *)reader->snap);
	if (!err)
		err = check_trace(reader);
	if (err != -ENOMEM &&
	    !is_json(reader, !err && begin == reader->in.begin))
		err = -EBADMSG;
	return err;
}

int json_read_report(struct json_reader *reader, const char *text, size_t len,
		     struct snapshot *snap)
{
	int err;

	*reader->why = '\0';
	reader->snap = snap;
	json_in_start(&reader->in, text, len);
	err = read_report(reader);
	for (size_t i = 0; !err && i < snap->nr_devices; i++)
		snap->devices[i].key = i + 1;
	if (err)
		snapshot_release(snap);
	return err;
}
