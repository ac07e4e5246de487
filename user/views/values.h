/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_VALUES_H
#define VIEWS_VALUES_H

/* Values as arguments of printf() and its like. */

#include "model/snapshot.h"
#include "util/units.h"

/* A buffer of its own for each value of an argument list. */
#define DURATION(ns)                                                           \
	format_duration((char[UNIT_TEXT_LEN]){ 0 }, UNIT_TEXT_LEN, ns)
#define BYTES(bytes)                                                           \
	format_bytes((char[UNIT_TEXT_LEN]){ 0 }, UNIT_TEXT_LEN, bytes)
#define COUNT(count)                                                           \
	format_count((char[UNIT_TEXT_LEN]){ 0 }, UNIT_TEXT_LEN, count)
#define PERCENT(part, whole)                                                   \
	format_percent((char[UNIT_TEXT_LEN]){ 0 }, UNIT_TEXT_LEN, part, whole)
#define SLOTS(slots) (counter_known(slots) ? COUNT(slots) : UNKNOWN_TEXT)

#endif
