/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_FAMILIES_H
#define VIEWS_FAMILIES_H

/*
 * The metrics of the schema as families of an exposition. Names follow from the
 * metrics': "lock.wait.total" in ns is swiotlb_lock_wait_seconds_total. Slots
 * are bytes, and ns seconds.
 */

#include "views/exposition.h"

/**
 * is_family() - whether a row of the schema is a family
 *
 * Every metric is, but for the sum of all losses: each cause is a series.
 */
bool is_family(const struct field *field);

/**
 * is_quantile() - whether it is a quantile, which cannot be summed up over
 *	machines; its histogram can
 */
bool is_quantile(const struct field *field);

/** family_of() - the family of a row that is one */
void family_of(const struct field *field, struct family *family);

#endif
