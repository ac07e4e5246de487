/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTIL_SIGNALS_H
#define UTIL_SIGNALS_H

/*
 * The signals that end a command: SIGINT, SIGTERM and SIGHUP. A command that
 * attaches to the kernel holds them from before it makes anything until all of
 * that is closed. Whoever waits meanwhile takes them (watch(), the terminal),
 * so one that comes during the start ends the wait at once, and the command
 * ends with what was gathered.
 */

#include <signal.h>

/**
 * signals_hold() - from now on they wait until they are taken
 *
 * Without SIGHUP where that is ignored, as under nohup. Calls nest.
 */
void signals_hold(void);

/**
 * signals_release() - they act as before signals_hold()
 *
 * Those that have come meanwhile are dropped: what they ask for is done.
 */
void signals_release(void);

/** signals_held() - which; none outside signals_hold() */
const sigset_t *signals_held(void);

/**
 * signals_usual() - the mask of blocked signals without those that are held
 *
 * For what is started, and for who waits for them in ppoll().
 */
const sigset_t *signals_usual(void);

#endif
