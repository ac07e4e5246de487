/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_COLUMNS_H
#define VIEWS_COLUMNS_H

/*
 * The columns of every table, for the report and the monitor. A figure is
 * named by its metric; what is no figure has a getter.
 */

#include "views/table.h"

/* Each list is ended by one without title. */
extern const struct column overview_columns[];
extern const struct column area_columns[];
extern const struct column lock_columns[];
extern const struct column device_columns[];
extern const struct column block_columns[];
extern const struct column finding_columns[];
extern const struct column doctor_columns[];

/* The same of the report, which has sums of the window instead of rates. */
extern const struct column report_pool_columns[];
extern const struct column report_area_columns[];
extern const struct column report_hold_columns[];
extern const struct column report_block_columns[];
extern const struct column report_device_columns[];
extern const struct column cost_columns[];
extern const struct column caller_columns[];

/* Of devices that can bounce, for the report and for doctor. */
extern const struct column bouncing_columns[];

/* Names for columns and filters; "-" or a word where there is no name. */
const char *row_pool(const struct row *row);
const char *row_owner(const struct row *row);
const char *row_hook(const struct row *row);

/**
 * caller_name() - the place in the code that a stack is about
 * @snap: the snapshot that it is of
 * @stack: the stack
 * @inner: what the functions have in their names that are only on the way
 */
const char *caller_name(const struct snapshot *snap, const struct stack *stack,
			const char *inner);

#endif
