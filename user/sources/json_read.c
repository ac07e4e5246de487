/* SPDX-License-Identifier: GPL-2.0-only */
#include "sources/json_read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/event.h"
#include "model/level.h"
#include "model/places.h"
#include "model/schema.h"
#include "util/log.h"
#include "util/units.h"

/* The value at a dotted path, NULL when there is none. */
const json_t *json_at_path(const json_t *object, const char *path)
{
	const char *dot;
	char key[64];

	while ((dot = strchr(path, '.'))) {
		*(char *)mempcpy(key, path, (size_t)(dot - path)) = '\0';
		object = json_object_get(object, key);
		path = dot + 1;
	}
	return json_object_get(object, path);
}

/* As gmtime_r() and strftime() have written it. */
static bool read_time(const char *text, int64_t *value)
{
	struct tm tm = { 0 };
	const char *rest =
		text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
	unsigned int us;

	if (!rest || sscanf(rest, ".%6uZ", &us) != 1)
		return false;
	*value = (int64_t)timegm(&tm) * NS_PER_SEC + us * NS_PER_US;
	return true;
}

static bool read_seconds(const json_t *json, int64_t *value)
{
	double ns = json_number_value(json) * (double)NS_PER_SEC;

	if (!json_is_number(json) || ns < 0 || ns >= (double)INT64_MAX)
		return false;
	*value = (int64_t)(ns + 0.5);
	return true;
}

static bool same_word(const json_t *json, const char *word)
{
	const char *text = json_string_value(json);

	return text && word && !strcmp(text, word);
}

/* A level or event that this version does not know is left out. */
static bool read_levels(const json_t *json, int64_t *value)
{
	const json_t *word;
	size_t index;

	*value = 0;
	json_array_foreach (json, index, word)
		for (unsigned int i = 0; i < level_count; i++)
			if (same_word(word, level_table[i].name))
				*value |= level_table[i].level;
	return json_is_array(json);
}

static bool read_events(const json_t *json, int64_t *value)
{
	const json_t *word;
	unsigned int bit;
	const char *name;
	size_t index;

	*value = 0;
	json_array_foreach (json, index, word)
		for (unsigned int i = 0; (name = event_word(i, &bit)); i++)
			if (same_word(word, name))
				*value |= bit;
	return json_is_array(json);
}

static bool read_name(const struct field *field, const json_t *json,
		      int64_t *value)
{
	for (unsigned int i = 0; i < field->nr_names; i++) {
		*value = i;
		if (same_word(json, field->names(i)))
			return true;
	}
	return false;
}

bool json_number(const struct field *field, const json_t *json, int64_t *value)
{
	if (field->names)
		return read_name(field, json, value);
	if (field->type == TYPE_BOOL) {
		*value = json_is_true(json);
		return json_is_boolean(json);
	}
	switch (field->notation) {
	case AS_SECONDS:
		return read_seconds(json, value);
	case AS_TIME:
		return read_time(json_string_value(json), value);
	case AS_LEVELS:
		return read_levels(json, value);
	case AS_EVENTS:
		return read_events(json, value);
	case AS_DEVICE:
	case AS_PAIRS:
	case AS_NUMBER:
		break;
	}
	*value = json_integer_value(json);
	return json_is_integer(json);
}

