/* SPDX-License-Identifier: GPL-2.0-only */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/digest.h"
#include "model/snapshot.h"

/* Longer lines are read in pieces, which overlap by as much as a message has.
 */
#define LINE_MAX_LEN 8192
#define OVERLAP	     512

/**
 * struct digest_reader - a log that is being read
 * @digest: what it fills in
 * @raw: the line that is being collected
 * @raw_len: bytes in it
 * @continued: @raw is not the beginning of a line
 * @carriage: the byte before was a carriage return
 * @line: the line, cleaned
 * @pending: a line that may continue in the next one; "" = none
 * @stamps: times that are in lines of their own
 * @last_size: size of the previous request
 * @last_device: its device
 */
struct digest_reader {
	struct digest *digest;
	char raw[LINE_MAX_LEN];
	size_t raw_len;
	bool continued;
	bool carriage;
	char line[LINE_MAX_LEN];
	char pending[2 * LINE_MAX_LEN];
	struct log_stamps stamps;
	uint64_t last_size;
	char last_device[MESSAGE_NAME_LEN];
};

/* ---- groups ---------------------------------------------------------------
 */

static struct log_group *find_group(struct digest *digest,
				    const struct message *message)
{
	struct log_group *groups;

	for (size_t i = 0; i < digest->nr_groups; i++)
		if (digest->groups[i].message.cause == message->cause &&
		    !strcmp(digest->groups[i].message.device, message->device))
			return &digest->groups[i];
	if (digest->nr_groups == DIGEST_GROUPS)
		return NULL;
	groups = reallocarray(digest->groups, digest->nr_groups + 1,
			      sizeof(*groups));
	if (!groups)
		return NULL;
	digest->groups = groups;
	groups += digest->nr_groups++;
	*groups = (struct log_group){ 0 };
	return groups;
}

static void count_size(struct log_group *group, uint64_t bytes)
{
	if (!group->nr_sizes || bytes < group->size_min)
		group->size_min = bytes;
	if (bytes > group->size_max)
		group->size_max = bytes;
	for (size_t i = 0; i < group->nr_sizes; i++)
		if (group->sizes[i].bytes == bytes) {
			group->sizes[i].count++;
			return;
		}
	if (group->nr_sizes == DIGEST_SIZES) {
		group->other_sizes++;
		return;
	}
	group->sizes[group->nr_sizes++] = (struct asked_size){ bytes, 1 };
}

static void count_used(struct log_group *group, const struct message *message)
{
	const uint64_t used = message->value[FIELD_USED];

	if (!group->used_lines++)
		group->used_first = used;
	else if (used < group->message.value[FIELD_USED])
		group->used_fell = true;
}

/* Whether the message is of a failed request that was not counted yet. */
static bool new_request(struct digest_reader *reader,
			const struct message *message)
{
	const uint64_t size = message->value[FIELD_SIZE];
	const unsigned int flags = message->row->flags;
	const bool same = size == reader->last_size &&
			  !strcmp(message->device, reader->last_device);

	reader->last_size = size;
	strcpy(reader->last_device, message->device);
	if (!cause_info(message->cause)->refused || flags & MESSAGE_PROSE)
		return false;
	return !(flags & MESSAGE_ECHO && same);
}

static void count_message(struct digest_reader *reader,
			  const struct message *message, const char *text,
			  size_t len, const struct stamp *stamp)
{
	struct digest *digest = reader->digest;
	const bool request = new_request(reader, message);
	struct log_group *group;

	digest->messages++;
	digest->requests += request;
	if (message_has(message, FIELD_COUNT))
		digest->suppressed += message->value[FIELD_COUNT];
	group = find_group(digest, message);
	if (!group) {
		digest->dropped++;
		return;
	}
	if (!group->lines) {
		group->first = *stamp;
		snprintf(group->example, sizeof(group->example), "%.*s",
			 (int)len, text);
	}
	if (message_has(message, FIELD_SIZE))
		count_size(group, message->value[FIELD_SIZE]);
	if (message_has(message, FIELD_USED))
		count_used(group, message);
	group->message = *message;
	group->last = *stamp;
	group->lines++;
	group->requests += request;
}

/* ---- lines ----------------------------------------------------------------
 */

/* Names of functions, as in a stack, do not count. */
static bool mentions(const char *text)
{
	const char *found;

	if (strstr(text, "software IO TLB") || strstr(text, "SWIOTLB"))
		return true;
	for (found = text; (found = strstr(found, "swiotlb")); found++)
		if (found[7] != '_' && (found == text || found[-1] != '_'))
			return true;
	return false;
}

static void count_mention(struct digest *digest, const char *text)
{
	if (!mentions(text))
		return;
	if (!digest->mentions++)
		snprintf(digest->mention, sizeof(digest->mention), "%s", text);
}

/*
 * Counts the messages of a text, but for one that may be unfinished where the
 * text is only @cut. Returns the bytes that are done with.
 */
static size_t read_messages(struct digest_reader *reader, const char *text,
			    size_t len, bool cut)
{
	struct message_match match;
	struct message message;
	size_t done = 0;

	while (message_find(text + done, len - done, &message, &match)) {
		struct stamp stamp;

		if (cut && match.unfinished)
			break;
		log_line_stamp(text + done, match.start, &reader->stamps,
			       &stamp);
		count_message(reader, &message, text + done + match.start,
			      match.end - match.start, &stamp);
		done += match.end;
	}
	return done;
}

