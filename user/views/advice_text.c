/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <string.h>

#include "util/units.h"
#include "views/advice.h"

/** struct column - a column of the table of settings */
struct column {
	const char *title;
	unsigned int width;
};

enum {
	COLUMN_ROLE,
	COLUMN_SLOTS,
	COLUMN_AREAS,
	COLUMN_MEMORY,
	COLUMN_PEAK,
	COLUMN_RUN,
	COLUMN_EXHAUSTED,
	COLUMN_FRAGMENTED,
	COLUMN_OTHER,
	COLUMN_WAITS,
	COLUMN_WAITED,
	COLUMN_SHARE,
	COLUMNS,
};

static const struct column columns[COLUMNS] = {
	[COLUMN_ROLE] = { "setting", 14 },
	[COLUMN_SLOTS] = { "slots", 7 },
	[COLUMN_AREAS] = { "areas", 5 },
	[COLUMN_MEMORY] = { "memory", 8 },
	[COLUMN_PEAK] = { "peak", 7 },
	[COLUMN_RUN] = { "run", 3 },
	[COLUMN_EXHAUSTED] = { "exhausted", 9 },
	[COLUMN_FRAGMENTED] = { "fragmented", 10 },
	[COLUMN_OTHER] = { "other", 5 },
	[COLUMN_WAITS] = { "waits", 7 },
	[COLUMN_WAITED] = { "waited", 7 },
	[COLUMN_SHARE] = { "CPU", 4 },
};

/** struct line - a line of it; texts of UNIT_TEXT_LEN, "" = nothing */
struct line {
	char text[COLUMNS][UNIT_TEXT_LEN];
	enum style style[COLUMNS];
};

static const char *role_text(enum advice_role role)
{
	static const char *const texts[] = {
		[ROLE_NOW] = "now, predicted",
		[ROLE_WHATIF] = "what if",
		[ROLE_TRIED] = "tried",
		[ROLE_ADVISED] = "advised",
		[ROLE_SMALLER] = "half the slots",
		[ROLE_FEWER] = "half the areas",
	};

	return texts[role];
}

static void show_line(const struct line *line, struct pane *pane)
{
	pane_put(pane, STYLE_PLAIN, "  ");
	for (unsigned int i = 0; i < COLUMNS; i++)
		pane_cell(pane, line->style[i],
			  i == COLUMN_ROLE ? ALIGN_LEFT : ALIGN_RIGHT,
			  columns[i].width, line->text[i]);
	pane_end(pane);
}

static void show_titles(struct pane *pane)
{
	struct line line;

	for (unsigned int i = 0; i < COLUMNS; i++) {
		snprintf(line.text[i], UNIT_TEXT_LEN, "%s", columns[i].title);
		line.style[i] = STYLE_DIM;
	}
	show_line(&line, pane);
}

static void put(struct line *line, unsigned int column, uint64_t value)
{
	format_count(line->text[column], UNIT_TEXT_LEN, value);
}

static void put_waits(const struct advice *advice, struct line *line,
		      uint64_t count, uint64_t ns)
{
	const uint64_t window = advice->interval->figures.window.duration_ns;

	put(line, COLUMN_WAITS, count);
	format_duration(line->text[COLUMN_WAITED], UNIT_TEXT_LEN, ns);
	format_percent(line->text[COLUMN_SHARE], UNIT_TEXT_LEN, ns, window);
}

static void begin_line(const struct advice *advice, struct line *line,
		       const char *name, uint64_t slots, uint32_t areas)
{
	*line = (struct line){ 0 };
	for (unsigned int i = 0; i < COLUMNS; i++)
		snprintf(line->text[i], UNIT_TEXT_LEN, UNKNOWN_TEXT);
	snprintf(line->text[COLUMN_ROLE], UNIT_TEXT_LEN, "%s", name);
	put(line, COLUMN_SLOTS, slots);
	put(line, COLUMN_AREAS, areas);
	format_bytes(line->text[COLUMN_MEMORY], UNIT_TEXT_LEN,
		     advice_bytes(advice, slots));
}

static void show_measured(const struct advice *advice, struct pane *pane)
{
	const struct snapshot *snap = &advice->interval->figures;
	const uint64_t *failures = snap->mappings.failures;
	const struct pool *pool = advice->pool;
	uint64_t other = 0;
	struct waits waits;
	struct line line;

	begin_line(advice, &line, "now, measured", pool->slots, pool->nr_areas);
	if (counter_known(pool->used_peak))
		put(&line, COLUMN_PEAK, pool->used_peak);
	for (enum failure_cause cause = 0; cause < FAILURE_CAUSES; cause++)
		if (cause != FAILURE_EXHAUSTED && cause != FAILURE_FRAGMENTED)
			other += failures[cause];
	if (snap->mappings.counted) {
		put(&line, COLUMN_EXHAUSTED, failures[FAILURE_EXHAUSTED]);
		put(&line, COLUMN_FRAGMENTED, failures[FAILURE_FRAGMENTED]);
		put(&line, COLUMN_OTHER, other);
	}
	if (advice_measured(advice, &waits))
		put_waits(advice, &line, waits.contended, waits.total_ns);
	show_line(&line, pane);
}

static void mark_misses(const struct advice_row *row, struct line *line)
{
	if (row->misses & MISSES_REFUSALS) {
		line->style[COLUMN_EXHAUSTED] = STYLE_ERROR;
		line->style[COLUMN_FRAGMENTED] = STYLE_ERROR;
	}
	if (row->misses & MISSES_SPARE)
		line->style[COLUMN_PEAK] = STYLE_WARNING;
	if (row->misses & MISSES_WAITS) {
		line->style[COLUMN_WAITED] = STYLE_WARNING;
		line->style[COLUMN_SHARE] = STYLE_WARNING;
	}
}

