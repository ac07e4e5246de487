/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_FINDINGS_H
#define MODEL_FINDINGS_H

/*
 * Judgements on a snapshot: named rules, and a finding for each place where one
 * applies. docs/findings.md describes every rule.
 */

#include "model/finding.h"

/**
 * struct findings - all of a snapshot, worst first
 * @list: the findings
 * @count: how many
 */
struct findings {
	struct finding *list;
	size_t count;
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

/**
 * findings_have() - whether the same was found already
 * @findings: of an earlier sample
 * @finding: of a later one: the same rule and the same subject count
 */
bool findings_have(const struct findings *findings,
		   const struct finding *finding);

/** findings_release() - free the list and make it empty */
void findings_release(struct findings *findings);

#endif
