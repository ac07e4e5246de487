/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <string.h>

#include "util/units.h"
#include "views/cause_text.h"
#include "views/explain.h"

#define LABEL_COLUMNS 10
#define INDENT	      (2 + LABEL_COLUMNS + 1)

static const enum style styles[] = {
	[SEVERITY_ERROR] = STYLE_ERROR,
	[SEVERITY_WARNING] = STYLE_WARNING,
	[SEVERITY_NOTE] = STYLE_PLAIN,
};

static void show_label(const char *label, struct pane *pane)
{
	pane_put(pane, STYLE_PLAIN, "  ");
	pane_cell(pane, STYLE_DIM, ALIGN_LEFT, LABEL_COLUMNS, label);
}

static void show_part(const char *label, const char *text, struct pane *pane)
{
	if (!*text)
		return;
	show_label(label, pane);
	pane_wrap(pane, STYLE_PLAIN, INDENT, text);
}

static void put_stamp(const struct stamp *stamp, struct pane *pane)
{
	if (*stamp->text)
		pane_put(pane, STYLE_PLAIN, "%s", stamp->text);
	else
		pane_put(pane, STYLE_PLAIN, "%.6f s after boot",
			 (double)stamp->boot_ns / NS_PER_SEC);
}

static bool stamp_known(const struct stamp *stamp)
{
	return *stamp->text || stamp->boot_known;
}

static bool same_stamp(const struct stamp *a, const struct stamp *b)
{
	return !strcmp(a->text, b->text) && a->boot_ns == b->boot_ns;
}

static void show_times(const struct log_group *group, struct pane *pane)
{
	if (!stamp_known(&group->first) && !stamp_known(&group->last))
		return;
	show_label("when", pane);
	if (stamp_known(&group->first))
		put_stamp(&group->first, pane);
	else
		pane_put(pane, STYLE_PLAIN, "unknown");
	if (group->lines > 1 && !same_stamp(&group->first, &group->last)) {
		pane_put(pane, STYLE_PLAIN, " to ");
		if (stamp_known(&group->last))
			put_stamp(&group->last, pane);
		else
			pane_put(pane, STYLE_PLAIN, "unknown");
	}
	pane_end(pane);
}

static void show_sizes(const struct log_group *group, struct pane *pane)
{
	char list[512];
	size_t len = 0;

	if (!group->nr_sizes)
		return;
	for (size_t i = 0; i < group->nr_sizes; i++)
		len += snprintf(list + len, sizeof(list) - len,
				"%s%" PRIu64 " bytes (%" PRIu64 "x)",
				i ? ", " : "", group->sizes[i].bytes,
				group->sizes[i].count);
	if (group->other_sizes)
		snprintf(list + len, sizeof(list) - len,
			 ", and %" PRIu64 " more from %" PRIu64 " to %" PRIu64
			 " bytes",
			 group->other_sizes, group->size_min, group->size_max);
	show_part("asked", list, pane);
}

static void show_pool(const struct message *message, struct pane *pane)
{
	const uint64_t total = message->value[FIELD_TOTAL];

	if (!message_has(message, FIELD_TOTAL))
		return;
	show_label("pool", pane);
	pane_line(pane, STYLE_PLAIN,
		  "%" PRIu64 " slots (%s), %" PRIu64 " of them used", total,
		  total < UINT64_MAX / 2048 ? BYTES(total * 2048)
					    : UNKNOWN_TEXT,
		  message->value[FIELD_USED]);
}

static void show_reach(const struct message *message, struct pane *pane)
{
	if (!message_has(message, FIELD_MASK))
		return;
	show_label("reach", pane);
	pane_put(pane, STYLE_PLAIN, "mask 0x%" PRIx64,
		 message->value[FIELD_MASK]);
	if (message_has(message, FIELD_LIMIT) && message->value[FIELD_LIMIT])
		pane_put(pane, STYLE_PLAIN, ", bus limit 0x%" PRIx64,
			 message->value[FIELD_LIMIT]);
	if (message_has(message, FIELD_ADDR))
		pane_put(pane, STYLE_PLAIN, ", address 0x%" PRIx64,
			 message->value[FIELD_ADDR]);
	pane_end(pane);
}

