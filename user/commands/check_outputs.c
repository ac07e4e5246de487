/* SPDX-License-Identifier: GPL-2.0-only */
#include "commands/check_outputs.h"

#include <errno.h>
#include <string.h>

#include "util/log.h"
#include "util/words.h"

/**
 * struct check_format - one format
 * @name: what --format takes
 * @write: writes it; NULL = text, which depends on the terminal
 */
struct check_format {
	const char *name;
	int (*write)(const struct results *results, FILE *stream);
};

static const struct check_format formats[] = {
	{ "text", NULL },	    { "ktap", check_ktap },
	{ "tap", check_tap },	    { "junit", check_junit },
	{ "github", check_github }, { "markdown", check_markdown },
	{ "json", check_json },
};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

static const char *nth_format(unsigned int index)
{
	return index < FORMATS ? formats[index].name : NULL;
}

const struct words check_format_words = { "format", WORDS_ONE, nth_format };

/* Return: the last output, or NULL */
static struct check_output *last_output(struct check_outputs *outputs)
{
	return outputs->count ? &outputs->list[outputs->count - 1] : NULL;
}

static struct check_output *add_output(struct check_outputs *outputs, char *why,
				       size_t why_len)
{
	if (outputs->count == MAX_CHECK_OUTPUTS) {
		snprintf(why, why_len, "more than %d outputs",
			 MAX_CHECK_OUTPUTS);
		return NULL;
	}
	return &outputs->list[outputs->count++];
}

int option_check_format(const char *text, void *value, char *why,
			size_t why_len)
{
	int found = words_find(&check_format_words, text, strlen(text), why,
			       why_len);
	struct check_outputs *outputs = value;
	struct check_output *last = last_output(outputs);

	if (found < 0)
		return found;
	if (!last || last->format)
		last = add_output(outputs, why, why_len);
	if (!last)
		return -EINVAL;
	last->format = &formats[found];
	return 0;
}

int option_check_path(const char *text, void *value, char *why, size_t why_len)
{
	struct check_outputs *outputs = value;
	struct check_output *last = last_output(outputs);

	if (!last || last->path)
		last = add_output(outputs, why, why_len);
	if (!last)
		return -EINVAL;
	last->path = text;
	return 0;
}

static bool to_stdout(const struct check_output *output)
{
	return !output->path || !strcmp(output->path, "-");
}

const char *check_outputs_problem(const struct check_outputs *outputs)
{
	size_t standard = 0;

	for (size_t i = 0; i < outputs->count; i++) {
		if (i && !outputs->list[i].format)
			return "two files for one format: give each --format "
			       "one -o";
		standard += to_stdout(&outputs->list[i]);
	}
	return standard < 2 ? NULL
			    : "two formats for standard output: give all but "
			      "one a file (-o FILE)";
}

int check_outputs_open(struct check_outputs *outputs)
{
	if (!outputs->count)
		outputs->count = 1;
	for (size_t i = 0; i < outputs->count; i++) {
		struct check_output *output = &outputs->list[i];
		int err = output_open(&output->output, output->path);

		if (err) {
			outputs->count = i;
			return check_outputs_end(outputs, err);
		}
	}
	return 0;
}

static int write_output(const struct check_output *output,
			const struct results *results)
{
	FILE *stream = output_stream(output->output);
	struct page page;

	if (output->format && output->format->write)
		return output->format->write(results, stream);
	page_init(&page, stream, output_terminal(output->output));
	check_text(results, &page.pane);
	return page_write(&page);
}

int check_outputs_write(const struct check_outputs *outputs,
			const struct results *results)
{
	for (size_t i = 0; i < outputs->count; i++) {
		int err = write_output(&outputs->list[i], results);

		if (err) {
			log_error("cannot make the result: %s", strerror(-err));
			return err;
		}
	}
	return 0;
}

int check_outputs_end(struct check_outputs *outputs, int err)
{
	for (size_t i = 0; i < outputs->count; i++) {
		int ended = output_end(outputs->list[i].output, err);

		err = err ? err : ended;
	}
	return err;
}
