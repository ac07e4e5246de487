/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_TUI_EVENTS_H
#define VIEWS_TUI_EVENTS_H

/* What changes the monitor's state: events at the terminal, and intervals. */

#include "views/tui_state.h"

/**
 * tui_init() - the state at the start
 * @state: filled in; to be ended with tui_release()
 * @interval_ns: between two intervals
 */
void tui_init(struct tui_state *state, uint64_t interval_ns);

/** tui_release() - free what it holds; the model is the caller's */
void tui_release(struct tui_state *state);

/** tui_event() - somebody did something */
void tui_event(struct tui_state *state, const struct tui_event *event);

/**
 * tui_interval() - another interval is over
 * @state: the state
 * @model: it, kept by the caller until the next one or tui_release()
 *
 * Return: 0, or -ENOMEM: what fits is shown.
 */
int tui_interval(struct tui_state *state, const struct tui_model *model);

/** tui_restart() - the next interval does not follow the one shown */
void tui_restart(struct tui_state *state);

/**
 * tui_refresh() - the model has changed within the interval
 *
 * Return: 0, or -ENOMEM: what fits is shown.
 */
int tui_refresh(struct tui_state *state);

#endif
