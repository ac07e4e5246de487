/* SPDX-License-Identifier: GPL-2.0-only */
#include "util/signals.h"

#include <stddef.h>
#include <time.h>

/**
 * struct holding - the signals that are held
 * @depth: calls of signals_hold() without their release
 * @held: which signals
 * @usual: the mask before
 */
static struct holding {
	unsigned int depth;
	sigset_t held;
	sigset_t usual;
} holding;

static void choose(sigset_t *held)
{
	struct sigaction hangup;

	sigemptyset(held);
	sigaddset(held, SIGINT);
	sigaddset(held, SIGTERM);
	if (!sigaction(SIGHUP, NULL, &hangup) && hangup.sa_handler != SIG_IGN)
		sigaddset(held, SIGHUP);
}

void signals_hold(void)
{
	if (holding.depth++)
		return;
	choose(&holding.held);
	sigprocmask(SIG_BLOCK, &holding.held, &holding.usual);
}

void signals_release(void)
{
	const struct timespec now = { 0 };

	if (--holding.depth)
		return;
	while (sigtimedwait(&holding.held, NULL, &now) > 0)
		;
	sigprocmask(SIG_SETMASK, &holding.usual, NULL);
	sigemptyset(&holding.held);
}

const sigset_t *signals_held(void)
{
	return &holding.held;
}

const sigset_t *signals_usual(void)
{
	if (!holding.depth)
		sigprocmask(SIG_BLOCK, NULL, &holding.usual);
	return &holding.usual;
}
