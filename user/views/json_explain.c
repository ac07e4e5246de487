/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/cause_text.h"
#include "views/explain.h"
#include "views/json_out.h"

static void put_stamp(struct json_out *out, const char *key,
		      const struct stamp *stamp)
{
	if (!*stamp->text && !stamp->boot_known) {
		json_put_null(out, key);
		return;
	}
	json_open(out, key, '{');
	json_put_text_or_null(out, "text", stamp->text);
	if (stamp->boot_known)
		json_put_seconds(out, "boot_seconds", stamp->boot_ns);
	else
		json_put_null(out, "boot_seconds");
	json_close(out, '}');
}

static void put_sizes(struct json_out *out, const struct log_group *group)
{
	json_open(out, "sizes", '[');
	for (size_t i = 0; i < group->nr_sizes; i++) {
		json_open(out, NULL, '{');
		json_put_count(out, "bytes", group->sizes[i].bytes);
		json_put_count(out, "count", group->sizes[i].count);
		json_close(out, '}');
	}
	json_close(out, ']');
}

/* The figures of the last line, by their names. */
static void put_figures(struct json_out *out, const struct message *message)
{
	json_open(out, "figures", '{');
	for (int i = 0; i < NR_FIELDS; i++)
		if (message_has(message, i))
			json_put_count(out, message_field_name(i),
				       message->value[i]);
	json_close(out, '}');
}

static void put_wording(struct json_out *out, const struct message_row *row)
{
	json_open(out, "wording", '{');
	json_put_text(out, "pattern", row->pattern);
	json_put_text(out, "kernels", row->kernels);
	json_put_text(out, "source", row->source);
	json_close(out, '}');
}

/* What it proves, and what it does not. */
static void put_meaning(struct json_out *out, const struct log_group *group)
{
	const struct cause_text *text = cause_text(group->message.cause);
	char note[LOG_NOTE_LEN];

	json_put_text_or_null(out, "note", log_group_note(group, note));
	json_put_text(out, "line", group->example);
	json_put_text(out, "proves", text->proves);
	json_put_text_or_null(out, "open", text->open);
	json_put_text_or_null(out, "advice", text->advice);
	put_wording(out, group->message.row);
}

static void put_group(struct json_out *out, const struct log_group *group)
{
	const struct message *message = &group->message;
	const struct cause_info *info = cause_info(message->cause);

	json_open(out, NULL, '{');
	json_put_text(out, "cause", info->id);
	json_put_text(out, "severity", severity_name(info->severity));
	json_put_bool(out, "refused", info->refused);
	json_put_text(out, "title", cause_text(message->cause)->title);
	json_put_text_or_null(out, "device", message->device);
	json_put_text_or_null(out, "driver", message->driver);
	json_put_count(out, "lines", group->lines);
	json_put_count(out, "requests", group->requests);
	put_stamp(out, "first", &group->first);
	put_stamp(out, "last", &group->last);
	put_sizes(out, group);
	json_put_count(out, "other_sizes", group->other_sizes);
	put_figures(out, message);
	put_meaning(out, group);
	json_close(out, '}');
}

int explain_json(const struct digest *digest, FILE *stream)
{
	struct json_out out = { .stream = stream };

	json_open(&out, NULL, '{');
	json_put_text(&out, "schema", EXPLAIN_SCHEMA);
	json_put_tool(&out, "tool");
	json_put_count(&out, "lines", digest->lines);
	json_put_count(&out, "messages", digest->messages);
	json_put_count(&out, "requests", digest->requests);
	json_put_count(&out, "suppressed", digest->suppressed);
	json_put_count(&out, "dropped", digest->dropped);
	json_open(&out, "unknown", '{');
	json_put_count(&out, "lines", digest->mentions);
	json_put_text_or_null(&out, "first", digest->mention);
	json_close(&out, '}');
	json_open(&out, "groups", '[');
	for (size_t i = 0; i < digest->nr_groups; i++)
		put_group(&out, &digest->groups[i]);
	json_close(&out, ']');
	json_close(&out, '}');
	return json_end(&out);
}
