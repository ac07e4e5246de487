/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands/command.h"
#include "util/log.h"
#include "util/output.h"
#include "views/explain.h"

/**
 * struct explain_options - the command line
 * @format: --format
 * @path: -o, NULL for stdout
 * @input: the log, NULL for stdin
 */
struct explain_options {
	enum format format;
	const char *path;
	const char *input;
};

#define OFFSET(field) offsetof(struct explain_options, field)

static const struct option_row rows[] = {
	FORMAT_ROW(format),
	OUTPUT_ROW(path),
	{ NULL },
};

static const char *const synopses[] = { "[OPTIONS] [FILE | -]", NULL };

static const struct option_table table = {
	.command = "explain",
	.summary = "Explain the messages about swiotlb in a kernel log: which "
		   "device, how often, why, and what to do.",
	.synopses = synopses,
	.rows = rows,
	.operands = OPERANDS_FILE,
	.notes = "FILE is a log of any machine: a line, dmesg, journalctl -k "
		 "in any format, a console's\nlog, a mail. Without one, or "
		 "with '-', it is read from standard input. Neither\n"
		 "privileges nor a kernel with swiotlb are required.\n\n"
		 "Exit status: 0 if the log has a message about swiotlb, 2 "
		 "if not.\n",
};

static volatile sig_atomic_t interrupted;

static void interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

/* A signal ends the reading of a log without an end, not the program. */
static void catch_signals(void)
{
	const struct sigaction action = { .sa_handler = interrupt };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static int open_input(const char *path)
{
	struct stat stat;
	int fd;

	if (!path)
		return STDIN_FILENO;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -errno;
	/* /dev/kmsg waits for more at its end. */
	if (!fstat(fd, &stat) && S_ISCHR(stat.st_mode) && !isatty(fd))
		fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

/* /dev/kmsg returns EPIPE for overwritten records, then the next ones. */
static int read_input(int fd, struct digest_reader *reader)
{
	char buffer[65536];

	while (!interrupted) {
		const ssize_t len = read(fd, buffer, sizeof(buffer));

		if (len > 0)
			digest_feed(reader, buffer, len);
		else if (!len || errno == EAGAIN)
			return 0;
		else if (errno != EINTR && errno != EPIPE)
			return -errno;
	}
	return 0;
}

static int read_log(const char *path, struct digest *digest)
{
	struct digest_reader *reader = digest_start(digest);
	int fd, err;

	if (!reader)
		return -ENOMEM;
	fd = open_input(path);
	err = fd < 0 ? fd : read_input(fd, reader);
	if (fd > STDIN_FILENO)
		close(fd);
	digest_end(reader);
	digest_sort(digest);
	return err;
}

static int show(const struct explain_options *options,
		const struct digest *digest, struct output *output)
{
	FILE *stream = output_stream(output);
	struct page page;
	int err = 0;

	if (options->format == FORMAT_JSON) {
		err = explain_json(digest, stream);
	} else {
		page_init(&page, stream, output_terminal(output));
		explain_text(digest, &page.pane);
		err = page_write(&page);
	}
	if (err)
		log_error("cannot make the report: %s", strerror(-err));
	return err;
}

static void log_nothing(const struct digest *digest)
{
	if (digest->mentions)
		log_error("explain: no message of swiotlb that is known, "
			  "though %" PRIu64 " of %" PRIu64 " lines name it: is "
			  "it the kernel's log?",
			  digest->mentions, digest->lines);
	else
		log_error("explain: no message of swiotlb in %" PRIu64
			  " line%s: give the kernel's log, such as 'dmesg' or "
			  "'journalctl -k' print it",
			  digest->lines, digest->lines == 1 ? "" : "s");
}

static int explain(const struct explain_options *options)
{
	const char *name = options->input ? options->input : "standard input";
	struct digest digest = { 0 };
	struct output *output;
	int err;

	if (output_open(&output, options->path))
		return EXIT_ERROR;
	catch_signals();
	err = read_log(options->input, &digest);
	if (err) {
		log_error("explain: cannot read %s: %s", name, strerror(-err));
	} else if (!digest.messages) {
		log_nothing(&digest);
		err = -ENODATA;
	} else {
		err = show(options, &digest, output);
	}
	digest_release(&digest);
	return output_end(output, err) ? EXIT_ERROR : EXIT_FINE;
}

static int run(int argc, char **argv)
{
	struct explain_options options = { 0 };
	enum options_result result;
	char **operands;

	result = options_parse(&table, argc, argv, &options, &operands);
	if (result != OPTIONS_RUN)
		return result == OPTIONS_HELP ? EXIT_FINE : EXIT_ERROR;
	if (operands && strcmp(*operands, "-") != 0)
		options.input = *operands;
	return explain(&options);
}

const struct command explain_command = { .options = &table, .run = run };
