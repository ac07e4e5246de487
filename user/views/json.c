/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/json.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/findings.h"
#include "model/level.h"
#include "model/metrics.h"
#include "util/units.h"
#include "views/json_parts.h"

/*
 * A failed allocation makes jansson return NULL, which its setters take as an
 * error of their own. They are summed up in one place.
 */
struct writer {
	const struct snapshot *snap;
	const struct symbols *symbols;
	bool failed;
};

static void set(struct writer *w, json_t *object, const char *key,
		json_t *value)
{
	if (json_object_set_new(object, key, value))
		w->failed = true;
}

static void add(struct writer *w, json_t *array, json_t *value)
{
	if (json_array_append_new(array, value))
		w->failed = true;
}

static json_t *integer(uint64_t value)
{
	return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

static json_t *seconds(uint64_t ns)
{
	return json_real((double)ns / (double)NS_PER_SEC);
}

/* Names come from drivers and users: what is no UTF-8 must not spoil it all. */
json_t *json_text(const char *string)
{
	json_t *value = json_string(string);
	char *copy, *c;

	if (value)
		return value;
	copy = strdup(string);
	if (!copy)
		return NULL;
	for (c = copy; *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	value = json_string(copy);
	free(copy);
	return value;
}

json_t *json_text_or_null(const char *string)
{
	return *string ? json_text(string) : json_null();
}

static bool ends_with(const char *string, const char *end)
{
	size_t len = strlen(string), end_len = strlen(end);

	return len >= end_len && !strcmp(string + len - end_len, end);
}

static json_t *metric_json(const struct metric *metric,
			   const struct subject *subject)
{
	int64_t value;

	if (!metric_value(metric, subject, &value))
		return json_null();
	if (ends_with(metric->path, "_seconds"))
		return seconds((uint64_t)value);
	return json_integer(value);
}

/* Put @value where a dotted path says, making the objects on the way. */
static void place(struct writer *w, json_t *object, const char *path,
		  json_t *value)
{
	const char *dot;
	char key[64];

	while ((dot = strchr(path, '.'))) {
		json_t *next;

		snprintf(key, sizeof(key), "%.*s", (int)(dot - path), path);
		next = json_object_get(object, key);
		if (!next) {
			next = json_object();
			set(w, object, key, next);
		}
		object = next;
		path = dot + 1;
	}
	set(w, object, path, value);
}

static void place_metrics(struct writer *w, json_t *object,
			  enum metric_scope scope,
			  const struct subject *subject)
{
	for (size_t i = 0; i < metric_count; i++)
		if (metric_table[i].scope == scope)
			place(w, object, metric_table[i].path,
			      metric_json(&metric_table[i], subject));
}

static json_t *histogram_json(struct writer *w, const struct histogram *h)
{
	json_t *array = json_array();

	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++)
		add(w, array, integer(h->count[i]));
	return array;
}

json_t *json_stack(const struct stack *stack, const struct symbols *symbols)
{
	json_t *array = json_array();
	bool failed = false;
	char name[256];

	for (unsigned int i = 0; i < stack->depth && i < STACK_DEPTH; i++) {
		symbols_name(symbols, stack->addr[i], name, sizeof(name));
		failed |= json_array_append_new(array, json_text(name)) != 0;
	}
	if (failed) {
		json_decref(array);
		return NULL;
	}
	return array;
}

static json_t *cpu_waits_json(struct writer *w, const struct pool *pool,
			      const struct area *area)
{
	json_t *array;

	if (!area->waits_by_cpu)
		return json_null();
	array = json_array();
	for (unsigned int i = 0; i < area->nr_cpu_waits; i++) {
		const struct waits *waits = &area->cpu_waits[i].waits;
		unsigned int number = area->cpu_waits[i].cpu;
		json_t *cpu;

		if (!waits->contended)
			continue;
		cpu = json_object();
		set(w, cpu, "cpu", integer(number));
		set(w, cpu, "home",
		    json_boolean(area_is_home(pool, area, number)));
		set(w, cpu, "contended", integer(waits->contended));
		set(w, cpu, "total_ns", integer(waits->total_ns));
		set(w, cpu, "max_ns", integer(waits->max_ns));
		add(w, array, cpu);
	}
	return array;
}

static json_t *cpu_holds_json(struct writer *w, const struct pool *pool,
			      const struct area *area)
{
	json_t *array;

	if (!area->holds_by_cpu)
		return json_null();
	array = json_array();
	for (unsigned int i = 0; i < area->nr_cpu_holds; i++) {
		const struct holds *holds = &area->cpu_holds[i].holds;
		unsigned int number = area->cpu_holds[i].cpu;
		json_t *cpu;

		if (!holds->acquisitions && !holds->waiters)
			continue;
		cpu = json_object();
		set(w, cpu, "cpu", integer(number));
		set(w, cpu, "home",
		    json_boolean(area_is_home(pool, area, number)));
		set(w, cpu, "acquisitions", integer(holds->acquisitions));
		set(w, cpu, "total_ns", integer(holds->total_ns));
		set(w, cpu, "max_ns", integer(holds->max_ns));
		set(w, cpu, "waiters", integer(holds->waiters));
		set(w, cpu, "waited_ns", integer(holds->waited_ns));
		add(w, array, cpu);
	}
	return array;
}

static json_t *area_json(struct writer *w, const struct pool *pool,
			 const struct area *area)
{
	const struct subject subject = {
		.snap = w->snap,
		.pool = pool,
		.area = area,
	};
	bool locks = !snapshot_level_missing(w->snap, LEVEL_LOCKS);
	bool holds = !snapshot_level_missing(w->snap, LEVEL_HOLDS);
	json_t *object = json_object();

	set(w, object, "index", integer(area->index));
	place_metrics(w, object, SCOPE_AREA, &subject);
	place(w, object, "lock.wait_ns.histogram",
	      locks ? histogram_json(w, &area->locks.wait) : json_null());
	place(w, object, "lock.cpus",
	      locks ? cpu_waits_json(w, pool, area) : json_null());
	place(w, object, "lock.hold_ns.histogram",
	      holds ? histogram_json(w, &area->holds.hold) : json_null());
	place(w, object, "lock.holders",
	      holds ? cpu_holds_json(w, pool, area) : json_null());
	return object;
}

static json_t *pool_json(struct writer *w, const struct pool *pool)
{
	const struct subject subject = { .snap = w->snap, .pool = pool };
	json_t *object = json_object(), *areas = json_array();

	set(w, object, "id", json_integer(pool->id));
	set(w, object, "name", json_text(pool->name));
	set(w, object, "kind", json_string(pool_kind_name(pool->kind)));
	set(w, object, "device", json_text_or_null(pool->device));
	set(w, object, "parent",
	    pool->parent_id < 0 ? json_null() : json_integer(pool->parent_id));
	set(w, object, "slot_bytes", integer(SLOT_BYTES));
	set(w, object, "has_blocks", json_boolean(pool->blocks_known));
	set(w, object, "stale", json_boolean(pool->stale));
	place_metrics(w, object, SCOPE_POOL, &subject);
	for (unsigned int i = 0; i < pool->nr_areas; i++)
		add(w, areas, area_json(w, pool, &pool->areas[i]));
	set(w, object, "areas", areas);
	return object;
}

static json_t *pools_json(struct writer *w)
{
	json_t *array = json_array();

	for (size_t i = 0; i < w->snap->nr_pools; i++)
		add(w, array, pool_json(w, &w->snap->pools[i]));
	return array;
}

static json_t *pool_id(int id)
{
	return id < 0 ? json_null() : json_integer(id);
}

static json_t *owner_json(struct writer *w, const struct block_owner *owner)
{
	json_t *object = json_object();

	set(w, object, "device", json_text_or_null(owner->device));
	set(w, object, "device_gone", json_boolean(owner->device_gone));
	set(w, object, "in_window", json_boolean(owner->in_window));
	set(w, object, "pool", pool_id(owner->pool_id));
	set(w, object, "area", integer(owner->area));
	set(w, object, "first_block", integer(owner->first_block));
	set(w, object, "blocks", integer(owner->blocks));
	set(w, object, "areas",
	    owner->areas ? integer(owner->areas) : json_null());
	set(w, object, "bytes",
	    integer((uint64_t)owner->blocks * BLOCK_SLOTS * SLOT_BYTES));
	set(w, object, "age_seconds",
	    owner->age_known ? seconds(owner->age_ns) : json_null());
	set(w, object, "stack", json_stack(&owner->stack, w->symbols));
	return object;
}

static json_t *owners_json(struct writer *w)
{
	json_t *array;

	if (!snapshot_blocks_known(w->snap))
		return json_null();
	array = json_array();
	for (size_t i = 0; i < w->snap->nr_owners; i++)
		add(w, array, owner_json(w, &w->snap->owners[i]));
	return array;
}

static json_t *device_json(struct writer *w, const struct device *device)
{
	const struct subject subject = { .snap = w->snap, .device = device };
	json_t *object = json_object();

	set(w, object, "name", json_text(device->name));
	set(w, object, "gone", json_boolean(device->gone));
	set(w, object, "pool", pool_id(device->pool_id));
	place_metrics(w, object, SCOPE_DEVICE, &subject);
	set(w, object, "lifetime_ns", histogram_json(w, &device->lifetime));
	set(w, object, "size_bytes", histogram_json(w, &device->size));
	return object;
}

static json_t *devices_json(struct writer *w)
{
	json_t *array;

	if (snapshot_level_missing(w->snap, LEVEL_MAPPINGS))
		return json_null();
	array = json_array();
	for (size_t i = 0; i < w->snap->nr_devices; i++)
		add(w, array, device_json(w, &w->snap->devices[i]));
	return array;
}

static json_t *caller_json(struct writer *w, const struct wait_caller *caller)
{
	json_t *object = json_object();

	set(w, object, "pool", pool_id(caller->pool_id));
	set(w, object, "area",
	    caller->pool_id < 0 ? json_null() : integer(caller->area));
	set(w, object, "op", json_string(wait_op_name(caller->op)));
	set(w, object, "device", json_text_or_null(caller->device));
	set(w, object, "contended", integer(caller->waits.contended));
	place(w, object, "wait_ns.total", integer(caller->waits.total_ns));
	place(w, object, "wait_ns.max", integer(caller->waits.max_ns));
	place(w, object, "wait_ns.histogram",
	      histogram_json(w, &caller->waits.wait));
	set(w, object, "stack", json_stack(&caller->stack, w->symbols));
	return object;
}

static json_t *callers_json(struct writer *w)
{
	json_t *array;

	if (snapshot_level_missing(w->snap, LEVEL_CALLERS) ||
	    snapshot_level_missing(w->snap, LEVEL_LOCKS))
		return json_null();
	array = json_array();
	for (size_t i = 0; i < w->snap->nr_callers; i++)
		add(w, array, caller_json(w, &w->snap->callers[i]));
	return array;
}

static json_t *group_json(struct writer *w, const struct mapping_group *group)
{
	json_t *object = json_object();

	set(w, object, "device", json_text_or_null(group->device));
	set(w, object, "pool", pool_id(group->pool_id));
	set(w, object, "count", integer(group->count));
	set(w, object, "bytes", integer(group->bytes));
	set(w, object, "leaked", json_boolean(group->leak != LEAK_NONE));
	set(w, object, "leak_reason",
	    group->leak ? json_text(leak_reason_name(group->leak))
			: json_null());
	set(w, object, "oldest_seconds",
	    group->age_known ? seconds(group->oldest_ns) : json_null());
	set(w, object, "stack", json_stack(&group->stack, w->symbols));
	return object;
}

static json_t *groups_json(struct writer *w)
{
	json_t *array;

	if (!w->snap->mappings.counted)
		return json_null();
	array = json_array();
	for (size_t i = 0; i < w->snap->nr_live_groups; i++)
		add(w, array, group_json(w, &w->snap->live_groups[i]));
	return array;
}

static json_t *kernel_json(struct writer *w)
{
	const struct kernel_info *kernel = &w->snap->kernel;
	const char *preemption = preemption_name(kernel->preemption);
	json_t *object = json_object();

	set(w, object, "release", json_text(kernel->release));
	set(w, object, "arch", json_text(kernel->arch));
	set(w, object, "layout", json_text(kernel->layout));
	set(w, object, "cpus", integer(kernel->cpus));
	set(w, object, "boot_args", json_text(kernel->boot_args));
	set(w, object, "preemption",
	    preemption ? json_string(preemption) : json_null());
	return object;
}

/* As RFC 3339 has it, in UTC, to the microsecond. */
static json_t *time_json(uint64_t ns)
{
	time_t whole = (time_t)(ns / NS_PER_SEC);
	char date[32], full[64];
	struct tm tm;

	gmtime_r(&whole, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(full, sizeof(full), "%s.%06uZ", date,
		 (unsigned int)(ns % NS_PER_SEC / NS_PER_US));
	return json_string(full);
}

static json_t *command_json(struct writer *w)
{
	json_t *array;

	if (!w->snap->window.command)
		return json_null();
	array = json_array();
	for (char **word = w->snap->window.command; *word; word++)
		add(w, array, json_text(*word));
	return array;
}

static json_t *window_json(struct writer *w)
{
	const struct window *window = &w->snap->window;
	json_t *object = json_object();

	set(w, object, "start", time_json(window->start_ns));
	set(w, object, "seconds", seconds(window->duration_ns));
	set(w, object, "ended", json_boolean(window->ended));
	set(w, object, "interrupted", json_boolean(window->interrupted));
	set(w, object, "command", command_json(w));
	set(w, object, "exit_status",
	    window->command && window->exit_status >= 0
		    ? json_integer(window->exit_status)
		    : json_null());
	return object;
}

static json_t *levels_json(struct writer *w, unsigned int levels)
{
	json_t *array = json_array();

	for (unsigned int i = 0; i < level_count; i++)
		if (levels & level_table[i].level)
			add(w, array, json_string(level_table[i].name));
	return array;
}

static json_t *probes_json(struct writer *w)
{
	json_t *array = json_array();

	for (size_t i = 0; i < w->snap->nr_hooks; i++) {
		const struct hook *hook = &w->snap->hooks[i];
		json_t *object = json_object();

		set(w, object, "name", json_text(hook->name));
		set(w, object, "target", json_text_or_null(hook->target));
		set(w, object, "state",
		    json_string(hook_state_name(hook->state)));
		set(w, object, "partial", json_boolean(hook->partial));
		set(w, object, "reason", json_text_or_null(hook->reason));
		add(w, array, object);
	}
	return array;
}

static json_t *causes_json(struct writer *w)
{
	json_t *object = json_object();

	for (size_t i = 0; i < w->snap->nr_losses; i++)
		set(w, object, w->snap->losses[i].cause,
		    integer(w->snap->losses[i].count));
	return object;
}

static json_t *tables_json(struct writer *w)
{
	json_t *array = json_array();

	for (size_t i = 0; i < w->snap->nr_tables; i++) {
		const struct table *table = &w->snap->tables[i];
		json_t *object = json_object();

		set(w, object, "concern", json_string(table->concern));
		set(w, object, "name", json_text(table->name));
		set(w, object, "bytes", integer(table->bytes));
		set(w, object, "grows", json_boolean(table->grows));
		add(w, array, object);
	}
	return array;
}

static json_t *findings_json(struct writer *w, const struct findings *findings)
{
	json_t *array = json_array();

	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->list[i];
		json_t *object = json_object();

		set(w, object, "id", json_string(finding->id));
		set(w, object, "severity",
		    json_string(severity_name(finding->severity)));
		set(w, object, "pool", pool_id(finding->pool_id));
		set(w, object, "text", json_text(finding->text));
		set(w, object, "advice", json_text(finding->advice));
		add(w, array, object);
	}
	return array;
}

json_t *json_tool(void)
{
	return json_pack("{s:s, s:s}", "name", "swiotlb", "version",
			 SWIOTLB_VERSION);
}

static json_t *report_json(struct writer *w, const struct findings *findings)
{
	const struct subject subject = { .snap = w->snap };
	char verdict[FINDING_TEXT_LEN];
	json_t *root = json_object();

	findings_verdict(w->snap, findings, verdict, sizeof(verdict));
	set(w, root, "schema", json_string(REPORT_SCHEMA));
	set(w, root, "tool", json_tool());
	set(w, root, "verdict", json_text(verdict));
	set(w, root, "kernel", kernel_json(w));
	set(w, root, "window", window_json(w));
	set(w, root, "levels", levels_json(w, w->snap->levels));
	set(w, root, "probes", probes_json(w));
	set(w, root, "pools", pools_json(w));
	place_metrics(w, root, SCOPE_SYSTEM, &subject);
	place(w, root, "gone_pools.lock.wait_ns.histogram",
	      snapshot_level_missing(w->snap, LEVEL_LOCKS)
		      ? json_null()
		      : histogram_json(w, &w->snap->gone_waits.wait));
	place(w, root, "blocks.owners", owners_json(w));
	place(w, root, "mappings.groups", groups_json(w));
	set(w, root, "devices", devices_json(w));
	set(w, root, "wait_callers", callers_json(w));
	place(w, root, "loss.by_cause", causes_json(w));
	place(w, root, "tables.list", tables_json(w));
	set(w, root, "findings", findings_json(w, findings));
	return root;
}

json_t *json_report_root(const struct snapshot *snap,
			 const struct symbols *symbols)
{
	struct writer w = { .snap = snap, .symbols = symbols };
	struct findings findings;
	json_t *root;

	if (findings_evaluate(snap, &findings))
		return NULL;
	root = report_json(&w, &findings);
	findings_release(&findings);
	if (!w.failed)
		return root;
	json_decref(root);
	return NULL;
}

int json_write(json_t *root, enum json_style style, FILE *stream)
{
	int err = 0;

	if (!root)
		return -ENOMEM;
	if (json_dumpf(root, stream,
		       style == JSON_LINE ? JSON_COMPACT : JSON_INDENT(2)) ||
	    fputc('\n', stream) == EOF)
		err = -EIO;
	json_decref(root);
	return err;
}

int json_report(const struct snapshot *snap, const struct symbols *symbols,
		enum json_style style, FILE *stream)
{
	return json_write(json_report_root(snap, symbols), style, stream);
}