/* False when the member cannot have that value. */
static bool store(const struct field *field, void *member, int64_t value)
{
	switch (field->type) {
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

static int read_text(const struct field *field, const json_t *json,
		     char *member)
{
	if (!json_is_string(json))
		return -EINVAL;
	snprintf(member, field->size, "%s", json_string_value(json));
	return 0;
}

static int read_numbers(const struct field *field, const json_t *json,
			uint64_t *member)
{
	size_t count = field->size / sizeof(*member);

	if (json_array_size(json) != count)
		return -EINVAL;
	for (size_t i = 0; i < count; i++) {
		const json_t *number = json_array_get(json, i);

		if (!json_is_integer(number))
			return -EINVAL;
		member[i] = (uint64_t)json_integer_value(number);
	}
	return 0;
}

static int read_pairs(const json_t *json, struct histogram *h)
{
	const json_t *pair;
	size_t index;

	if (!json_is_array(json))
		return -EINVAL;
	json_array_foreach (json, index, pair) {
		json_int_t bucket, count;

		if (json_unpack((json_t *)pair, "[I, I!]", &bucket, &count) ||
		    bucket < 0 || bucket >= HISTOGRAM_BUCKETS || count < 0)
			return -EINVAL;
		h->count[bucket] = (uint64_t)count;
	}
	return 0;
}

static int read_words(const json_t *json, char ***words)
{
	size_t count = json_array_size(json);

	if (!json_is_array(json))
		return -EINVAL;
	*words = calloc(count + 1, sizeof(**words));
	for (size_t i = 0; *words && i < count; i++) {
		const char *word = json_string_value(json_array_get(json, i));

		(*words)[i] = strdup(word ? word : "");
		if (!(*words)[i])
			return -ENOMEM;
	}
	return *words ? 0 : -ENOMEM;
}

static int read_stack(struct snapshot *snap, const json_t *json,
		      struct stack *stack)
{
	const json_t *frame;
	size_t index;
	int err = 0;

	if (!json_is_array(json) || json_array_size(json) > STACK_DEPTH)
		return -EINVAL;
	json_array_foreach (json, index, frame) {
		const char *name = json_string_value(frame);

		if (!err && name)
			err = place_add(snap, name,
					&stack->addr[stack->depth++]);
	}
	return err;
}

static int read_entity(struct snapshot *snap, const json_t *object,
		       enum scope scope, char *entity);

static void set_count(const struct field *list, char *entity, size_t count)
{
	if (list->count_size == sizeof(size_t))
		*(size_t *)(entity + list->count) = count;
	else
		*(uint32_t *)(entity + list->count) = (uint32_t)count;
}

static int read_list(struct snapshot *snap, const struct field *list,
		     const json_t *array, char *entity)
{
	const size_t size = entity_table[list->item].size;
	const size_t count = json_array_size(array);
	const json_t *object;
	char *items;
	size_t index;
	int err = 0;

	if (!json_is_array(array))
		return -EINVAL;
	items = count ? calloc(count, size) : NULL;
	if (count && !items)
		return -ENOMEM;
	field_set_items(list, entity, items);
	set_count(list, entity, count);
	json_array_foreach (array, index, object)
		if (!err)
			err = read_entity(snap, object, list->item,
					  items + index * size);
	return err;
}

/* Places of devices are read as the keys that they will have. */
static int read_device(const json_t *json, uint64_t *key)
{
	if (!json_is_integer(json) || json_integer_value(json) < 0)
		return -EINVAL;
	*key = (uint64_t)json_integer_value(json) + 1;
	return 0;
}

static int read_field(struct snapshot *snap, const struct field *field,
		      const json_t *json, char *entity)
{
	char *member = entity + field->offset;
	int64_t value;

	if (!json || json_is_null(json)) {
		store_none(field, member);
		return 0;
	}
	if (field->flag)
		*(bool *)(entity + field->flag) = true;
	if (field->notation == AS_DEVICE)
		return read_device(json, (uint64_t *)member);
	if (field->notation == AS_PAIRS)
		return read_pairs(json, (struct histogram *)member);
	switch (field->type) {
	case TYPE_TEXT:
		return read_text(field, json, member);
	case TYPE_WORDS:
		return read_words(json, (char ***)member);
	case TYPE_NUMBERS:
	case TYPE_HISTOGRAM:
		return read_numbers(field, json, (uint64_t *)member);
	case TYPE_STACK:
		return read_stack(snap, json, (struct stack *)member);
	case TYPE_LIST:
		return read_list(snap, field, json, entity);
	default:
		return json_number(field, json, &value) &&
				       store(field, member, value)
			       ? 0
			       : -EINVAL;
	}
}

static int read_entity(struct snapshot *snap, const json_t *object,
		       enum scope scope, char *entity)
{
	int err = json_is_object(object) ? 0 : -EINVAL;

	if (err)
		log_error("what should be the %s is no object",
			  entity_table[scope].name);
	for_each_field (field, scope) {
		const json_t *json = NULL;

		if (err || !field->path || !field->size)
			continue;
		json = json_at_path(object, field->path);
		err = read_field(snap, field, json, entity);
		if (err == -EINVAL &&
		    !(field->type == TYPE_LIST && json_is_array(json)))
			log_error("%s: %s cannot be read",
				  entity_table[scope].name, field->path);
	}
	return err;
}

int json_read_report(const json_t *report, struct snapshot *snap)
{
	int err = read_entity(snap, report, SCOPE_SYSTEM, (char *)snap);

	for (size_t i = 0; i < snap->nr_devices; i++)
		snap->devices[i].key = i + 1;
	if (err) {
		snapshot_release(snap);
		return err;
	}
	return 0;
}

const json_t *json_find_report(const json_t *root)
{
	const char *schema = json_string_value(json_object_get(root, "schema"));

	if (schema && !strcmp(schema, CHECK_SCHEMA))
		return json_find_report(json_object_get(root, "report"));
	return schema && !strcmp(schema, REPORT_SCHEMA) ? root : NULL;
}

const json_t *json_load(const char *path, json_t **root)
{
	FILE *file = fopen(path, "re");
	const json_t *report;
	json_error_t why;

	*root = NULL;
	if (!file) {
		log_error("cannot read %s: %s", path, strerror(errno));
		return NULL;
	}
	*root = json_loadf(file, JSON_REJECT_DUPLICATES, &why);
	fclose(file);
	report = json_find_report(*root);
	if (!*root)
		log_error("%s:%d:%d: not JSON: %s", path, why.line, why.column,
			  why.text);
	else if (!report)
		log_error("%s is neither a report nor a check; make one with "
			  "'swiotlb report --format json -o %s'",
			  path, path);
	return report;
}
