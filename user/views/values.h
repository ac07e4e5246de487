/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_VALUES_H
#define VIEWS_VALUES_H

#include "model/snapshot.h"
#include "util/units.h"

/* A counter of slots as an argument of printf() and its like. */
#define SLOTS(slots) (counter_known(slots) ? COUNT(slots) : UNKNOWN_TEXT)

#endif
