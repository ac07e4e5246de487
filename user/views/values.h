/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_VALUES_H
#define VIEWS_VALUES_H

/* How values are shown to people, wherever that is. */

#include "model/findings.h"
#include "model/snapshot.h"
#include "util/units.h"
#include "views/canvas.h"

/* A counter of slots as an argument of printf() and its like. */
#define SLOTS(slots) (counter_known(slots) ? COUNT(slots) : UNKNOWN_TEXT)

/** fill_style() - green, yellow from 75 %, red from 90 % */
enum style fill_style(uint64_t used, uint64_t slots);

/** severity_style() - of a finding, and of the verdict */
enum style severity_style(enum severity severity);

/** mappings_refused() - requests that were, of all causes */
uint64_t mappings_refused(const struct mapping_totals *totals);

/** wait_share() - ns of waiting in the window, as millionths of a CPU */
uint64_t wait_share(const struct snapshot *snap, uint64_t ns);

/** format_rate() - a count of the window as so many a second */
char *format_rate(char *text, size_t len, const struct snapshot *snap,
		  uint64_t count);

/** format_share() - "0.12%" from millionths */
char *format_share(char *text, size_t len, uint64_t ppm);

/* The same as an argument of printf() and its like. */
#define SHARE(ppm) format_share((char[16]){ 0 }, 16, ppm)

#endif
