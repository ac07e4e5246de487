/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "model/event.h"
#include "model/findings.h"
#include "model/level.h"
#include "model/schema.h"
#include "views/json.h"

/* Add a description, unless it is NULL. */
static json_t *describe(json_t *schema, const char *text)
{
	if (text)
		json_object_set_new(schema, "description", json_string(text));
	return schema;
}

static json_t *typed(const char *type, bool nullable)
{
	return nullable ? json_pack("{s:[s, s]}", "type", type, "null")
			: json_pack("{s:s}", "type", type);
}

static json_t *object_schema(void)
{
	return json_pack("{s:s, s:[], s:b, s:{}}", "type", "object", "required",
			 "additionalProperties", 0, "properties");
}

static void allow(json_t *object, const char *name, json_t *schema)
{
	json_object_set_new(json_object_get(object, "properties"), name,
			    schema);
}

static void require(json_t *object, const char *name, json_t *schema)
{
	json_array_append_new(json_object_get(object, "required"),
			      json_string(name));
	allow(object, name, schema);
}

/* Set @schema at a dotted path; objects in between are created. */
static void place(json_t *object, const char *path, json_t *schema)
{
	const char *dot;
	char key[64];

	while ((dot = strchr(path, '.'))) {
		json_t *next;

		snprintf(key, sizeof(key), "%.*s", (int)(dot - path), path);
		next = json_object_get(json_object_get(object, "properties"),
				       key);
		if (!next) {
			next = object_schema();
			require(object, key, next);
		}
		object = next;
		path = dot + 1;
	}
	require(object, path, schema);
}

static bool nullable(const struct field *field)
{
	return field->null != NULL_NEVER || field->flag || field->known ||
	       field->unknown || field_levels(field) ||
	       field->notation == AS_DEVICE || field->type == TYPE_WORDS;
}

static json_t *names_schema(const char *(*name_of)(unsigned int value),
			    unsigned int count)
{
	json_t *names = json_array();

	for (unsigned int i = 0; i < count; i++) {
		const char *name = name_of(i);

		json_array_append_new(names,
				      name ? json_string(name) : json_null());
	}
	return json_pack("{s:o}", "enum", names);
}

static json_t *words_schema(const char *const *words, size_t count)
{
	json_t *names = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(names, json_string(words[i]));
	return json_pack("{s:s, s:{s:o}}", "type", "array", "items", "enum",
			 names);
}

static json_t *levels_schema(void)
{
	const char *names[32];

	for (unsigned int i = 0; i < level_count; i++)
		names[i] = level_table[i].name;
	return words_schema(names, level_count);
}

static json_t *events_schema(void)
{
	const char *words[32];
	unsigned int count = 0, event;

	while ((words[count] = event_word(count, &event)))
		count++;
	return words_schema(words, count);
}

static json_t *number_schema(const struct field *field)
{
	bool fraction = field->notation == AS_SECONDS;
	json_t *schema;

	schema = typed(fraction ? "number" : "integer", nullable(field));
	if (field->type != TYPE_S64)
		json_object_set_new(schema, "minimum", json_integer(0));
	return schema;
}

static json_t *value_schema(const struct field *field)
{
	if (field->names)
		return names_schema(field->names, field->nr_names);
	if (field->type == TYPE_BOOL)
		return typed("boolean", nullable(field));
	switch (field->notation) {
	case AS_TIME:
		return json_pack(
			"{s:s, s:s}", "type", "string", "pattern",
			"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{6}Z$");
	case AS_LEVELS:
		return levels_schema();
	case AS_EVENTS:
		return events_schema();
	default:
		return number_schema(field);
	}
}

static json_t *defined(const char *name, bool may_be_null)
{
	json_t *reference = json_pack("{s:s+}", "$ref", "#/definitions/", name);

	return may_be_null ? json_pack("{s:[o, {s:s}]}", "anyOf", reference,
				       "type", "null")
			   : reference;
}

static json_t *entity_schema(enum scope scope);

/* A list, a string for each member of its items. */
static json_t *columns_schema(const struct field *list)
{
	json_t *object = object_schema();

	for_each_field (field, list->item)
		require(object, field->path,
			describe(defined("column", false), field->help));
	if (nullable(list))
		json_object_set_new(object, "type",
				    json_pack("[s, s]", "object", "null"));
	return object;
}

