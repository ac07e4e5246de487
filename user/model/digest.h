/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_DIGEST_H
#define MODEL_DIGEST_H

/*
 * What a log says about swiotlb, in groups: one for each cause and device.
 * Reads any log as a stream of bytes, in memory that does not grow with it.
 *
 * Known are dmesg (with all of its kinds of time, -x, and --json), /dev/kmsg,
 * serial consoles, syslog, journalctl (short and its variants, json, export,
 * verbose, cat), and what mail programs make of them: quoted, and wrapped.
 */

#include "model/log_line.h"
#include "model/messages.h"

#define DIGEST_GROUPS	   256
#define DIGEST_SIZES	   8
#define DIGEST_EXAMPLE_LEN 256

/** struct asked_size - a requested size, and how often */
struct asked_size {
	uint64_t bytes;
	uint64_t count;
};

/**
 * struct log_group - the messages of one cause and device
 * @message: the last of them
 * @lines: how many
 * @requests: of these, failed requests; a second line about one does not count
 * @first: time of the first
 * @last: time of the last
 * @sizes: the requested sizes, up to DIGEST_SIZES
 * @nr_sizes: how many
 * @other_sizes: lines with other sizes
 * @size_min: smallest size; valid with @nr_sizes
 * @size_max: largest size
 * @used_first: slots in use in the first line that says it
 * @used_lines: lines that say it
 * @used_fell: it fell from one line to the next
 * @example: the first, without its time
 */
struct log_group {
	struct message message;
	uint64_t lines;
	uint64_t requests;
	struct stamp first;
	struct stamp last;
	struct asked_size sizes[DIGEST_SIZES];
	size_t nr_sizes;
	uint64_t other_sizes;
	uint64_t size_min;
	uint64_t size_max;
	uint64_t used_first;
	uint64_t used_lines;
	bool used_fell;
	char example[DIGEST_EXAMPLE_LEN];
};

/**
 * struct digest - what was read; to be released by digest_release()
 * @groups: one a cause and device, in the order they were met
 * @nr_groups: how many
 * @lines: lines read
 * @messages: messages recognised
 * @requests: failed requests among them
 * @suppressed: lines that the kernel says it held back
 * @dropped: messages of causes and devices beyond DIGEST_GROUPS, or beyond
 *	memory
 * @mentions: lines that speak of swiotlb in words not known
 * @mention: the first of these
 */
struct digest {
	struct log_group *groups;
	size_t nr_groups;
	uint64_t lines;
	uint64_t messages;
	uint64_t requests;
	uint64_t suppressed;
	uint64_t dropped;
	uint64_t mentions;
	char mention[DIGEST_EXAMPLE_LEN];
};

struct digest_reader;

/** digest_start() - a reader into @digest, which is zeroed; NULL: no memory */
struct digest_reader *digest_start(struct digest *digest);

/** digest_feed() - more of the log, cut anywhere */
void digest_feed(struct digest_reader *reader, const char *data, size_t len);

/** digest_end() - the log ends: free the reader */
void digest_end(struct digest_reader *reader);

/** digest_sort() - the worst first, causes together, frequent ones first */
void digest_sort(struct digest *digest);

/** digest_release() - free the groups and make it empty */
void digest_release(struct digest *digest);

#endif
