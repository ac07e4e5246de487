/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMMANDS_ADVISE_PARTS_H
#define COMMANDS_ADVISE_PARTS_H

/* Options of advise that consist of parts such as "slots=8192,areas=4". */

#include "model/advice.h"

/**
 * struct whatifs - what --what-if asks for
 * @list: settings; 0 = as it is
 * @nr: how many
 */
struct whatifs {
	struct setting list[ADVICE_WHATIFS];
	size_t nr;
};

/** option_goal() - parser of --goal into a struct goal: parts not named stay */
int option_goal(const char *text, void *value, char *why, size_t why_len);

/** option_whatif() - parser of --what-if, which adds to a struct whatifs */
int option_whatif(const char *text, void *value, char *why, size_t why_len);

#endif
