/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/command.h"
#include "commands/exporter.h"
#include "commands/pace.h"
#include "model/level.h"
#include "util/child.h"
#include "util/clock.h"
#include "util/confine.h"
#include "util/http.h"
#include "util/listen.h"
#include "util/log.h"
#include "util/output.h"
#include "util/service.h"
#include "util/signals.h"

#define DELAY_NS (10 * NS_PER_SEC)

/* The port is registered nowhere: another program may have chosen it, too. */
#define LISTEN_ADDRESS "localhost:10964"

#define MAX_SOCKETS 8

/**
 * struct export_options - the command line
 * @listen: --listen, NULL when not given
 * @textfile: --textfile, NULL when not given
 * @interval_ns: -d
 * @levels: --level
 * @per_area: --per-area
 * @journal: --journal
 */
struct export_options {
	const char *listen;
	const char *textfile;
	uint64_t interval_ns;
	unsigned int levels;
	bool per_area;
	bool journal;
};

static int option_address(const char *text, void *value, char *why,
			  size_t why_len)
{
	const char **address = value;

	*address = text;
	if (!listen_check(text))
		return 0;
	snprintf(why, why_len,
		 "give an address and a port, such as 127.0.0.1:9000, "
		 "[::1]:9000, or :9000 for this machine alone");
	return -EINVAL;
}

#define OFFSET(field) offsetof(struct export_options, field)

static const struct option_row rows[] = {
	{ "listen", 'L', "ADDRESS",
	  "where Prometheus reads (default " LISTEN_ADDRESS ")", option_address,
	  OFFSET(listen) },
	{ "textfile", 't', "FILE",
	  "write FILE with each sample, for node_exporter's textfile collector",
	  option_text, OFFSET(textfile) },
	{ "delay", 'd', "SEC", "time between two samples (default 10)",
	  option_interval, OFFSET(interval_ns) },
	LEVEL_ROW(levels),
	{ "per-area", 0, NULL, "histograms of each area as well", option_flag,
	  OFFSET(per_area) },
	{ "journal", 0, NULL,
	  "tell the systemd journal when a finding begins or ends", option_flag,
	  OFFSET(journal) },
	{ NULL },
};

static const char *const synopses[] = {
	"[--listen ADDRESS] [-d SEC] [OPTIONS]",
	"--textfile FILE [--listen ADDRESS] [-d SEC] [OPTIONS]",
	NULL,
};

static const struct option_table table = {
	.command = "export",
	.summary = "Show the latest sample to Prometheus.",
	.synopses = synopses,
	.rows = rows,
	.notes = "Ends with Ctrl-C or SIGTERM, and removes FILE then. Sockets "
		 "that systemd passes are\nlistened on as well.\n",
};

/**
 * struct exporting - an export
 * @options: what was asked for
 * @exporter: samples
 * @textfile: the file; NULL = there is none
 * @failing: it could not be written the last time
 * @http: the server; NULL = there is none
 * @index: its page that leads to the metrics
 * @pages: the latest sample by form; NULL = nobody has asked for it yet
 * @service: systemd
 * @next_ns: when the next sample is due, CLOCK_MONOTONIC
 */
struct exporting {
	const struct export_options *options;
	struct exporter exporter;
	struct output *textfile;
	bool failing;
	struct http *http;
	struct http_page *index;
	struct http_page *pages[EXPOSITION_FORMS];
	struct service service;
	uint64_t next_ns;
};

/*
 * The file
 */

/* Said once, and once more when it is over: a full disk may stay full. */
static void tell(struct exporting *exporting, int err)
{
	const char *path = exporting->options->textfile;

	if (err && !exporting->failing)
		log_warn("cannot write %s: %s; this is tried again with each "
			 "sample",
			 path, strerror(-err));
	else if (!err && exporting->failing)
		log_note("%s is written again", path);
	exporting->failing = err;
}

/* A file that cannot be written ends no exporter: its age tells. */
static int publish(struct exporting *exporting)
{
	int err;

	if (!exporting->textfile)
		return 0;
	err = exporter_write(&exporting->exporter, EXPOSITION_CLASSIC, true,
			     output_stream(exporting->textfile));
	if (err)
		return err;
	err = output_publish(exporting->textfile);
	exporting->exporter.own.write_errors += err != 0;
	tell(exporting, err);
	return output_stream(exporting->textfile) ? 0 : -ENOMEM;
}

static bool named_prom(const char *path)
{
	const size_t len = strlen(path);

	return len > 5 && !strcmp(path + len - 5, ".prom");
}

static int open_textfile(struct exporting *exporting)
{
	const char *path = exporting->options->textfile;
	int err = path ? output_open(&exporting->textfile, path) : 0;

	if (!err && path && !named_prom(path))
		log_warn("node_exporter reads no file but those named *.prom, "
			 "and %s is not",
			 path);
	return err;
}

static void close_textfile(struct exporting *exporting)
{
	if (exporting->textfile)
		output_withdraw(exporting->textfile);
}

/*
 * The server
 */

static const char index_text[] =
	"<!DOCTYPE html>\n<html lang=\"en\"><head><title>swiotlb</title></head>"
	"<body><h1>swiotlb " SWIOTLB_VERSION
	"</h1><p><a href=\"/metrics\">Metrics</a></p></body></html>\n";

static int make_index(struct exporting *exporting)
{
	char *copy = strdup(index_text);

	if (copy)
		exporting->index = http_page_new("text/html; charset=utf-8",
						 copy, strlen(copy));
	return exporting->index ? 0 : -ENOMEM;
}