static json_t *field_schema(const struct field *field)
{
	json_t *schema;

	switch (field->type) {
	case TYPE_TEXT:
		return typed("string", nullable(field));
	case TYPE_HISTOGRAM:
		return defined(field->notation == AS_PAIRS ? "pairs"
							   : "histogram",
			       nullable(field));
	case TYPE_STACK:
		return defined("stack", false);
	case TYPE_NUMBERS:
		return json_pack("{s:s, s:{s:s}}", "type", "array", "items",
				 "type", "integer");
	case TYPE_WORDS:
	case TYPE_LIST:
		if (field->notation == AS_COLUMNS)
			return columns_schema(field);
		schema = typed("array", nullable(field));
		json_object_set_new(schema, "items",
				    field->type == TYPE_LIST
					    ? entity_schema(field->item)
					    : typed("string", false));
		return schema;
	default:
		return value_schema(field);
	}
}

static void add_fields(json_t *object, enum scope scope)
{
	for_each_field (field, scope)
		if (field->path)
			place(object, field->path,
			      describe(field_schema(field), field->help));
}

static json_t *entity_schema(enum scope scope)
{
	json_t *object = object_schema();

	add_fields(object, scope);
	return object;
}

static json_t *fact_schema(void)
{
	json_t *object = object_schema();

	require(object, "name", typed("string", false));
	require(object, "value",
		json_pack("{s:[s, s]}", "type", "integer", "string"));
	allow(object, "unit",
	      describe(names_schema(unit_name, UNIT_NS + 1),
		       "of a figure; words have none"));
	allow(object, "of",
	      describe(
		      typed("string", true),
		      "the device, CPU or cause whose part of a figure it is; null if it is unknown"));
	return object;
}

static json_t *finding_schema(void)
{
	json_t *object = object_schema(), *subject = object_schema();

	require(subject, "kind", names_schema(about_name, ABOUT_REFUSAL));
	require(subject, "name", typed("string", true));
	require(object, "id", typed("string", false));
	require(object, "severity",
		names_schema(severity_name, SEVERITY_NOTE + 1));
	require(object, "pool", typed("integer", true));
	require(object, "subject", subject);
	require(object, "evidence",
		json_pack("{s:s, s:o}", "type", "array", "items",
			  fact_schema()));
	require(object, "text", typed("string", false));
	require(object, "advice", typed("string", false));
	return json_pack("{s:s, s:o}", "type", "array", "items", object);
}

static json_t *definitions(void)
{
	return json_pack(
		"{s:{s:s, s:i, s:i, s:{s:s, s:i}, s:s},"
		" s:{s:s, s:{s:s, s:i, s:i, s:{s:s, s:i}}, s:s},"
		" s:{s:s, s:{s:s}, s:s},"
		" s:{s:s, s:s, s:s}}",
		"histogram", "type", "array", "minItems", HISTOGRAM_BUCKETS,
		"maxItems", HISTOGRAM_BUCKETS, "items", "type", "integer",
		"minimum", 0, "description",
		"element 0 counts the values 0 and 1, element i those from 2^i to 2^(i+1)-1, the last one all above as well",
		"pairs", "type", "array", "items", "type", "array", "minItems",
		2, "maxItems", 2, "items", "type", "integer", "minimum", 0,
		"description",
		"a histogram without the elements that are 0: pairs of the element's number and its count",
		"stack", "type", "array", "items", "type", "string",
		"description",
		"innermost first: function+offset [module], or ? where it is unknown",
		"column", "type", "string", "pattern",
		"^(-?[0-9]+( -?[0-9]+)*)?$", "description",
		"whole numbers, one for each item of a list, with blanks between them");
}

int json_report_schema(FILE *stream)
{
	json_t *root = object_schema(), *tool = object_schema();
	int err = 0;

	require(tool, "name", typed("string", false));
	require(tool, "version", typed("string", false));
	json_object_set_new(
		root, "$schema",
		json_string("http://json-schema.org/draft-07/schema#"));
	json_object_set_new(root, "title", json_string("swiotlb report"));
	describe(
		root,
		"What swiotlb report --format json writes. A figure is null where it is unknown or was not asked for; it is never 0 instead.");
	json_object_set_new(root, "definitions", definitions());
	require(root, "schema", json_pack("{s:s}", "const", REPORT_SCHEMA));
	require(root, "tool", tool);
	require(root, "verdict",
		describe(typed("string", false),
			 "the worst findings in one line"));
	add_fields(root, SCOPE_SYSTEM);
	place(root, "loss.by_cause",
	      json_pack("{s:s, s:{s:s, s:i}}", "type", "object",
			"additionalProperties", "type", "integer", "minimum",
			0));
	require(root, "findings", finding_schema());
	if (json_dumpf(root, stream, JSON_INDENT(2)) ||
	    fputc('\n', stream) == EOF)
		err = -EIO;
	json_decref(root);
	return err;
}
