/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_FINDING_H
#define MODEL_FINDING_H

/*
 * A finding is data: a rule, a subject, and the facts that it rests on.
 * views/finding_text.h makes sentences of it.
 */

#include "model/field.h"

#define FACT_TEXT_LEN 256

/** enum severity - how much it matters, worst first */
enum severity {
	SEVERITY_ERROR,	  /* broken: memory lost, lists that contradict */
	SEVERITY_WARNING, /* it hurts, or soon will */
	SEVERITY_NOTE,	  /* worth knowing */
};

/** enum about - what a rule is asked of, and so the subject of its findings */
enum about {
	ABOUT_SYSTEM,  /* once */
	ABOUT_BOOT,    /* once: the kernel's command line */
	ABOUT_POOL,    /* each pool */
	ABOUT_DEVICE,  /* each device */
	ABOUT_LEVEL,   /* each level, whether it is attached or not */
	ABOUT_REFUSAL, /* each refusal; the finding is about its device */
	ABOUTS,
};

/** enum fact_kind - what a fact is */
enum fact_kind {
	FACT_FIGURE, /* a figure of the finding */
	FACT_PART,   /* what one device, CPU or cause has of such a figure */
	FACT_WORD,   /* a name or a reason */
};

/**
 * struct fact - one thing that a finding rests on
 * @kind: which members are set
 * @name: its name, stable; a finding has no two figures or words of one name
 * @unit: of @value
 * @value: of a figure or a part
 * @text: the word; of a part, whose it is, "" = unknown
 * @detail: of a part: index of the item of the snapshot that it is made from,
 *	or another number that distinguishes the rule's parts
 */
struct fact {
	enum fact_kind kind;
	const char *name;
	enum unit unit;
	int64_t value;
	char text[FACT_TEXT_LEN];
	size_t detail;
};

/**
 * struct finding - one thing found
 * @rule: the rule
 * @severity: how much it matters
 * @pool_id: the pool it is about, -1 for none
 * @subject: name of the pool, device or level it is about; "" = unknown, or
 *	there is none
 * @evidence: the facts it rests on, owned
 * @nr_evidence: how many
 * @failed: there was no memory for a fact
 */
struct finding {
	const struct rule *rule;
	enum severity severity;
	int pool_id;
	char subject[NAME_LEN];
	struct fact *evidence;
	size_t nr_evidence;
	bool failed;
};

/**
 * struct rule - one row of the table of rules
 * @id: its name, stable; rows that share one are one rule to users
 * @severity: of its findings, unless @check sets another
 * @about: what it is asked of
 * @check: whether it applies to a subject; adds the evidence to the finding
 * @which: distinguishes rows with the same @check
 */
struct rule {
	const char *id;
	enum severity severity;
	enum about about;
	bool (*check)(const struct subject *subject, struct finding *finding);
	int which;
};

/** add_figure() - add a figure of the finding's own to its evidence */
void add_figure(struct finding *finding, const char *name, enum unit unit,
		int64_t value);

/**
 * add_part() - add what one device, CPU or cause has, a count
 * @finding: where
 * @name: what it has
 * @value: how many; added to the part that agrees in all else, if there is one
 * @of: whose it is, "" = unknown
 * @detail: struct fact
 */
void add_part(struct finding *finding, const char *name, int64_t value,
	      const char *of, size_t detail);

/** add_word() - add a name or a reason */
void add_word(struct finding *finding, const char *name, const char *word);

/** add_worst_area() - how many areas of a pool are concerned, and the worst one
 */
void add_worst_area(struct finding *finding, const struct pool *pool,
		    unsigned int areas, const struct area *worst);

/** finding_fact() - the figure or word of that name; NULL = it has none */
const struct fact *finding_fact(const struct finding *finding,
				const char *name);

/** severity_name() - "error", "warning", "note" */
const char *severity_name(enum severity severity);

/** about_name() - "system", "boot", "pool", "device", "level" */
const char *about_name(enum about about);

#endif
