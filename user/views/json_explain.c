/* SPDX-License-Identifier: GPL-2.0-only */
#include "util/units.h"
#include "views/explain.h"
#include "views/json_parts.h"

static json_t *integer(uint64_t value)
{
	return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

/* Takes @value, whatever comes of it; no memory anywhere makes @array NULL. */
static json_t *append(json_t *array, json_t *value)
{
	if (!json_array_append_new(array, value))
		return array;
	json_decref(array);
	return NULL;
}

static json_t *stamp_json(const struct stamp *stamp)
{
	if (!*stamp->text && !stamp->boot_known)
		return json_null();
	return json_pack("{s:o, s:o}", "text", json_text_or_null(stamp->text),
			 "boot_seconds",
			 stamp->boot_known ? json_real((double)stamp->boot_ns /
						       NS_PER_SEC)
					   : json_null());
}

static json_t *sizes_json(const struct log_group *group)
{
	json_t *array = json_array();

	for (size_t i = 0; i < group->nr_sizes; i++)
		array = append(array,
			       json_pack("{s:o, s:o}", "bytes",
					 integer(group->sizes[i].bytes),
					 "count",
					 integer(group->sizes[i].count)));
	return array;
}

/* The figures of the last line, by their names. */
static json_t *figures_json(const struct message *message)
{
	json_t *object = json_object();

	for (int i = 0; i < NR_FIELDS; i++)
		if (message_has(message, i) &&
		    json_object_set_new(object, message_field_name(i),
					integer(message->value[i]))) {
			json_decref(object);
			return NULL;
		}
	return object;
}

static json_t *wording_json(const struct message_row *row)
{
	return json_pack("{s:s, s:s, s:s}", "pattern", row->pattern, "kernels",
			 row->kernels, "source", row->source);
}

static json_t *group_json(const struct log_group *group)
{
	const struct message *message = &group->message;
	const struct cause_info *info = cause_info(message->cause);
	char note[256];

	log_group_note(group, note, sizeof(note));
	return json_pack(
		"{s:s, s:s, s:b, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
		"s:o, s:o, s:o, s:s, s:o, s:o, s:o}",
		"cause", info->id, "severity", severity_name(info->severity),
		"refused", info->refused, "title", info->title, "device",
		json_text_or_null(message->device), "driver",
		json_text_or_null(message->driver), "lines",
		integer(group->lines), "requests", integer(group->requests),
		"first", stamp_json(&group->first), "last",
		stamp_json(&group->last), "sizes", sizes_json(group),
		"other_sizes", integer(group->other_sizes), "figures",
		figures_json(message), "note", json_text_or_null(note), "line",
		json_text(group->example), "proves", info->proves, "open",
		json_text_or_null(info->open), "advice",
		json_text_or_null(info->advice), "wording",
		wording_json(message->row));
}

static json_t *groups_json(const struct digest *digest)
{
	json_t *array = json_array();

	for (size_t i = 0; i < digest->nr_groups; i++)
		array = append(array, group_json(&digest->groups[i]));
	return array;
}

static json_t *mentions_json(const struct digest *digest)
{
	return json_pack("{s:o, s:o}", "lines", integer(digest->mentions),
			 "first", json_text_or_null(digest->mention));
}

int explain_json(const struct digest *digest, FILE *stream)
{
	json_t *root =
		json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			  "schema", EXPLAIN_SCHEMA, "tool", json_tool(),
			  "lines", integer(digest->lines), "messages",
			  integer(digest->messages), "requests",
			  integer(digest->requests), "suppressed",
			  integer(digest->suppressed), "dropped",
			  integer(digest->dropped), "unknown",
			  mentions_json(digest), "groups", groups_json(digest));

	return json_write(root, JSON_INDENTED, stream);
}
