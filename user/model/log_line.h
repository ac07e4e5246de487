/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_LOG_LINE_H
#define MODEL_LOG_LINE_H

/* What programs that show a log put around its messages: times and marks. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STAMP_LEN 48

/**
 * struct stamp - when a line was written
 * @text: as the log has it, "" when it has no time of day
 * @boot_known: @boot_ns is there
 * @boot_ns: since boot
 */
struct stamp {
	char text[STAMP_LEN];
	bool boot_known;
	uint64_t boot_ns;
};

/**
 * struct log_stamps - times that are not in the lines of their messages
 * @day: the last full time of dmesg --human, which shows differences otherwise
 * @record: the time of a record of several lines or fields: journalctl
 *	--output=json, export, verbose; dmesg --json
 */
struct log_stamps {
	struct stamp day;
	struct stamp record;
};

/**
 * log_line_clean() - a line as words between single spaces
 * @raw: its bytes, without the end of the line
 * @len: how many
 * @line: set to the line; at least @len + 1 bytes
 *
 * Drops escape sequences of terminals, and takes control characters and
 * no-break spaces for blanks.
 */
void log_line_clean(const char *raw, size_t len, char *line);

/** log_line_unquoted() - a line without the marks of mail and tables */
const char *log_line_unquoted(const char *line);

/** log_line_notice() - remember the times in a line for messages of others */
void log_line_notice(const char *line, struct log_stamps *stamps);

/**
 * log_line_stamp() - when a message was written
 * @text: the line
 * @len: where the message begins in it
 * @stamps: times of other lines
 * @stamp: set to what is known
 */
void log_line_stamp(const char *text, size_t len,
		    const struct log_stamps *stamps, struct stamp *stamp);

#endif
