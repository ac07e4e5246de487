/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/html.h"

#include <errno.h>
#include <inttypes.h>
#include <time.h>

#include "model/level.h"
#include "model/preemption.h"
#include "views/columns.h"
#include "views/finding_text.h"
#include "views/html_parts.h"
#include "views/phrases.h"
#include "views/values.h"

/* Which sections there are, in their order; the list at the top names them. */
static const struct {
	const char *id;
	const char *title;
} contents[] = {
	{ "findings", "Findings" },
	{ "pools", "Pools" },
	{ "areas", "Areas" },
	{ "waits", "Lock waits" },
	{ "devices", "Devices and mappings" },
	{ "bouncing", "Why devices bounce" },
	{ "blocks", "Blocks" },
	{ "leaks", "Leaked and live mappings" },
	{ "audit", "Audit" },
	{ "trace", "Trace" },
	{ "log", "Kernel log" },
	{ "attached", "What was attached" },
	{ "losses", "Losses" },
};

/*
 * Head
 */

static void put_head(struct html *h)
{
	html_put(h,
		 "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
		 "<meta charset=\"utf-8\"/>\n"
		 "<meta http-equiv=\"Content-Security-Policy\" "
		 "content=\"default-src 'none'; style-src 'unsafe-inline'; "
		 "script-src 'sha256-%s'; base-uri 'none'; "
		 "form-action 'none'\"/>\n"
		 "<meta name=\"viewport\" content=\"width=device-width, "
		 "initial-scale=1\"/>\n"
		 "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
		 "<meta name=\"generator\" content=\"swiotlb %s\"/>\n"
		 "<title>",
		 html_script_hash, SWIOTLB_VERSION);
	html_say(h, "swiotlb report: Linux %s", h->snap->kernel.release);
	html_put(h, "</title>\n<style>\n%s</style>\n</head>\n", html_style);
}

static void put_meta(struct html *h, const char *name, const char *text)
{
	html_put(h, "<dt>%s</dt><dd>", name);
	html_text(h, text);
	html_put(h, "</dd>\n");
}

/* Local time, as --window reads it. */
static void put_time(struct html *h, const struct window *window)
{
	time_t seconds = (time_t)(window->start_ns / NS_PER_SEC);
	char clock[64], text[128];
	struct tm tm;

	if (!window->start_ns || !localtime_r(&seconds, &tm) ||
	    !strftime(clock, sizeof(clock), "from %F %T %Z", &tm))
		snprintf(clock, sizeof(clock), "at an unknown time");
	snprintf(text, sizeof(text), "%s, for %s%s", clock,
		 DURATION(window->duration_ns),
		 window->interrupted ? " (interrupted)" : "");
	put_meta(h, "watched", text);
}

static void put_command(struct html *h, const struct window *window)
{
	if (!window->command)
		return;
	html_put(h, "<dt>command</dt><dd><code>");
	for (char **word = window->command; *word; word++) {
		html_text(h, word == window->command ? "" : " ");
		html_text(h, *word);
	}
	html_put(h, "</code></dd>\n");
	if (window->exit_status >= 0)
		html_put(h, "<dt>its exit status</dt><dd>%d</dd>\n",
			 window->exit_status);
}

static void put_heading(struct html *h)
{
	const struct kernel_info *kernel = &h->snap->kernel;
	const char *preemption = preemption_name(kernel->preemption);
	char text[PHRASE_LEN];

	html_put(h, "<header>\n<h1>swiotlb report</h1>\n<dl class=\"meta\">\n");
	snprintf(text, sizeof(text), "Linux %s %s, %u CPU%s", kernel->release,
		 kernel->arch, kernel->cpus, plural(kernel->cpus));
	put_meta(h, "kernel", text);
	put_time(h, &h->snap->window);
	put_command(h, &h->snap->window);
	for (size_t i = 0; i < h->snap->nr_fired; i++)
		put_meta(h, "trigger",
			 fired_text(&h->snap->fired[i], text, sizeof(text)));
	put_meta(h, "boot arguments",
		 *kernel->boot_args ? kernel->boot_args : "none about swiotlb");
	put_meta(h, "layout", *kernel->layout ? kernel->layout : UNKNOWN_TEXT);
	put_meta(h, "preemption", preemption ? preemption : "unknown");
	html_put(h, "</dl>\n</header>\n");
}

static void put_contents(struct html *h)
{
	html_put(h, "<nav aria-label=\"Sections\"><ul>\n");
	for (size_t i = 0; i < sizeof(contents) / sizeof(*contents); i++)
		html_put(h, "<li><a href=\"#%s\">%s</a></li>\n", contents[i].id,
			 contents[i].title);
	html_put(h, "</ul></nav>\n");
}

/*
 * What it means
 */

