/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_KERNEL_LOG_H
#define PROBES_KERNEL_LOG_H

/*
 * Failed requests in the kernel's log: those before the session, and
 * those that no hook sees. Nothing is attached for it.
 */

#include "model/snapshot.h"

struct kernel_log;

/**
 * kernel_log_open() - read /dev/kmsg up to now
 *
 * It is read from the last SYSLOG_ACTION_CLEAR (dmesg --clear), or from the
 * oldest record that is there. Where it cannot be read, kernel_log_read() says
 * why.
 *
 * Return: the log, to be ended with kernel_log_close(); NULL: no memory.
 */
struct kernel_log *kernel_log_open(void);

/** kernel_log_close() - stop reading; NULL is fine */
void kernel_log_close(struct kernel_log *log);

/**
 * kernel_log_read() - add what the log says to a snapshot
 * @log: the log; what has come since the last call is read
 * @snap: its members log and log_entries are set
 *
 * Return: 0 or -ENOMEM.
 */
int kernel_log_read(struct kernel_log *log, struct snapshot *snap);

#endif
