/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_JOURNAL_H
#define VIEWS_JOURNAL_H

/*
 * Findings as entries of systemd's journal, with fields to select them by and
 * message ids for its catalogue (packaging/systemd/swiotlb.catalog).
 */

#include <stdbool.h>

#include "model/episodes.h"

/** journal_present() - whether systemd-journald takes entries here */
bool journal_present(void);

/**
 * journal_open() - load libsystemd, before confine()
 *
 * Return: 0 or -ELIBACC, with a message.
 */
int journal_open(void);

/**
 * journal_tell() - write an entry, once the journal was opened
 * @event: what has happened to a finding
 *
 * Return: 0 or negative errno.
 */
int journal_tell(const struct episode_event *event);

/** journal_message_id() - 32 hexadecimal digits; NULL = a rule has none */
const char *journal_message_id(const struct rule *rule);

#endif
