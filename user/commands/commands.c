/* SPDX-License-Identifier: GPL-2.0-only */
#include "commands/command.h"

const struct command *const commands[] = {
	&top_command,	  &report_command, &check_command, &advise_command,
	&record_command,  &export_command, &diff_command,  &convert_command,
	&explain_command, &doctor_command, NULL,
};
