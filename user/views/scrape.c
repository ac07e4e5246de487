/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/scrape.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/level.h"
#include "model/metrics.h"
#include "model/schema.h"
#include "views/families.h"

#define MINUTE "60s"

/**
 * struct row - a pool, an area, a device, ... that has a series in a family
 * @labels: of the series, owned
 * @subject: it
 * @minute: the same in the last minute
 */
struct row {
	char *labels;
	struct subject subject;
	struct subject minute;
};

/**
 * struct unknown - a family with a series that is not there
 * @family: the family
 * @reason: why, lives as long as the sample
 */
struct unknown {
	struct family family;
	const char *reason;
};

/**
 * struct writing - a text in the making
 * @scrape: what is shown
 * @snap: its latest sample
 * @form: the form of the text
 * @stream: where to
 * @rows: the series of the families that are being written
 * @count: how many
 * @others: devices that have one series together
 * @nr_others: how many
 * @unknown: what is unknown so far
 * @nr_unknown: how many
 */
struct writing {
	const struct scrape *scrape;
	const struct snapshot *snap;
	enum exposition_form form;
	FILE *stream;
	struct row *rows;
	size_t count;
	struct subject *others;
	size_t nr_others;
	struct unknown *unknown;
	size_t nr_unknown;
};

/*
 * What is unknown
 */

