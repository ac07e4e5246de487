/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_FINDINGS_H
#define MODEL_FINDINGS_H

/*
 * What a snapshot means: named rules, each with the figures it rests on and
 * advice. docs/findings.md describes every one of them.
 */

#include "model/snapshot.h"

#define FINDING_TEXT_LEN 400

/** enum severity - how much it matters, worst first */
enum severity {
	SEVERITY_ERROR,	  /* broken: memory lost, lists that contradict */
	SEVERITY_WARNING, /* it hurts, or soon will */
	SEVERITY_NOTE,	  /* worth knowing */
};

/**
 * struct finding - one thing found
 * @id: name of the rule, stable
 * @severity: how much it matters
 * @pool_id: the pool it is about, -1 for none
 * @text: what was seen, with its figures
 * @advice: what to do
 */
struct finding {
	const char *id;
	enum severity severity;
	int pool_id;
	char text[FINDING_TEXT_LEN];
	char advice[FINDING_TEXT_LEN];
};

/**
 * struct findings - all of a snapshot, worst first
 * @list: the findings
 * @count: how many
 */
struct findings {
	struct finding *list;
	size_t count;
};

/**
 * struct rule - one row of the table of rules
 * @id: its name
 * @check: adds a finding for each place where it applies; 0 or -ENOMEM
 */
struct rule {
	const char *id;
	int (*check)(const struct snapshot *snap, struct findings *findings);
};

extern const struct rule rule_table[];
extern const size_t rule_count;

/**
 * findings_evaluate() - apply all rules
 * @snap: a finished snapshot
 * @findings: filled in; to be released by the caller
 *
 * Return: 0, or -ENOMEM and @findings is empty.
 */
int findings_evaluate(const struct snapshot *snap, struct findings *findings);

/** findings_release() - free the list and make it empty */
void findings_release(struct findings *findings);

/**
 * findings_verdict() - the whole in one line
 * @snap: the snapshot
 * @findings: what findings_evaluate() made of it
 * @text: set to the worst findings, or to what was not seen and the figures
 *	that rests on
 * @len: size of @text
 *
 * Return: the severity of the worst finding; SEVERITY_NOTE when there is none.
 */
enum severity findings_verdict(const struct snapshot *snap,
			       const struct findings *findings, char *text,
			       size_t len);

/** severity_name() - "error", "warning", "note" */
const char *severity_name(enum severity severity);

#endif
