/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SWIOTLB_TABLES_H
#define SWIOTLB_TABLES_H

#include "base.h"

/* Entries that one run of a hash table's program hands over, in bytes. */
#define TABLE_ROOM (64u << 10)

/* struct table_request.op */
#define TABLE_READ 0u /* all entries of one part */
#define TABLE_FIND 1u /* the value of the first entry's key */
#define TABLE_ADD  2u /* the first entry, unless its key is there */
#define TABLE_SET  3u /* likewise, or the value of its key */
#define TABLE_DROP 4u /* what has the first entry's key */

/**
 * struct table_request - context of the program of a hash table
 *
 * Entries stand in table_room, a key and its value each.
 *
 * @op: TABLE_*
 * @parts: parts that the table is read in, a power of two; each entry is in
 *	one of them, whatever comes and goes meanwhile
 * @part: the part to be read
 * @count: 0; out: entries that were read, found, added or dropped
 * @full: 0; out: there was no room for all of the part
 * @pad: zero
 */
struct table_request {
	__u32 op;
	__u32 parts;
	__u32 part;
	__u32 count;
	__u32 full;
	__u32 pad;
};

RECORD_SIZE(struct table_request, 24);

/* What CPUs change all the time lies in lines of its own. */
#define CPU_RECORD __attribute__((aligned(64)))

#endif
