/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_TUI_TERMINAL_H
#define VIEWS_TUI_TERMINAL_H

/*
 * The terminal of this process, by ncurses: shows grids, reports events. There
 * is one at most. While it is open nothing else may write to the terminal, so
 * standard error is captured too, and shown as messages.
 */

#include "views/canvas.h"
#include "views/tui_state.h"

/** enum terminal_wake - why terminal_wait() came back, bits */
enum terminal_wake {
	WAKE_INPUT = 1u << 0,	/* terminal_event() has something */
	WAKE_END = 1u << 1,	/* a signal says to end */
	WAKE_HANGUP = 1u << 2,	/* the terminal has gone */
	WAKE_SUSPEND = 1u << 3, /* ^Z: call terminal_suspend() */
	WAKE_REPAINT = 1u << 4, /* others wrote to the terminal meanwhile */
	WAKE_MESSAGE = 1u << 5, /* terminal_message() has something */
};

/**
 * terminal_can_draw() - false for one that cannot move its cursor (dumb)
 *
 * True also when nothing is known of it: terminal_open() will say so.
 */
bool terminal_can_draw(void);

/**
 * terminal_open() - take the terminal
 *
 * It is given back however the process ends, other than by SIGKILL. Logs why
 * when it fails.
 *
 * Return: 0, or -ENODEV when the terminal cannot be used.
 */
int terminal_open(void);

/** terminal_close() - give it back, if it is open */
void terminal_close(void);

/** terminal_size() - its size now */
void terminal_size(unsigned int *width, unsigned int *height);

/** terminal_draw() - show a canvas; only what changed is sent */
void terminal_draw(const struct canvas *canvas);

/** terminal_repaint() - send everything with the next canvas */
void terminal_repaint(void);

/**
 * terminal_wait() - until something happens
 * @timeout_ns: but no longer than this
 *
 * Return: bits of enum terminal_wake; 0 when the time is over.
 */
unsigned int terminal_wait(uint64_t timeout_ns);

/** terminal_event() - the next event; false when there is none */
bool terminal_event(struct tui_event *event);

/**
 * terminal_message() - what was written to standard error
 * @text: set to its last line
 *
 * Return: false when there is nothing new.
 */
bool terminal_message(char *text, size_t len);

/** terminal_suspend() - give the terminal back and stop, until continued */
void terminal_suspend(void);

#endif