static void put_outcome(const struct advice *advice, struct line *line,
			const struct outcome *outcome)
{
	put(line, COLUMN_PEAK, outcome->peak);
	put(line, COLUMN_RUN, outcome->longest_min);
	put(line, COLUMN_EXHAUSTED, outcome->refused[FAILURE_EXHAUSTED]);
	put(line, COLUMN_FRAGMENTED, outcome->refused[FAILURE_FRAGMENTED]);
	put(line, COLUMN_OTHER, outcome_unhelped(outcome));
	put_waits(advice, line, outcome->contended, outcome->waited_ns);
}

/* Why a setting is none, in words: an output may have no colours. */
static void show_misses(const struct advice_row *row, struct pane *pane)
{
	static const char *const words[] = { "refusals", "waits", "peak" };
	bool first = true;

	if (!row->misses)
		return;
	pane_put(pane, STYLE_DIM, "    misses the goal by");
	for (unsigned int i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (!(row->misses & 1u << i))
			continue;
		pane_put(pane, STYLE_DIM, "%s %s", first ? "" : ",", words[i]);
		first = false;
	}
	pane_end(pane);
}

static void show_device(const struct advice_row *row, struct pane *pane)
{
	const struct setting *setting = &row->setting;

	if (row->outcome.no_blocks)
		pane_line(pane, STYLE_WARNING,
			  "    %s gets no pool of its own: no area has %" PRIu32
			  " unused blocks in a row",
			  setting->device, setting->device_areas);
	else
		pane_line(pane, STYLE_DIM,
			  "    %s has a pool of its own, of %" PRIu32
			  " area%s, each a block of 2 MiB; its peak: %" PRIu64
			  " slots",
			  setting->device, setting->device_areas,
			  plural(setting->device_areas),
			  row->outcome.device_peak);
}

static void show_setting(const struct advice *advice,
			 const struct advice_row *row, struct pane *pane)
{
	const struct setting *setting =
		advice->traced ? &row->outcome.setting : &row->setting;
	struct line line;

	begin_line(advice, &line, role_text(row->role), setting->slots,
		   setting->areas);
	if (row->role == ROLE_ADVISED)
		line.style[COLUMN_ROLE] = STYLE_GOOD;
	if (advice->traced)
		put_outcome(advice, &line, &row->outcome);
	mark_misses(row, &line);
	show_line(&line, pane);
	if (*row->setting.device)
		show_device(row, pane);
	show_misses(row, pane);
}

static void show_settings(const struct advice *advice, struct pane *pane)
{
	pane_title(pane, advice->traced ? "SETTINGS, PREDICTED" : "SETTINGS");
	show_titles(pane);
	show_measured(advice, pane);
	for (size_t i = 0; i < advice->nr; i++) {
		const struct advice_row *row = &advice->rows[i];

		if (row->role == ROLE_NOW && !advice->traced)
			continue;
		if (advice_shows(advice, row))
			show_setting(advice, row, pane);
	}
}

static void show_item(struct pane *pane, const char *text)
{
	pane_put(pane, STYLE_PLAIN, "  - ");
	pane_wrap(pane, STYLE_PLAIN, 4, text);
}

/* A line an assertion, in a form that can be pasted. */
static void show_check(const struct advice *advice, struct pane *pane)
{
	char text[ADVICE_TEXT_LEN], *rest = advice_check(advice, text), *next;

	pane_title(pane, "AFTER THE BOOT, UNDER THE SAME LOAD");
	pane_put(pane, STYLE_PLAIN, "  ");
	for (; (next = strstr(rest + 1, " -a ")); rest = next) {
		pane_line(pane, STYLE_PLAIN, "%.*s \\", (int)(next - rest),
			  rest);
		pane_put(pane, STYLE_PLAIN, "     ");
	}
	pane_line(pane, STYLE_PLAIN, "%s", rest);
}

static void show_reasons(const struct advice *advice, struct pane *pane)
{
	char text[ADVICE_TEXT_LEN];

	pane_title(pane, "IT RESTS ON");
	for (size_t i = 0; advice_ground(advice, i, text); i++)
		show_item(pane, text);
	pane_title(pane, "WHAT WOULD PROVE IT WRONG");
	for (size_t i = 0; advice_doubt(advice, i, text); i++)
		show_item(pane, text);
	show_check(advice, pane);
}

static enum style state_style(enum advice_state state)
{
	static const enum style styles[] = {
		[ADVICE_NONE] = STYLE_ERROR,
		[ADVICE_KEEP] = STYLE_GOOD,
		[ADVICE_CHANGE] = STYLE_TITLE,
		[ADVICE_UNMET] = STYLE_WARNING,
	};

	return styles[state];
}

void advice_text(const struct advice *advice, struct pane *pane)
{
	const struct snapshot *snap = &advice->interval->figures;
	char text[ADVICE_TEXT_LEN];

	pane_put(pane, STYLE_TITLE, "swiotlb advise");
	pane_line(pane, STYLE_PLAIN, ": Linux %s %s, %u CPU%s, watched for %s",
		  snap->kernel.release, snap->kernel.arch, snap->kernel.cpus,
		  plural(snap->kernel.cpus),
		  DURATION(snap->window.duration_ns));
	pane_title(pane, "ADVICE");
	pane_put(pane, state_style(advice->state), "  %s",
		 advice->state ? "" : "none: ");
	pane_wrap(pane, state_style(advice->state), 4,
		  advice_verdict(advice, text));
	if (advice->state == ADVICE_NONE)
		return;
	pane_put(pane, STYLE_PLAIN, "  goal: ");
	pane_wrap(pane, STYLE_PLAIN, 4, advice_goal(advice, text));
	show_settings(advice, pane);
	show_reasons(advice, pane);
}
