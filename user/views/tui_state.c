/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/tui_state.h"

#include <stdarg.h>
#include <stdio.h>

#include "model/level.h"
#include "views/values.h"

const char *tui_screen_name(enum tui_screen screen)
{
	static const char *const names[] = {
		[TUI_OVERVIEW] = "Overview", [TUI_AREAS] = "Areas",
		[TUI_LOCKS] = "Locks",	     [TUI_DEVICES] = "Devices",
		[TUI_BLOCKS] = "Blocks",     [TUI_FINDINGS] = "Findings",
		[TUI_DOCTOR] = "Doctor",
	};

	return names[screen];
}

void tui_say(struct tui_state *state, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(state->message, sizeof(state->message), format, args);
	va_end(args);
	state->message_age = 0;
}

/*
 * What levels cost
 */

bool tui_wants_cost(const struct tui_state *state)
{
	return state->asking || state->measuring;
}

void tui_levels_changed(struct tui_state *state)
{
	state->before = *state->model->overhead;
	state->measuring = TUI_MEASURE_AFTER;
	tui_say(state, "measuring what it costs now");
}

char *tui_format_cost(char *text, size_t len, const struct overhead *cost)
{
	char cpu[UNIT_TEXT_LEN] = UNKNOWN_TEXT, bpf[UNIT_TEXT_LEN];

	if (cost->known)
		format_share(cpu, sizeof(cpu), cost->cpu_ppm);
	if (cost->known && cost->bpf_known)
		snprintf(text, len, "tool %s CPU, BPF %s", cpu,
			 format_share(bpf, sizeof(bpf), cost->bpf_ppm));
	else
		snprintf(text, len, "tool %s CPU, BPF unknown", cpu);
	return text;
}

static void tell_cost(struct tui_state *state)
{
	bool on = state->model->interval->levels & state->toggle;
	char before[96], after[96], level[96];

	tui_say(state, "%s %s: %s; before: %s",
		levels_format(state->toggle, level, sizeof(level)),
		on ? "on" : "off",
		tui_format_cost(after, sizeof(after), state->model->overhead),
		tui_format_cost(before, sizeof(before), &state->before));
}

void tui_cost_measured(struct tui_state *state)
{
	if (state->measuring == TUI_MEASURE_BEFORE)
		state->requests |= TUI_TOGGLE;
	else if (state->measuring == TUI_MEASURE_AFTER)
		tell_cost(state);
	state->measuring = TUI_MEASURE_NOTHING;
}

struct scene tui_scene(const struct tui_state *state)
{
	return (struct scene){
		.interval = state->model->interval,
		.total = state->model->total,
		.history = &state->history,
	};
}

const struct row *tui_selected(const struct tui_state *state)
{
	size_t selected = state->lists[state->screen].selected;

	return selected < state->nr_rows ? &state->rows[selected] : NULL;
}
