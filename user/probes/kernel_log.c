/* SPDX-License-Identifier: GPL-2.0-only */
#include "probes/kernel_log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/digest.h"
#include "util/clock.h"

#define PATH "/dev/kmsg"

/* More than a record takes: PRINTK_MESSAGE_MAX, kernel/printk/internal.h. */
#define RECORD_LEN 16384

/* Facilities begin with that; below are the priorities of the kernel itself. */
#define FACILITY_USER 8

/**
 * struct kernel_log - the log, and what was read of it
 * @fd: of /dev/kmsg; -1 = not open
 * @error: why it cannot be read, negative errno
 * @begun: a record was read
 * @whole: the first record was that of the boot, and all others followed
 * @before: what the records say that were there when the session began
 * @since: what those say that came since
 * @reader: of @before, and then of @since
 */
struct kernel_log {
	int fd;
	int error;
	bool begun;
	bool whole;
	struct digest before;
	struct digest since;
	struct digest_reader *reader;
};

/*
 * "priority,sequence,time,flags;text" (Documentation/ABI/testing/dev-kmsg).
 * What programs write there is of another facility than the kernel's.
 */
static void take_record(struct kernel_log *log, const char *record, size_t len)
{
	uint64_t sequence;
	unsigned int priority;

	if (sscanf(record, "%u,%" SCNu64, &priority, &sequence) != 2)
		return;
	if (!log->begun)
		log->whole = !sequence;
	log->begun = true;
	if (priority < FACILITY_USER)
		digest_feed(log->reader, record, len);
}

/* All records that have come. -EPIPE: some were overwritten before. */
static void read_records(struct kernel_log *log)
{
	char record[RECORD_LEN];

	while (!log->error) {
		const ssize_t len = read(log->fd, record, sizeof(record) - 1);

		if (len > 0) {
			record[len] = '\0';
			take_record(log, record, len);
		} else if (!len || errno == EAGAIN) {
			break;
		} else if (errno == EPIPE) {
			log->whole = false;
		} else if (errno != EINTR) {
			log->error = -errno;
		}
	}
}

/* Return: 0 or -ENOMEM */
static int start_digest(struct kernel_log *log, struct digest *digest)
{
	if (log->reader)
		digest_end(log->reader);
	log->reader = digest_start(digest);
	return log->reader ? 0 : -ENOMEM;
}

struct kernel_log *kernel_log_open(void)
{
	struct kernel_log *log = calloc(1, sizeof(*log));

	if (!log)
		return NULL;
	log->fd = open(PATH, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (log->fd < 0)
		log->error = -errno;
	else
		lseek(log->fd, 0, SEEK_DATA);
	if (!start_digest(log, &log->before)) {
		read_records(log);
		if (!start_digest(log, &log->since))
			return log;
	}
	kernel_log_close(log);
	return NULL;
}

void kernel_log_close(struct kernel_log *log)
{
	if (!log)
		return;
	if (log->fd >= 0)
		close(log->fd);
	if (log->reader)
		digest_end(log->reader);
	digest_release(&log->before);
	digest_release(&log->since);
	free(log);
}

/* The clock of printk() is that of CLOCK_MONOTONIC, within what it drifts. */
static uint64_t ago(const struct stamp *stamp)
{
	const uint64_t now = monotonic_ns();

	return now > stamp->boot_ns ? now - stamp->boot_ns : 0;
}

static void describe(const struct log_group *group, bool in_window,
		     struct log_entry *entry)
{
	const struct message *message = &group->message;

	snprintf(entry->cause, sizeof(entry->cause), "%s",
		 cause_info(message->cause)->id);
	snprintf(entry->device, sizeof(entry->device), "%s", message->device);
	snprintf(entry->driver, sizeof(entry->driver), "%s", message->driver);
	snprintf(entry->text, sizeof(entry->text), "%s", group->example);
	entry->in_window = in_window;
	entry->requests = group->requests;
	entry->size_min = group->size_min;
	entry->size_max = group->size_max;
	entry->first_ago_ns = ago(&group->first);
	entry->last_ago_ns = ago(&group->last);
}

static void add_entries(struct digest *digest, bool in_window,
			struct snapshot *snap)
{
	digest_sort(digest);
	for (size_t i = 0; i < digest->nr_groups; i++)
		if (digest->groups[i].requests)
			describe(&digest->groups[i], in_window,
				 &snap->log_entries[snap->nr_log_entries++]);
	snap->log.requests += digest->requests;
	snap->log.suppressed += digest->suppressed;
}

static void say_unreadable(const struct kernel_log *log, struct log_totals *out)
{
	snprintf(out->reason, sizeof(out->reason), PATH ": %s%s",
		 strerror(-log->error),
		 log->error == -EPERM ? ": it takes CAP_SYSLOG, or "
					"kernel.dmesg_restrict at 0"
				      : "");
}

int kernel_log_read(struct kernel_log *log, struct snapshot *snap)
{
	size_t groups;

	read_records(log);
	if (log->error) {
		say_unreadable(log, &snap->log);
		return 0;
	}
	groups = log->before.nr_groups + log->since.nr_groups;
	snap->log_entries = calloc(groups + 1, sizeof(*snap->log_entries));
	if (!snap->log_entries)
		return -ENOMEM;
	snap->log.known = true;
	snap->log.since_boot = log->whole;
	add_entries(&log->before, false, snap);
	add_entries(&log->since, true, snap);
	return 0;
}
