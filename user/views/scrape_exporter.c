/* SPDX-License-Identifier: GPL-2.0-only */
/* Findings, and the exporter itself. */
#include <string.h>

#include "views/scrape_parts.h"

/*
 * Findings
 */

static bool found(const struct findings *findings, const char *id,
		  enum severity severity)
{
	for (size_t i = 0; i < findings->count; i++)
		if (findings->list[i].severity == severity &&
		    !strcmp(findings->list[i].rule->id, id))
			return true;
	return false;
}

static bool rule_has(const char *id, enum severity severity, size_t end)
{
	for (size_t i = 0; i < end; i++)
		if (rule_table[i].severity == severity &&
		    !strcmp(rule_table[i].id, id))
			return true;
	return false;
}

static bool id_before(size_t rule)
{
	for (size_t i = 0; i < rule; i++)
		if (!strcmp(rule_table[i].id, rule_table[rule].id))
			return true;
	return false;
}

/* A severity that is not in the table has a series while it is found alone. */
static void write_rule(const struct scrape_writing *w,
		       const struct family *family, const char *id)
{
	for (int s = SEVERITY_ERROR; s <= SEVERITY_NOTE; s++) {
		const bool now = found(&w->scrape->minute->findings, id,
				       (enum severity)s);
		char labels[LABELS_LEN] = "";

		if (!now && !rule_has(id, (enum severity)s, rule_count))
			continue;
		exposition_label(labels, "id", id);
		exposition_label(labels, "severity",
				 severity_name((enum severity)s));
		exposition_sample(w->stream, family, labels, UNIT_COUNT, now);
	}
}

void scrape_findings(const struct scrape_writing *w)
{
	static const struct family family = {
		.name = "swiotlb_finding",
		.help = "1 = found in the last minute; docs/findings.md",
	};

	exposition_family(w->stream, w->form, &family);
	for (size_t i = 0; i < rule_count; i++)
		if (!id_before(i))
			write_rule(w, &family, rule_table[i].id);
}

/*
 * The exporter
 */

static void write_one(const struct scrape_writing *w,
		      const struct family *family, const char *labels,
		      enum unit unit, uint64_t value)
{
	exposition_family(w->stream, w->form, family);
	exposition_sample(w->stream, family, labels, unit, (int64_t)value);
}

static void write_build(const struct scrape_writing *w)
{
	static const struct family family = {
		.name = "swiotlb_build",
		.type = FAMILY_INFO,
		.help = "version of swiotlb-tools, and the kernel",
	};
	char labels[LABELS_LEN] = "";

	exposition_label(labels, "version", SWIOTLB_VERSION);
	exposition_label(labels, "kernel", w->snap->kernel.release);
	write_one(w, &family, labels, UNIT_COUNT, 1);
}

static void write_hooks(const struct scrape_writing *w)
{
	static const struct family family = {
		.name = "swiotlb_hook",
		.type = FAMILY_INFO,
		.help = "how a hook is attached; partial: figures of its level may be too small",
	};

	exposition_family(w->stream, w->form, &family);
	for (size_t i = 0; i < w->snap->nr_hooks; i++) {
		const struct hook *hook = &w->snap->hooks[i];
		char labels[LABELS_LEN] = "";

		exposition_label(labels, "hook", hook->name);
		exposition_label(labels, "state", hook_state_name(hook->state));
		exposition_label(labels, "partial",
				 hook->partial ? "true" : "false");
		exposition_sample(w->stream, &family, labels, UNIT_COUNT, 1);
	}
}

static void write_confinement(const struct scrape_writing *w)
{
	static const struct family family = {
		.name = "swiotlb_exporter_confinement",
		.type = FAMILY_INFO,
		.help = "what the exporter has given up after its start",
	};
	const struct confinement *confinement = w->scrape->confinement;

	exposition_family(w->stream, w->form, &family);
	for (int step = 0; step < CONFINE_STEPS; step++) {
		char labels[LABELS_LEN] = "";

		exposition_label(labels, "step",
				 confine_step_name((enum confine_step)step));
		exposition_label(
			labels, "state",
			confine_state_name(confinement->steps[step].state));
		exposition_sample(w->stream, &family, labels, UNIT_COUNT, 1);
	}
}