/* Made once for all who ask before the next sample. */
static int make_page(struct exporting *exporting, enum exposition_form form)
{
	char *text = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&text, &len);
	int err = stream ? exporter_write(&exporting->exporter, form, false,
					  stream)
			 : -ENOMEM;

	if (stream && fclose(stream) && !err)
		err = -ENOMEM;
	if (err) {
		free(text);
		return err;
	}
	exporting->pages[form] =
		http_page_new(exposition_content_type(form), text, len);
	return exporting->pages[form] ? 0 : -ENOMEM;
}

static void drop_pages(struct exporting *exporting)
{
	for (size_t i = 0; i < EXPOSITION_FORMS; i++) {
		http_page_free(exporting->pages[i]);
		exporting->pages[i] = NULL;
	}
}

static int find_page(void *context, const struct http_request *request,
		     const struct http_page **page)
{
	const enum exposition_form form = exposition_accepted(request->accept);
	struct exporting *exporting = context;
	int err = 0;

	if (!strcmp(request->path, "/")) {
		*page = exporting->index;
	} else if (!strcmp(request->path, "/metrics")) {
		if (!exporting->pages[form])
			err = make_page(exporting, form);
		*page = exporting->pages[form];
	}
	return err;
}

/* Those that systemd passes, and those of --listen or of its default. */
static int open_sockets(const struct export_options *options, int *fds)
{
	int passed = service_sockets(fds, MAX_SOCKETS - LISTEN_MAX), err;
	const char *address = options->listen;
	size_t opened = 0;

	if (passed < 0)
		return passed;
	if (!address && !passed && !options->textfile)
		address = LISTEN_ADDRESS;
	err = address ? listen_open(address, fds + passed, &opened) : 0;
	return err ? err : passed + (int)opened;
}

static int open_server(struct exporting *exporting)
{
	int fds[MAX_SOCKETS], count = open_sockets(exporting->options, fds);
	int err = 0;

	if (count <= 0)
		return count;
	err = http_open(&exporting->http, find_page, exporting);
	if (!err)
		err = make_index(exporting);
	for (int i = 0; i < count; i++) {
		if (!err)
			err = http_serve(exporting->http, fds[i]);
		else
			close(fds[i]);
	}
	if (err)
		log_error("cannot serve HTTP: %s", strerror(-err));
	return err;
}

static void close_server(struct exporting *exporting)
{
	http_close(exporting->http);
	drop_pages(exporting);
	http_page_free(exporting->index);
}

static int serve(void *context)
{
	struct exporting *exporting = context;

	http_run(exporting->http);
	return 0;
}

/*
 * Privileges
 */

/* With all open and attached; a step that fails leaves an exporter that works.
 */
static void give_up(struct exporting *exporting)
{
	const struct confine_place place = {
		.fd = exporting->textfile
			      ? output_directory(exporting->textfile)
			      : -1,
		.right = CONFINE_WRITE,
	};
	const struct confine_needs needs = {
		.places = &place,
		.nr_places = place.fd >= 0,
		.sockets = exporting->http || exporting->service.fd >= 0,
		.datagrams = exporting->options->journal,
	};

	confine(&needs, &exporting->exporter.confinement);
}

/*
 * Samples
 */

static int take_sample(struct exporting *exporting)
{
	int err = exporter_sample(&exporting->exporter);

	drop_pages(exporting);
	return err ? err : publish(exporting);
}

static int tick(void *context)
{
	struct exporting *exporting = context;
	uint64_t now = monotonic_ns();

	if (exporting->http)
		http_run(exporting->http);
	service_alive(&exporting->service);
	if (!pace_due(exporting->next_ns, now))
		return exporter_poll(&exporting->exporter);
	exporting->next_ns = pace_next(exporting->next_ns, now,
				       exporting->options->interval_ns);
	return take_sample(exporting);
}

static int export_all(struct exporting *exporting)
{
	const struct export_options *options = exporting->options;
	const struct watch_options watching = {
		.interval_ns = pace_poll(options->interval_ns),
		.tick = tick,
		.ready = exporting->http ? serve : NULL,
		.fd = exporting->http ? http_fd(exporting->http) : -1,
		.context = exporting,
	};
	struct watch_result watched;
	int err = take_sample(exporting);

	if (err)
		return err;
	give_up(exporting);
	exporting->next_ns = monotonic_ns() + options->interval_ns;
	service_ready(&exporting->service);
	err = watch(&watching, &watched);
	service_stopping(&exporting->service);
	return err;
}

static int export_from(struct exporting *exporting)
{
	int err =
		exporter_open(&exporting->exporter, exporting->options->levels);

	if (err)
		return err;
	err = export_all(exporting);
	exporter_close(&exporting->exporter);
	return err;
}

static int export_metrics(const struct export_options *options)
{
	struct exporting exporting = {
		.options = options,
		.exporter.per_area = options->per_area,
		.exporter.journal = options->journal,
	};
	int err = options->journal ? journaling_open() : 0;

	signals_hold();
	if (!err)
		err = open_textfile(&exporting);
	if (!err)
		err = open_server(&exporting);
	if (!err) {
		err = service_open(&exporting.service);
		if (!err)
			err = export_from(&exporting);
		service_close(&exporting.service);
	}
	close_server(&exporting);
	close_textfile(&exporting);
	signals_release();
	return err ? EXIT_ERROR : EXIT_FINE;
}

static int run(int argc, char **argv)
{
	struct export_options options = {
		.interval_ns = DELAY_NS,
		.levels = LEVELS_DEFAULT,
	};
	enum options_result result;
	char **operands;

	result = options_parse(&table, argc, argv, &options, &operands);
	if (result == OPTIONS_HELP)
		return EXIT_FINE;
	return result == OPTIONS_RUN ? export_metrics(&options) : EXIT_ERROR;
}

const struct command export_command = { .options = &table, .run = run };
