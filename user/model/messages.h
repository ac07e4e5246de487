/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_MESSAGES_H
#define MODEL_MESSAGES_H

/*
 * What the kernel says about swiotlb and dma-direct in its log: one table of
 * the wordings, 2.6 to 7.x, and one of the causes behind them. Pure functions
 * of text: neither a kernel nor privileges are required.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/findings.h"

#define MESSAGE_NAME_LEN 64

/** enum message_field - figures that a message may have */
enum message_field {
	FIELD_SIZE,  /* bytes requested */
	FIELD_TOTAL, /* slots of the pool */
	FIELD_USED,  /* of which in use */
	FIELD_ADDR,  /* bus address */
	FIELD_MASK,  /* highest address that the device reaches */
	FIELD_LIMIT, /* highest address that its bus passes on; 0 = no limit */
	FIELD_START, /* of the pool */
	FIELD_END,   /* of the pool */
	FIELD_MB,    /* MiB */
	FIELD_FROM,  /* slots that were wanted */
	FIELD_SLOTS, /* slots that came of it */
	FIELD_AREAS, /* areas */
	FIELD_COUNT, /* lines that the kernel held back */
	NR_FIELDS,
};

/** enum message_cause - what is behind a message */
enum message_cause {
	/* Causes of "swiotlb buffer is full", distinguished by its figures. */
	CAUSE_OVERSIZE,
	CAUSE_EXHAUSTED,
	CAUSE_NEARLY_FULL,
	CAUSE_NO_SEGMENT,
	CAUSE_EMPTY_POOL,
	CAUSE_FULL,
	/* Requests that failed otherwise. */
	CAUSE_NO_POOL,
	CAUSE_REACH,
	CAUSE_DIRECT_REACH,
	CAUSE_NO_MASK,
	CAUSE_COHERENT,
	CAUSE_COHERENT_REACH,
	CAUSE_UNALIGNED,
	CAUSE_ATOMIC_POOL,
	/* What follows from failed requests. */
	CAUSE_EMERGENCY,
	CAUSE_PANIC,
	/* Pools that did not become what they should. */
	CAUSE_NOT_ALLOCATED,
	CAUSE_ATTEMPT_FAILED,
	CAUSE_UNDECRYPTED,
	CAUSE_NOT_GROWN,
	CAUSE_LOWERED,
	CAUSE_RESTRICTED_PLACE,
	/* Misuse. */
	CAUSE_BAD_SYNC,
	CAUSE_BAD_ALIGNMENT,
	CAUSE_DMA_RANGE,
	CAUSE_NO_COHERENT,
	CAUSE_LOST_DECRYPTED,
	/* State. */
	CAUSE_ASKED,
	CAUSE_POOL,
	CAUSE_AREAS,
	CAUSE_ROUNDED,
	CAUSE_SIZE_SET,
	CAUSE_RESTRICTED_POOL,
	CAUSE_IN_USE,
	CAUSE_ENCRYPTION,
	CAUSE_TORN_DOWN,
	CAUSE_SUPPRESSED,
	NR_CAUSES,
};

/**
 * struct cause_info - what a cause is
 * @id: its name, stable
 * @severity: how much it matters
 * @refused: a device's request failed
 *
 * views/cause_text.h says what it means.
 */
struct cause_info {
	const char *id;
	enum severity severity;
	bool refused;
};

/**
 * struct message_row - one wording
 * @pattern: its text; {name} is a figure of enum message_field,
 *	{device} for a device, {word} for any word and {text} for any text
 * @cause: its cause; that of CAUSE_FULL follows from the figures
 * @kernels: the versions that print it
 * @source: the file that it is in
 * @flags: enum message_flags
 */
struct message_row {
	const char *pattern;
	enum message_cause cause;
	const char *kernels;
	const char *source;
	unsigned int flags;
};

/** enum message_flags - how a wording is read */
enum message_flags {
	MESSAGE_DEVICE = 1, /* "driver device: " stands before it */
	MESSAGE_CALLER = 2, /* "function: " stands between device and text */
	MESSAGE_ECHO = 4,   /* follows another message about the same request */
	MESSAGE_PROSE = 8,  /* may be someone's words: no request is counted */
};

/**
 * struct message - a message that was recognised
 * @row: its wording
 * @cause: what is behind it
 * @known: bits of enum message_field
 * @value: the figures, where known
 * @device: the device, "" when none is named
 * @driver: its driver, likewise
 * @word: the first {word} of the pattern
 */
struct message {
	const struct message_row *row;
	enum message_cause cause;
	unsigned int known;
	uint64_t value[NR_FIELDS];
	char device[MESSAGE_NAME_LEN];
	char driver[MESSAGE_NAME_LEN];
	char word[MESSAGE_NAME_LEN];
};

/**
 * struct message_match - where messages are in a text
 * @start: where the first one begins, with driver and device
 * @end: where it ends
 * @unfinished: the text ends within a longer wording that begins there: the
 *	next line may have the rest
 */
struct message_match {
	size_t start;
	size_t end;
	bool unfinished;
};

extern const struct message_row message_table[];
extern const size_t message_count;

/** cause_info() - what @cause is */
const struct cause_info *cause_info(enum message_cause cause);

/**
 * message_find() - the first message in a text
 * @text: the text; blanks are single spaces
 * @len: its length
 * @message: set to the message
 * @match: set to where it is, or may begin
 *
 * Return: whether there is one. If not, @match->unfinished says whether one
 * may begin at its end.
 */
bool message_find(const char *text, size_t len, struct message *message,
		  struct message_match *match);

/** message_has() - whether the figure is in the message */
static inline bool message_has(const struct message *message,
			       enum message_field field)
{
	return message->known & 1u << field;
}

/** message_field_name() - its name in patterns and in JSON */
const char *message_field_name(enum message_field field);

#endif
