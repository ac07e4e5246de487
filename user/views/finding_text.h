/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_FINDING_TEXT_H
#define VIEWS_FINDING_TEXT_H

/* The text of findings. All wording is in finding_text.c. */

#include "model/findings.h"

/* Enough for each of these texts; what does not fit is cut. */
#define FINDING_TEXT_LEN 400

/**
 * finding_text() - what was seen, with its figures
 * @finding: the finding
 * @snap: the snapshot that it is a finding of
 * @text: FINDING_TEXT_LEN bytes
 *
 * Return: @text.
 */
char *finding_text(const struct finding *finding, const struct snapshot *snap,
		   char *text);

/** finding_advice() - what to do, likewise */
char *finding_advice(const struct finding *finding, const struct snapshot *snap,
		     char *text);

/** finding_has_text() - whether there are words for a rule */
bool finding_has_text(const struct rule *rule);

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

#endif
