/* SPDX-License-Identifier: GPL-2.0-only */
/* Prints a fixture through a view: print_fixture FIXTURE VIEW */
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "model/interval.h"
#include "model_fixture.h"
#include "views/doctor.h"
#include "views/html.h"
#include "views/json.h"
#include "views/text.h"

static int print(const struct interval *interval, const char *view)
{
	const struct text_options options = { .stacks = true };
	const struct check check = {
		.name = "privileges",
		.state = CHECK_FATAL,
		.text = "neither CAP_SYS_ADMIN nor CAP_BPF with CAP_PERFMON",
		.remedy = "run it as root",
	};
	struct page page;
	int err = 0;

	if (!strcmp(view, "schema"))
		return json_report_schema(stdout);
	if (!strcmp(view, "json"))
		return json_report(interval, JSON_INDENTED, stdout);
	if (!strcmp(view, "html"))
		return html_report(interval, NULL, stdout);
	page_init(&page, stdout, isatty(1) ? 1 : -1);
	if (!strcmp(view, "doctor"))
		doctor_view(&interval->figures, &check, 1, &page.pane);
	else
		err = text_report(interval, &options, &page.pane);
	return page_write(&page) ? -1 : err;
}

int main(int argc, char **argv)
{
	struct interval interval;
	struct snapshot snap;
	int err;

	setlocale(LC_CTYPE, "");
	if (argc != 3 || !fixture_by_name(argv[1], &snap)) {
		fputs("usage: print_fixture FIXTURE text|json|html|doctor|schema\n",
		      stderr);
		return 2;
	}
	err = interval_make(NULL, &snap, NULL, &interval);
	if (!err)
		err = print(&interval, argv[2]);
	interval_release(&interval);
	snapshot_release(&snap);
	return err ? 1 : 0;
}