/* Those that are not told apart: pools that are gone have no figures here. */
static void write_others_count(const struct scrape_writing *w)
{
	static const struct family family = {
		.name = "swiotlb_exporter_others",
		.help = "pools and devices without series of their own: gone, made for one mapping, or too many; devices that are gone are one",
	};
	size_t pools = 0, devices = 0;

	for (size_t i = 0; i < w->snap->nr_pools; i++)
		pools += !roster_has(w->scrape->pools, w->snap->pools[i].id);
	for (size_t i = 0; i < w->snap->nr_devices; i++)
		devices +=
			w->snap->devices[i].gone ||
			!roster_has(w->scrape->devices, w->snap->devices[i].id);
	exposition_family(w->stream, w->form, &family);
	exposition_sample(w->stream, &family, "kind=\"pool\"", UNIT_COUNT,
			  (int64_t)pools);
	exposition_sample(w->stream, &family, "kind=\"device\"", UNIT_COUNT,
			  (int64_t)devices);
}

/**
 * struct own_row - a figure of the exporter
 * @name: of its family, behind "swiotlb_exporter_" or a prefix of the process
 * @process: one of those that every process has
 * @type: of its family
 * @base: its unit; NULL = none
 * @unit: of the value
 * @offset: of the value in struct scrape_own
 * @help: one line
 */
struct own_row {
	const char *name;
	bool process;
	enum family_type type;
	const char *base;
	enum unit unit;
	size_t offset;
	const char *help;
};

#define OWN(member) offsetof(struct scrape_own, member)

static const struct own_row own_rows[] = {
	{ "samples", false, FAMILY_COUNTER, NULL, UNIT_COUNT, OWN(samples),
	  "samples taken" },
	{ "sample_seconds", false, FAMILY_GAUGE, "seconds", UNIT_NS,
	  OWN(sample_ns), "time that the latest sample took" },
	{ "sample_timestamp_seconds", false, FAMILY_GAUGE, "seconds", UNIT_NS,
	  OWN(sampled_at_ns), "when it was taken" },
	{ "scrapes", false, FAMILY_COUNTER, NULL, UNIT_COUNT, OWN(scrapes),
	  "texts made before this one" },
	{ "scrape_seconds", false, FAMILY_GAUGE, "seconds", UNIT_NS,
	  OWN(scrape_ns), "time that the latest of these took to make" },
	{ "write_errors", false, FAMILY_COUNTER, NULL, UNIT_COUNT,
	  OWN(write_errors), "texts that could not be written to the file" },
	{ "cpu_seconds", true, FAMILY_COUNTER, "seconds", UNIT_NS, OWN(cpu_ns),
	  "processor time of the exporter, in user and kernel mode" },
	{ "resident_memory_bytes", true, FAMILY_GAUGE, "bytes", UNIT_BYTES,
	  OWN(resident_bytes), "memory of the exporter" },
	{ "start_time_seconds", true, FAMILY_GAUGE, "seconds", UNIT_NS,
	  OWN(started_ns), "when the exporter was started" },
};

/* Beside others' metrics process_cpu_seconds_total would stand twice. */
static void write_own(const struct scrape_writing *w)
{
	const char *process =
		w->scrape->in_file ? "swiotlb_exporter_" : "process_";

	for (size_t i = 0; i < sizeof(own_rows) / sizeof(*own_rows); i++) {
		const struct own_row *row = &own_rows[i];
		const char *own = (const char *)w->scrape->own;
		struct family family = {
			.type = row->type,
			.unit = row->base,
			.help = row->help,
		};
		uint64_t value;

		memcpy(&value, own + row->offset, sizeof(value));
		if (row->offset == OWN(resident_bytes) && !value)
			continue;
		snprintf(family.name, sizeof(family.name), "%s%s",
			 row->process ? process : "swiotlb_exporter_",
			 row->name);
		write_one(w, &family, "", row->unit, value);
	}
}

void scrape_exporter(const struct scrape_writing *w)
{
	write_hooks(w);
	write_build(w);
	write_confinement(w);
	write_others_count(w);
	write_own(w);
}
