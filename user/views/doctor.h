/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_DOCTOR_H
#define VIEWS_DOCTOR_H

#include "model/snapshot.h"
#include "views/pane.h"

/** enum check_state - how a condition of the machine is met */
enum check_state {
	CHECK_GOOD,    /* met */
	CHECK_LESS,    /* the tool works, with less */
	CHECK_UNKNOWN, /* it cannot be told */
	CHECK_FATAL,   /* the tool cannot work */
};

/**
 * struct check - one condition
 * @name: what is checked
 * @state: how it is met
 * @text: what was found
 * @remedy: what to do; "" when nothing is to be done
 */
struct check {
	const char *name;
	enum check_state state;
	char text[256];
	char remedy[256];
};

/**
 * doctor_view() - what of the tool works on this machine, and why not the rest
 * @snap: state and hooks; empty when no session could be opened
 * @checks: the conditions
 * @nr_checks: how many
 * @pane: where to
 */
void doctor_view(const struct snapshot *snap, const struct check *checks,
		 size_t nr_checks, struct pane *pane);

#endif
