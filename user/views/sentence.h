/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_SENTENCE_H
#define VIEWS_SENTENCE_H

/*
 * Sentences about a finding, made from templates that name its evidence:
 *
 *	{slots}           the figure or word of that name, in its unit
 *	{bytes of slots}  slots as bytes
 *	{used% of slots}  a figure as per cent of another one
 *	{+drift}          with its sign
 *	{subject}         what the finding is about
 *	{window}          how long the window was
 *	{|s}, {has|have}  singular or plural, by the figure before
 *	[...]             left out if there is no evidence for a name in it
 *	{slots?}          nothing, but needs that evidence; for [...]
 *
 * Elsewhere a name without evidence reads "-".
 */

#include "model/finding.h"

/**
 * struct sentence - a text that is being written
 * @text: where; what does not fit is cut
 * @len: its size
 * @finding: what it is about
 * @snap: that of the finding
 * @count: the figure written last, for plurals
 * @lacking: a name without evidence was met
 */
struct sentence {
	char *text;
	size_t len;
	const struct finding *finding;
	const struct snapshot *snap;
	int64_t count;
	bool lacking;
};

/** say() - write a template */
void say(struct sentence *s, const char *pattern);

/** say_plain() - write as printf() does */
void say_plain(struct sentence *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * say_parts() - write the parts of the evidence as a list
 * @s: the sentence
 * @before: what comes before the first one
 * @between: what separates them
 * @most: how many are written; behind these comes "and others"
 * @part: writes one
 *
 * Return: how many were written.
 */
unsigned int say_parts(struct sentence *s, const char *before,
		       const char *between, unsigned int most,
		       void (*part)(struct sentence *s,
				    const struct fact *part));

/** sentence_figure() - the value of a figure of the finding; 0 = it has none */
int64_t sentence_figure(const struct sentence *s, const char *name);

#endif
