/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_QUIET_H
#define VIEWS_QUIET_H

#include "model/snapshot.h"

/**
 * quiet_text() - the verdict where nothing was found
 * @snap: the snapshot
 * @text: set to "all quiet", if failures, waits, leaks, fill and the kernel's
 *	log were all checked, else to what was not, and why
 * @len: size of @text
 */
void quiet_text(const struct snapshot *snap, char *text, size_t len);

#endif
