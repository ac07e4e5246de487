/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTIL_LOG_H
#define UTIL_LOG_H

/*
 * Messages for people, on stderr: one line each, "swiotlb: ..." in front.
 * A message names what failed, on what, why, and what to do.
 */

/** log_set_verbose() - each -v on the command line shows log_debug() */
void log_set_verbose(int verbose);

/** log_verbose() - whether log_debug() is shown */
int log_verbose(void);

/** log_error() - the run cannot go on, or ends with another status than 0 */
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** log_warn() - log a warning; the run continues */
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** log_note() - what the user waits for has happened; the run continues */
void log_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** log_debug() - only with -v */
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