static int add_unknown(struct writing *w, const struct family *family,
		       const char *reason)
{
	struct unknown *list;

	for (size_t i = 0; i < w->nr_unknown; i++)
		if (!strcmp(w->unknown[i].family.name, family->name) &&
		    !strcmp(w->unknown[i].reason, reason))
			return 0;
	list = reallocarray(w->unknown, w->nr_unknown + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	w->unknown = list;
	list[w->nr_unknown++] =
		(struct unknown){ .family = *family, .reason = reason };
	return 0;
}

static void write_unknown(const struct writing *w)
{
	static const struct family family = {
		.name = "swiotlb_unknown",
		.type = FAMILY_INFO,
		.help = "a metric, or a series of it, is absent, and why",
	};

	if (!w->nr_unknown)
		return;
	exposition_family(w->stream, w->form, &family);
	for (size_t i = 0; i < w->nr_unknown; i++) {
		const struct unknown *unknown = &w->unknown[i];
		char labels[LABELS_LEN] = "", name[FAMILY_NAME_LEN + 8];
		const bool counter = unknown->family.type == FAMILY_COUNTER;

		stpcpy(stpcpy(name, unknown->family.name),
		       counter ? "_total" : "");
		exposition_label(labels, "metric", name);
		exposition_label(labels, "reason", unknown->reason);
		exposition_sample(w->stream, &family, labels, UNIT_COUNT, 1);
	}
}

/*
 * Rows
 */

static void clear_rows(struct writing *w)
{
	for (size_t i = 0; i < w->count; i++)
		free(w->rows[i].labels);
	free(w->rows);
	free(w->others);
	w->rows = NULL;
	w->others = NULL;
	w->count = w->nr_others = 0;
}

static int add_row(struct writing *w, enum scope scope,
		   const struct subject *subject, const char *labels)
{
	struct row *rows = reallocarray(w->rows, w->count + 1, sizeof(*rows));
	struct row *row;

	if (!rows)
		return -ENOMEM;
	w->rows = rows;
	row = &rows[w->count];
	*row = (struct row){ .subject = *subject };
	if (scope <= SCOPE_DEVICE)
		subject_in(scope, subject, &w->scrape->minute->figures,
			   &row->minute);
	row->labels = strdup(labels);
	if (!row->labels)
		return -ENOMEM;
	w->count++;
	return 0;
}

static int add_other(struct writing *w, const struct subject *subject)
{
	struct subject *others =
		reallocarray(w->others, w->nr_others + 1, sizeof(*others));

	if (!others)
		return -ENOMEM;
	w->others = others;
	others[w->nr_others++] = *subject;
	return 0;
}

static int add_areas(struct writing *w, const struct pool *pool)
{
	struct subject subject = { .snap = w->snap, .pool = pool };
	int err = 0;

	for (unsigned int i = 0; !err && i < pool->nr_areas; i++) {
		char labels[LABELS_LEN] = "";

		subject.area = &pool->areas[i];
		exposition_label(labels, "pool", pool->name);
		exposition_label_number(labels, "area", subject.area->index);
		err = add_row(w, SCOPE_AREA, &subject, labels);
	}
	return err;
}

static int add_pool(struct writing *w, const struct pool *pool)
{
	const struct subject subject = { .snap = w->snap, .pool = pool };
	char labels[LABELS_LEN] = "";

	exposition_label(labels, "pool", pool->name);
	return add_row(w, SCOPE_POOL, &subject, labels);
}

static int add_pools(struct writing *w, enum scope scope)
{
	int err = 0;

	for (size_t i = 0; !err && i < w->snap->nr_pools; i++) {
		const struct pool *pool = &w->snap->pools[i];

		if (!roster_has(w->scrape->pools, pool->id))
			continue;
		err = scope == SCOPE_AREA ? add_areas(w, pool)
					  : add_pool(w, pool);
	}
	return err;
}

static int add_devices(struct writing *w)
{
	struct subject subject = { .snap = w->snap };
	int err = 0;

	for (size_t i = 0; !err && i < w->snap->nr_devices; i++) {
		char labels[LABELS_LEN] = "";

		subject.device = &w->snap->devices[i];
		exposition_label(labels, "device", subject.device->name);
		if (!subject.device->gone &&
		    roster_has(w->scrape->devices, subject.device->id))
			err = add_row(w, SCOPE_DEVICE, &subject, labels);
		else
			err = add_other(w, &subject);
	}
	return err;
}

static int add_losses(struct writing *w)
{
	struct subject subject = { .snap = w->snap };
	int err = 0;

	for (size_t i = 0; !err && i < w->snap->nr_losses; i++) {
		char labels[LABELS_LEN] = "";

		subject.item = &w->snap->losses[i];
		exposition_label(labels, "cause", w->snap->losses[i].cause);
		err = add_row(w, SCOPE_LOSS, &subject, labels);
	}
	return err;
}

static int add_rows(struct writing *w, enum scope scope)
{
	const struct subject subject = { .snap = w->snap };

	switch (scope) {
	case SCOPE_SYSTEM:
		return add_row(w, scope, &subject, "");
	case SCOPE_DEVICE:
		return add_devices(w);
	case SCOPE_LOSS:
		return add_losses(w);
	default:
		return add_pools(w, scope);
	}
}

/*
 * Families
 */

static void begin_once(const struct writing *w, const struct family *family,
		       bool *begun)
{
	if (!*begun)
		exposition_family(w->stream, w->form, family);
	*begun = true;
}

/* A peak is that of the last minute, whoever else scrapes, and says so. */
static void write_row(struct writing *w, const struct field *field,
		      const struct family *family, const struct row *row,
		      int64_t value)
{
	char labels[LABELS_LEN];

	if (field->kind != KIND_PEAK) {
		exposition_sample(w->stream, family, row->labels, field->unit,
				  value);
		return;
	}
	snprintf(labels, sizeof(labels), "%s", row->labels);
	exposition_label(labels, "window", MINUTE);
	exposition_sample(w->stream, family, labels, field->unit, value);
}

/* Of ages the highest, of all else the sum. */
static bool value_of_others(const struct writing *w, const struct field *field,
			    int64_t *sum)
{
	const bool age = field->kind == KIND_GAUGE && field->unit == UNIT_NS;

	*sum = 0;
	for (size_t i = 0; i < w->nr_others; i++) {
		int64_t value;

		if (!field_value(field, &w->others[i], &value))
			return false;
		if (!age)
			*sum += value;
		else if (value > *sum)
			*sum = value;
	}
	return true;
}

static int write_others(struct writing *w, const struct field *field,
			const struct family *family, bool *begun)
{
	char labels[LABELS_LEN] = "";
	int64_t sum;

	if (!w->nr_others)
		return 0;
	if (!value_of_others(w, field, &sum))
		return add_unknown(w, family,
				   field_unknown_reason(field, w->others));
	exposition_label(labels, "device", ROSTER_OTHERS);
	begin_once(w, family, begun);
	exposition_sample(w->stream, family, labels, field->unit, sum);
	return 0;
}

static int write_field(struct writing *w, const struct field *field)
{
	const char *missing = field_missing(field, w->snap);
	struct family family;
	bool begun = false;
	int err = 0;

	family_of(field, &family);
	if (missing)
		return add_unknown(w, &family, missing);
	for (size_t i = 0; !err && i < w->count; i++) {
		const struct row *row = &w->rows[i];
		const struct subject *subject =
			field->kind == KIND_PEAK ? &row->minute : &row->subject;
		int64_t value;

		if (!field_value(field, subject, &value)) {
			err = add_unknown(w, &family,
					  field_unknown_reason(field, subject));
			continue;
		}
		begin_once(w, &family, &begun);
		write_row(w, field, &family, row, value);
	}
	return err ? err : write_others(w, field, &family, &begun);
}

static int write_scope(struct writing *w, enum scope scope)
{
	int err = add_rows(w, scope);

	for_each_field (field, scope)
		if (!err && is_family(field) && !is_quantile(field))
			err = write_field(w, field);
	clear_rows(w);
	return err;
}

/*
 * Histograms: of an area's lock, and of those of a pool together
 */

/**
 * struct lock_histogram - a histogram that locks have
 * @pool: its family for pools
 * @area: for areas
 * @level: the level that counts it
 * @get: that of an area
 * @gone: that of pools that are gone
 */
struct lock_histogram {
	struct family pool;
	struct family area;
	enum level level;
	void (*get)(const struct area *area, struct histogram *sum,
		    uint64_t *sum_ns);
	void (*gone)(const struct snapshot *snap, struct histogram *sum,
		     uint64_t *sum_ns);
};

static void add_waits(const struct area *area, struct histogram *sum,
		      uint64_t *sum_ns)
{
	histogram_add(sum, &area->locks.wait);
	*sum_ns += area->locks.total_ns;
}

static void add_gone_waits(const struct snapshot *snap, struct histogram *sum,
			   uint64_t *sum_ns)
{
	histogram_add(sum, &snap->gone_waits.wait);
	*sum_ns += snap->gone_waits.total_ns;
}

static void add_holds(const struct area *area, struct histogram *sum,
		      uint64_t *sum_ns)
{
	histogram_add(sum, &area->holds.hold);
	*sum_ns += area->holds.total_ns;
}

static void add_gone_holds(const struct snapshot *snap, struct histogram *sum,
			   uint64_t *sum_ns)
{
	histogram_add(sum, &snap->gone_holds.hold);
	*sum_ns += snap->gone_holds.total_ns;
}

#define HISTOGRAM(name_, help_)                                                \
	{                                                                      \
		.name = name_ "_seconds", .type = FAMILY_HISTOGRAM,            \
		.unit = "seconds", .help = help_                               \
	}

static const struct lock_histogram lock_histograms[] = {
	{ HISTOGRAM("swiotlb_pool_lock_wait",
		    "waits for locks of the pool's areas"),
	  HISTOGRAM("swiotlb_area_lock_wait", "waits for the area's lock"),
	  LEVEL_LOCKS, add_waits, add_gone_waits },
	{ HISTOGRAM("swiotlb_pool_lock_hold",
		    "times that locks of the pool's areas were held"),
	  HISTOGRAM("swiotlb_area_lock_hold",
		    "times that the area's lock was held"),
	  LEVEL_HOLDS, add_holds, add_gone_holds },
};

/* A pool that goes moves its counts to the others, so these never fall. */
static void write_pool_histograms(const struct writing *w,
				  const struct lock_histogram *lock)
{
	char labels[LABELS_LEN] = "";
	struct histogram others = { 0 };
	uint64_t others_ns = 0;

	exposition_family(w->stream, w->form, &lock->pool);
	lock->gone(w->snap, &others, &others_ns);
	for (size_t i = 0; i < w->snap->nr_pools; i++) {
		const struct pool *pool = &w->snap->pools[i];
		const bool own = roster_has(w->scrape->pools, pool->id);
		struct histogram sum = { 0 };
		uint64_t sum_ns = 0;

		for (unsigned int j = 0; j < pool->nr_areas; j++)
			lock->get(&pool->areas[j], own ? &sum : &others,
				  own ? &sum_ns : &others_ns);
		if (!own)
			continue;
		*labels = '\0';
		exposition_label(labels, "pool", pool->name);
		exposition_histogram(w->stream, &lock->pool, labels, &sum,
				     sum_ns);
	}
	*labels = '\0';
	exposition_label(labels, "pool", ROSTER_OTHERS);
	exposition_histogram(w->stream, &lock->pool, labels, &others,
			     others_ns);
}

static int write_area_histograms(struct writing *w,
				 const struct lock_histogram *lock)
{
	int err = add_rows(w, SCOPE_AREA);

	if (!err && w->count)
		exposition_family(w->stream, w->form, &lock->area);
	for (size_t i = 0; !err && i < w->count; i++) {
		struct histogram sum = { 0 };
		uint64_t sum_ns = 0;

		lock->get(w->rows[i].subject.area, &sum, &sum_ns);
		exposition_histogram(w->stream, &lock->area, w->rows[i].labels,
				     &sum, sum_ns);
	}
	clear_rows(w);
	return err;
}

static int write_histograms(struct writing *w)
{
	int err = 0;

	for (size_t i = 0;
	     !err && i < sizeof(lock_histograms) / sizeof(*lock_histograms);
	     i++) {
		const struct lock_histogram *lock = &lock_histograms[i];
		const char *missing =
			snapshot_level_missing(w->snap, lock->level);

		if (missing) {
			err = add_unknown(w, &lock->pool, missing);
			continue;
		}
		write_pool_histograms(w, lock);
		if (w->scrape->per_area)
			err = write_area_histograms(w, lock);
	}
	return err;
}

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
static void write_rule(const struct writing *w, const struct family *family,
		       const char *id)
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

static void write_findings(const struct writing *w)
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

static void write_one(const struct writing *w, const struct family *family,
		      const char *labels, enum unit unit, uint64_t value)
{
	exposition_family(w->stream, w->form, family);
	exposition_sample(w->stream, family, labels, unit, (int64_t)value);
}

static void write_build(const struct writing *w)
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

static void write_hooks(const struct writing *w)
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

static void write_confinement(const struct writing *w)
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
static void write_others_count(const struct writing *w)
{
	static const struct family family = {
		.name = "swiotlb_exporter_others",
		.help = "pools and devices without series of their own: gone, made for one mapping, or too many",
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
static void write_own(const struct writing *w)
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

int scrape_write(const struct scrape *scrape, enum exposition_form form,
		 FILE *stream)
{
	static const enum scope scopes[] = { SCOPE_SYSTEM, SCOPE_POOL,
					     SCOPE_AREA, SCOPE_DEVICE,
					     SCOPE_LOSS };
	struct writing w = {
		.scrape = scrape,
		.snap = &scrape->total->figures,
		.form = form,
		.stream = stream,
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(scopes) / sizeof(*scopes); i++)
		err = write_scope(&w, scopes[i]);
	if (!err)
		err = write_histograms(&w);
	if (!err) {
		write_findings(&w);
		write_hooks(&w);
		write_build(&w);
		write_confinement(&w);
		write_others_count(&w);
		write_own(&w);
		write_unknown(&w);
		exposition_end(stream, form);
	}
	free(w.unknown);
	return err;
}
