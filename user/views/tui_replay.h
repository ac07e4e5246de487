/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_TUI_REPLAY_H
#define VIEWS_TUI_REPLAY_H

/* What the monitor shows of a recording beside its samples: the time line. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/findings.h"

struct canvas;
struct tui_state;

/** enum tui_mark_kind - why a time is marked; later ones are drawn above
 * earlier ones
 */
enum tui_mark_kind {
	MARK_GAP,     /* samples are missing before it, or do not follow */
	MARK_FINDING, /* there is a new finding */
	MARK_TRIGGER, /* a trigger of the recorder fired */
	MARK_KINDS,
};

/**
 * struct tui_mark - a time that is marked
 * @at_ns: CLOCK_REALTIME
 * @kind: why
 * @severity: of the worst finding that is new there, if it is one
 */
struct tui_mark {
	uint64_t at_ns;
	enum tui_mark_kind kind;
	enum severity severity;
};

/**
 * struct tui_replay - a recording
 * @begin_ns: CLOCK_REALTIME of its first sample
 * @end_ns: of its last one
 * @marks: in the order of time
 * @nr_marks: how many
 * @surveyed: all of it has been searched for marks
 */
struct tui_replay {
	uint64_t begin_ns;
	uint64_t end_ns;
	const struct tui_mark *marks;
	size_t nr_marks;
	bool surveyed;
};

/** tui_shown_ns() - CLOCK_REALTIME of the sample that is shown */
uint64_t tui_shown_ns(const struct tui_state *state);

/** tui_draw_timeline() - the whole recording in a line, and where we are */
void tui_draw_timeline(const struct tui_state *state, struct canvas *canvas,
		       int y);

#endif