static void put_verdict(struct html *h)
{
	char verdict[FINDING_TEXT_LEN];
	enum severity severity = findings_verdict(h->snap, h->findings, verdict,
						  sizeof(verdict));
	const char *class = html_style_class(severity_style(severity));

	html_put(h,
		 "<section id=\"verdict\" class=\"verdict is-%s\" "
		 "aria-labelledby=\"verdict-title\">\n"
		 "<h2 id=\"verdict-title\">Verdict: <span class=\"%s\">%s"
		 "</span></h2>\n",
		 class, class,
		 h->findings->count ? severity_name(severity)
				    : "nothing found");
	html_line(h, "", "%s", verdict);
	html_put(h, "</section>\n");
}

static void put_findings(struct html *h)
{
	char text[FINDING_TEXT_LEN];

	html_section(h, "findings", "Findings");
	for (size_t i = 0; i < h->findings->count; i++) {
		const struct finding *f = &h->findings->list[i];
		const char *class =
			html_style_class(severity_style(f->severity));

		html_put(h,
			 "<article class=\"finding is-%s\" data-id=\"%s\" "
			 "data-severity=\"%s\">\n<h3><span class=\"%s\">%s"
			 "</span> %s</h3>\n",
			 class, f->rule->id, severity_name(f->severity), class,
			 severity_name(f->severity), f->rule->id);
		html_line(h, "", "%s", finding_text(f, h->snap, text));
		html_line(h, "dim", "%s", finding_advice(f, h->snap, text));
		html_put(h, "</article>\n");
	}
	if (!h->findings->count)
		html_line(h, "", "None.");
	html_section_end(h);
}

/*
 * What it rests on
 */

static void put_log(struct html *h)
{
	const struct log_totals *log = &h->snap->log;
	char text[PHRASE_LEN];

	html_section(h, "log", "Kernel log");
	if (!log->known) {
		html_unknown(h, log->reason);
		html_section_end(h);
		return;
	}
	html_line(h, log->requests ? "warning" : "", "%s",
		  log_totals_text(log, text, sizeof(text)));
	if (h->snap->nr_log_entries)
		html_put(h, "<ul>\n");
	for (size_t i = 0; i < h->snap->nr_log_entries; i++) {
		html_put(h, "<li>");
		html_text(h, log_entry_text(&h->snap->log_entries[i], text,
					    sizeof(text)));
		html_put(h, "</li>\n");
	}
	if (h->snap->nr_log_entries)
		html_put(h, "</ul>\n");
	html_section_end(h);
}

static void put_attached(struct html *h)
{
	html_section(h, "attached", "What was attached");
	if (!h->snap->nr_hooks) {
		html_line(h, "",
			  "Nothing: the figures are those of the state.");
		html_section_end(h);
		return;
	}
	html_table(h, "hooks", doctor_columns,
		   "Hooks, and why those that are absent are");
	for (size_t i = 0; i < h->snap->nr_hooks; i++)
		html_row(h, doctor_columns,
			 &(struct row){ .hook = &h->snap->hooks[i] });
	html_table_end(h);
	html_section_end(h);
}

static void put_losses(struct html *h)
{
	html_section(h, "losses", "Losses");
	if (!snapshot_loss_total(h->snap)) {
		html_line(h, "", "None.");
		html_section_end(h);
		return;
	}
	html_table(h, "losses", doctor_columns,
		   "What was missed, by cause: figures may be too small");
	for (size_t i = 0; i < h->snap->nr_losses; i++)
		if (h->snap->losses[i].count)
			html_row(h, doctor_columns,
				 &(struct row){ .loss = &h->snap->losses[i] });
	html_table_end(h);
	html_section_end(h);
}

static void put_body(struct html *h)
{
	html_put(h, "<body>\n<a class=\"skip\" href=\"#verdict\">Skip to the "
		    "verdict</a>\n");
	put_heading(h);
	put_contents(h);
	html_put(h, "<main>\n");
	put_verdict(h);
	put_findings(h);
	html_pools(h);
	html_areas(h);
	html_waits(h);
	html_devices(h);
	html_bouncing(h);
	html_blocks(h);
	html_leaks(h);
	html_audit(h);
	html_trace(h);
	put_log(h);
	put_attached(h);
	put_losses(h);
	html_put(h,
		 "</main>\n<footer>Written by swiotlb %s. The names of figures "
		 "are those of swiotlb-check(8).</footer>\n"
		 "<div id=\"tip\" role=\"status\" hidden=\"hidden\"></div>\n"
		 "<script>%s</script>\n</body>\n</html>\n",
		 SWIOTLB_VERSION, html_script);
}

int html_report(const struct interval *interval,
		const struct timeline *timeline, FILE *stream)
{
	struct html h = {
		.stream = stream,
		.snap = &interval->figures,
		.findings = &interval->findings,
		.timeline = timeline,
		.scene = { .interval = &interval->figures,
			   .total = &interval->figures },
	};

	put_head(&h);
	put_body(&h);
	return h.no_memory ? -ENOMEM : 0;
}