static bool unfinished(const char *text)
{
	struct message_match match;
	struct message message;
	size_t done = 0;

	while (message_find(text + done, strlen(text + done), &message,
			    &match)) {
		if (match.unfinished)
			return true;
		done += match.end;
	}
	return match.unfinished;
}

static void read_text(struct digest_reader *reader, const char *text)
{
	if (!read_messages(reader, text, strlen(text), false))
		count_mention(reader->digest, text);
}

/* Whether a message in this line may continue in the next one. */
static bool goes_on(char *joined, size_t len, const char *next, bool blank)
{
	const size_t size = 2 * LINE_MAX_LEN - len;
	struct message_match match;
	struct message message;

	snprintf(joined + len, size, "%s%s", blank ? " " : "", next);
	return message_find(joined, strlen(joined), &message, &match) &&
	       match.start < len && match.end > len;
}

/* The line that was kept back, alone or with @next, which is then used up. */
static bool read_pending(struct digest_reader *reader, const char *next)
{
	char *pending = reader->pending;
	const size_t len = strlen(pending);
	/* Quoted-printable text marks a line that continues. */
	const size_t soft = len && pending[len - 1] == '=' ? len - 1 : len;
	bool used = false;

	if (!len)
		return false;
	if (*next) {
		next = log_line_unquoted(next);
		used = (soft == len && goes_on(pending, len, next, true)) ||
		       goes_on(pending, soft, next, false);
		if (!used)
			pending[len] = '\0';
	}
	read_text(reader, pending);
	*pending = '\0';
	return used;
}

/* An '=' at the end of a line does not belong to what it says. */
static bool may_go_on(char *line)
{
	const size_t len = strlen(line);
	bool open;

	if (!len || line[len - 1] != '=')
		return unfinished(line);
	line[len - 1] = '\0';
	open = unfinished(line);
	line[len - 1] = '=';
	return open;
}

static void read_line(struct digest_reader *reader)
{
	char *line = reader->line;

	if (read_pending(reader, line))
		return;
	log_line_notice(line, &reader->stamps);
	if (may_go_on(line))
		strcpy(reader->pending, line);
	else if (*line)
		read_text(reader, line);
}

static void end_line(struct digest_reader *reader)
{
	log_line_clean(reader->raw, reader->raw_len, reader->line);
	reader->raw_len = 0;
	reader->digest->lines += !reader->continued;
	reader->continued = false;
	read_line(reader);
}

/* A line without an end: what may be a message's beginning is kept. */
static void cut_line(struct digest_reader *reader)
{
	const char last = reader->raw[reader->raw_len - 1];
	size_t done, rest;

	log_line_clean(reader->raw, reader->raw_len, reader->line);
	reader->digest->lines += !reader->continued;
	reader->continued = true;
	read_pending(reader, "");
	rest = strlen(reader->line);
	done = read_messages(reader, reader->line, rest, true);
	if (rest - done > OVERLAP)
		done = rest - OVERLAP;
	reader->raw_len = rest - done;
	memcpy(reader->raw, reader->line + done, reader->raw_len);
	/* A clean line has no blank at its end, and this is not the end. */
	if (isspace((unsigned char)last))
		reader->raw[reader->raw_len++] = ' ';
}

struct digest_reader *digest_start(struct digest *digest)
{
	struct digest_reader *reader = calloc(1, sizeof(*reader));

	if (reader)
		reader->digest = digest;
	return reader;
}

void digest_feed(struct digest_reader *reader, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		const char c = data[i];
		const bool pair = c == '\n' && reader->carriage;

		reader->carriage = c == '\r';
		if (pair)
			continue;
		if (c == '\n' || c == '\r') {
			end_line(reader);
			continue;
		}
		if (reader->raw_len == LINE_MAX_LEN - 1)
			cut_line(reader);
		reader->raw[reader->raw_len++] = c;
	}
}

void digest_end(struct digest_reader *reader)
{
	if (reader->raw_len)
		end_line(reader);
	read_pending(reader, "");
	free(reader);
}

/* ---- the whole ------------------------------------------------------------
 */

static int compare_groups(const void *left, const void *right)
{
	const struct log_group *a = left, *b = right;
	const enum severity worst_a = cause_info(a->message.cause)->severity;
	const enum severity worst_b = cause_info(b->message.cause)->severity;

	if (worst_a != worst_b)
		return worst_a < worst_b ? -1 : 1;
	if (a->message.cause != b->message.cause)
		return a->message.cause < b->message.cause ? -1 : 1;
	if (a->lines != b->lines)
		return a->lines > b->lines ? -1 : 1;
	return strcmp(a->message.device, b->message.device);
}

void digest_sort(struct digest *digest)
{
	if (digest->nr_groups)
		qsort(digest->groups, digest->nr_groups,
		      sizeof(*digest->groups), compare_groups);
}

void digest_release(struct digest *digest)
{
	free(digest->groups);
	*digest = (struct digest){ 0 };
}
