/* SPDX-License-Identifier: GPL-2.0-only */
#include "sources/saved.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sources/json_read.h"
#include "util/log.h"

/**
 * struct saved - a file that is being read
 * @path: its name, for messages
 * @file: the file
 * @count: samples read so far
 * @ahead: there is a sample that was read to find a time
 * @sample: that one
 */
struct saved {
	char *path;
	FILE *file;
	uint64_t count;
	bool ahead;
	struct snapshot sample;
};

static void close_saved(void *self)
{
	struct saved *saved = self;

	if (saved->file && saved->file != stdin)
		fclose(saved->file);
	snapshot_release(&saved->sample);
	free(saved->path);
	free(saved);
}

/* Between samples there may be space, such as the end of a line. */
static bool at_end(FILE *file)
{
	int c = getc(file);

	while (c != EOF && isspace(c))
		c = getc(file);
	ungetc(c, file);
	return c == EOF;
}

static int read_document(struct saved *saved, const json_t *root,
			 struct snapshot *sample)
{
	const json_t *report = json_find_report(root);
	int err = report ? json_read_report(report, sample) : -EINVAL;

	if (!report)
		log_error("%s: document %" PRIu64 " is neither a report nor a "
			  "check; make one with 'swiotlb report --format json'",
			  saved->path, saved->count);
	else if (err)
		log_error("%s: cannot read report %" PRIu64 ": %s", saved->path,
			  saved->count, strerror(-err));
	return err;
}

static int read_sample(struct saved *saved, struct snapshot *sample)
{
	json_error_t why;
	json_t *root;
	int err;

	if (at_end(saved->file)) {
		if (!ferror(saved->file))
			return -ENODATA;
		log_error("cannot read %s: %s", saved->path, strerror(errno));
		return -EIO;
	}
	saved->count++;
	root = json_loadf(saved->file,
			  JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK,
			  &why);
	if (!root) {
		log_error("%s: document %" PRIu64 ", line %d: not JSON: %s",
			  saved->path, saved->count, why.line, why.text);
		return -EINVAL;
	}
	err = read_document(saved, root, sample);
	json_decref(root);
	return err;
}

static int next(void *self, struct snapshot *sample)
{
	struct saved *saved = self;

	memset(sample, 0, sizeof(*sample));
	if (!saved->ahead)
		return read_sample(saved, sample);
	*sample = saved->sample;
	memset(&saved->sample, 0, sizeof(saved->sample));
	saved->ahead = false;
	return 0;
}

/* From the beginning: samples of a file are in the order of time. */
static int seek(void *self, uint64_t at_ns)
{
	struct saved *saved = self;
	int err;

	if (fseek(saved->file, 0, SEEK_SET))
		return -errno;
	saved->count = 0;
	saved->ahead = false;
	do {
		snapshot_release(&saved->sample);
		err = read_sample(saved, &saved->sample);
	} while (!err && saved->sample.realtime_ns < at_ns);
	saved->ahead = !err;
	return err == -ENODATA ? 0 : err;
}

static const struct source_type saved_source = {
	.next = next,
	.close = close_saved,
	.seek = seek,
};

int saved_open(struct source **out, const char *path)
{
	bool standard = !strcmp(path, "-");
	struct saved *saved = calloc(1, sizeof(*saved));

	if (!saved)
		return -ENOMEM;
	saved->path = strdup(standard ? "standard input" : path);
	saved->file = standard ? stdin : fopen(path, "re");
	if (!saved->path || !saved->file) {
		int err = saved->path ? -errno : -ENOMEM;

		log_error("cannot read %s: %s", path, strerror(-err));
		close_saved(saved);
		return err;
	}
	*out = source_new(&saved_source, saved);
	return *out ? 0 : -ENOMEM;
}
