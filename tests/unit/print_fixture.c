/* SPDX-License-Identifier: GPL-2.0-only */
/* Prints a fixture through a view: print_fixture FIXTURE VIEW */
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "model_fixture.h"
#include "views/doctor.h"
#include "views/json.h"
#include "views/text.h"

static int print(const struct snapshot *snap, const char *view)
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
		return json_report(snap, JSON_INDENTED, stdout);
	page_init(&page, stdout, isatty(1) ? 1 : -1);
	if (!strcmp(view, "doctor"))
		doctor_view(snap, &check, 1, &page.pane);
	else
		err = text_report(snap, &options, &page.pane);
	return page_write(&page) ? -1 : err;
}

int main(int argc, char **argv)
{
	struct snapshot snap;
	int err;

	setlocale(LC_CTYPE, "");
	if (argc != 3 || !fixture_by_name(argv[1], &snap)) {
		fputs("usage: print_fixture FIXTURE text|json|doctor|schema\n",
		      stderr);
		return 2;
	}
	err = print(&snap, argv[2]);
	snapshot_release(&snap);
	return err ? 1 : 0;
}