static void show_group(const struct log_group *group, struct pane *pane)
{
	const struct message *message = &group->message;
	char note[LOG_NOTE_LEN];

	show_label(*message->device ? "device" : "lines", pane);
	if (*message->device)
		pane_put(pane, STYLE_PLAIN, "%s%s%s%s, ", message->device,
			 *message->driver ? " (" : "", message->driver,
			 *message->driver ? ")" : "");
	pane_line(pane, STYLE_PLAIN, "%" PRIu64 " line%s", group->lines,
		  plural(group->lines));
	show_times(group, pane);
	show_sizes(group, pane);
	show_pool(message, pane);
	show_reach(message, pane);
	show_part("line", group->example, pane);
	show_part("here", log_group_note(group, note), pane);
}

/* All groups of the cause of the first one; returns how many. */
static size_t show_cause(const struct log_group *groups, size_t count,
			 struct pane *pane)
{
	const enum message_cause cause = groups->message.cause;
	const struct cause_info *info = cause_info(cause);
	const struct cause_text *text = cause_text(cause);
	size_t shown = 0;

	pane_end(pane);
	pane_put(pane, styles[info->severity], "%s", info->id);
	pane_put(pane, STYLE_PLAIN, ": %s", text->title);
	pane_end(pane);
	while (shown < count && groups[shown].message.cause == cause)
		show_group(&groups[shown++], pane);
	show_part("proves", text->proves, pane);
	show_part("open", text->open, pane);
	show_part("do", text->advice, pane);
	return shown;
}

static void show_bound(const struct digest *digest, struct pane *pane)
{
	if (!digest->requests)
		return;
	if (digest->suppressed)
		pane_wrap(pane, STYLE_PLAIN, 0,
			  "A lower bound: the kernel held back lines, as it "
			  "says, and drivers that map with DMA_ATTR_NO_WARN "
			  "(NVMe) leave none.");
	else
		pane_wrap(pane, STYLE_PLAIN, 0,
			  "A lower bound: the kernel prints 10 such lines in "
			  "5 s at most, and none for drivers that map with "
			  "DMA_ATTR_NO_WARN (NVMe).");
}

void explain_text(const struct digest *digest, struct pane *pane)
{
	pane_put(pane, STYLE_TITLE, "swiotlb explain");
	pane_put(pane, STYLE_PLAIN,
		 ": %" PRIu64 " message%s in %" PRIu64 " line%s, ",
		 digest->messages, plural(digest->messages), digest->lines,
		 plural(digest->lines));
	pane_put(pane, digest->requests ? STYLE_ERROR : STYLE_GOOD,
		 "%" PRIu64 " failed request%s", digest->requests,
		 plural(digest->requests));
	if (digest->suppressed)
		pane_put(pane, STYLE_PLAIN,
			 ", %" PRIu64 " more line%s held back by the kernel",
			 digest->suppressed, plural(digest->suppressed));
	pane_end(pane);
	show_bound(digest, pane);
	if (digest->dropped)
		pane_line(pane, STYLE_WARNING,
			  "%" PRIu64 " message%s of further devices are not "
			  "shown",
			  digest->dropped, plural(digest->dropped));
	for (size_t i = 0; i < digest->nr_groups;)
		i += show_cause(&digest->groups[i], digest->nr_groups - i,
				pane);
	if (!digest->mentions)
		return;
	pane_end(pane);
	pane_line(pane, STYLE_DIM,
		  "%" PRIu64 " other line%s of swiotlb, the first of which is:",
		  digest->mentions, plural(digest->mentions));
	pane_wrap(pane, STYLE_DIM, 2, digest->mention);
}
