/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/snapshot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/level.h"
#include "util/search.h"

const struct pool *snapshot_pool(const struct snapshot *snap, int id)
{
	for (size_t i = 0; i < snap->nr_pools; i++)
		if (snap->pools[i].id == id)
			return &snap->pools[i];
	return NULL;
}

const struct pool *snapshot_default_pool(const struct snapshot *snap)
{
	for (size_t i = 0; i < snap->nr_pools; i++)
		if (snap->pools[i].kind == POOL_DEFAULT)
			return &snap->pools[i];
	return NULL;
}

const struct hook *snapshot_hook(const struct snapshot *snap, const char *name)
{
	for (size_t i = 0; i < snap->nr_hooks; i++)
		if (!strcmp(snap->hooks[i].name, name))
			return &snap->hooks[i];
	return NULL;
}

uint64_t snapshot_loss_total(const struct snapshot *snap)
{
	uint64_t total = 0;

	for (size_t i = 0; i < snap->nr_losses; i++)
		total += snap->losses[i].count;
	return total;
}

uint64_t snapshot_table_bytes(const struct snapshot *snap, bool grows)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < snap->nr_tables; i++)
		if (snap->tables[i].grows == grows)
			bytes += snap->tables[i].bytes;
	return bytes;
}

bool snapshot_blocks_known(const struct snapshot *snap)
{
	for (size_t i = 0; i < snap->nr_pools; i++)
		if (snap->pools[i].blocks_known)
			return true;
	return false;
}

bool snapshot_has_gone_pools(const struct snapshot *snap)
{
	return snap->gone_waits.contended || snap->gone_holds.acquisitions;
}

uint64_t snapshot_orphaned_blocks(const struct snapshot *snap)
{
	uint64_t orphaned = 0;

	for (size_t i = 0; i < snap->nr_pools; i++)
		for (unsigned int j = 0; j < snap->pools[i].nr_areas; j++)
			orphaned += snap->pools[i].areas[j].blocks.orphaned;
	return orphaned;
}

uint64_t snapshot_stale_blocks(const struct snapshot *snap)
{
	uint64_t slots = 0;

	for (size_t i = 0; i < snap->nr_pools; i++)
		if (snap->pools[i].stale)
			slots += snap->pools[i].slots;
	return slots / BLOCK_SLOTS;
}

/* Why none of the hooks whose names begin so is attached; NULL if one is. */
static const char *hook_missing(const struct snapshot *snap,
				const char *beginning, size_t len)
{
	const char *reason = NULL;

	for (size_t i = 0; i < snap->nr_hooks; i++) {
		const struct hook *hook = &snap->hooks[i];

		if (strncmp(hook->name, beginning, len))
			continue;
		if (hook->state != HOOK_ABSENT)
			return NULL;
		if (!reason && *hook->reason)
			reason = hook->reason;
	}
	return reason ? reason : "this version has no probe for it";
}

/* The same of the first of several beginnings. */
static const char *hooks_missing(const struct snapshot *snap, const char *words)
{
	const char *reason = NULL;

	while (!reason && *words) {
		size_t len = strcspn(words, " ");

		reason = hook_missing(snap, words, len);
		words += len + strspn(words + len, " ");
	}
	return reason;
}

const char *snapshot_level_missing(const struct snapshot *snap,
				   unsigned int level)
{
	for (unsigned int i = 0; i < level_count; i++) {
		const struct level_info *info = &level_table[i];

		if (info->level != level)
			continue;
		return snap->levels & level ? hooks_missing(snap, info->hooks)
					    : info->not_asked;
	}
	return "no such level";
}

bool counter_known(uint64_t slots)
{
	return slots <= INT64_MAX;
}

int snapshot_add_losses(struct snapshot *snap, const struct loss *losses,
			size_t count)
{
	struct loss *grown = reallocarray(snap->losses, snap->nr_losses + count,
					  sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	snap->losses = grown;
	memcpy(grown + snap->nr_losses, losses, count * sizeof(*grown));
	snap->nr_losses += count;
	return 0;
}

void waits_add(struct waits *waits, const struct waits *other)
{
	waits->contended += other->contended;
	waits->total_ns += other->total_ns;
	if (other->max_ns > waits->max_ns)
		waits->max_ns = other->max_ns;
	histogram_add(&waits->wait, &other->wait);
	waits->tracepoint += other->tracepoint;
}

void holds_add(struct holds *holds, const struct holds *other)
{
	holds->acquisitions += other->acquisitions;
	holds->total_ns += other->total_ns;
	if (other->max_ns > holds->max_ns)
		holds->max_ns = other->max_ns;
	histogram_add(&holds->hold, &other->hold);
	holds->waiters += other->waiters;
	holds->waited_ns += other->waited_ns;
}

/* An entry for a CPU begins with its number. */
static uint64_t cpu_of(const void *entry)
{
	return *(const unsigned int *)entry;
}

/* An entry that was not there is all 0 but for its CPU. NULL: no memory. */
static void *cpu_entry(void **list, unsigned int *count, size_t size,
		       unsigned int cpu)
{
	size_t place = search_first(*list, *count, size, cpu_of, cpu);
	char *entry, *grown;

	if (place < *count) {
		entry = (char *)*list + place * size;
		if (*(unsigned int *)entry == cpu)
			return entry;
	}
	grown = reallocarray(*list, *count + 1, size);
	if (!grown)
		return NULL;
	*list = grown;
	entry = grown + place * size;
	memmove(entry + size, entry, (*count - place) * size);
	memset(entry, 0, size);
	*(unsigned int *)entry = cpu;
	++*count;
	return entry;
}

struct waits *area_cpu_waits(struct area *area, unsigned int cpu)
{
	void *list = area->cpu_waits;
	struct cpu_waits *entry =
		cpu_entry(&list, &area->nr_cpu_waits, sizeof(*entry), cpu);

	area->cpu_waits = list;
	return entry ? &entry->waits : NULL;
}

struct holds *area_cpu_holds(struct area *area, unsigned int cpu)
{
	void *list = area->cpu_holds;
	struct cpu_holds *entry =
		cpu_entry(&list, &area->nr_cpu_holds, sizeof(*entry), cpu);

	area->cpu_holds = list;
	return entry ? &entry->holds : NULL;
}

const struct waits *area_waits_of(const struct area *area, unsigned int cpu)
{
	size_t place = search_first(area->cpu_waits, area->nr_cpu_waits,
				    sizeof(*area->cpu_waits), cpu_of, cpu);

	return place < area->nr_cpu_waits && area->cpu_waits[place].cpu == cpu
		       ? &area->cpu_waits[place].waits
		       : NULL;
}

const struct holds *area_holds_of(const struct area *area, unsigned int cpu)
{
	size_t place = search_first(area->cpu_holds, area->nr_cpu_holds,
				    sizeof(*area->cpu_holds), cpu_of, cpu);

	return place < area->nr_cpu_holds && area->cpu_holds[place].cpu == cpu
		       ? &area->cpu_holds[place].holds
		       : NULL;
}

bool area_is_home(const struct pool *pool, const struct area *area,
		  unsigned int cpu)
{
	return (cpu & (pool->nr_areas - 1)) == area->index;
}

bool area_foreign_waits(const struct pool *pool, const struct area *area,
			struct waits *waits)
{
	*waits = (struct waits){ 0 };
	for (unsigned int i = 0; i < area->nr_cpu_waits; i++)
		if (!area_is_home(pool, area, area->cpu_waits[i].cpu))
			waits_add(waits, &area->cpu_waits[i].waits);
	return area->waits_by_cpu;
}

bool area_foreign_holds(const struct pool *pool, const struct area *area,
			struct holds *holds)
{
	*holds = (struct holds){ 0 };
	for (unsigned int i = 0; i < area->nr_cpu_holds; i++)
		if (!area_is_home(pool, area, area->cpu_holds[i].cpu))
			holds_add(holds, &area->cpu_holds[i].holds);
	return area->holds_by_cpu;
}

bool stack_same(const struct stack *a, const struct stack *b)
{
	return a->depth == b->depth &&
	       !memcmp(a->addr, b->addr, a->depth * sizeof(*a->addr));
}

bool caller_same(const struct wait_caller *a, const struct wait_caller *b)
{
	return a->pool_id == b->pool_id && a->area == b->area &&
	       a->op == b->op && !strcmp(a->device, b->device) &&
	       stack_same(&a->stack, &b->stack);
}

static int longer_waits(const void *a, const void *b)
{
	const struct wait_caller *left = a, *right = b;

	if (left->waits.total_ns != right->waits.total_ns)
		return left->waits.total_ns > right->waits.total_ns ? -1 : 1;
	return 0;
}

void callers_sort(struct wait_caller *callers, size_t count)
{
	if (count)
		qsort(callers, count, sizeof(*callers), longer_waits);
}

const char *wait_op_name(enum wait_op op)
{
	switch (op) {
	case WAIT_MAP:
		return "map";
	case WAIT_UNMAP:
		return "unmap";
	case WAIT_OTHER:
		break;
	}
	return "other";
}

const char *pool_kind_name(enum pool_kind kind)
{
	switch (kind) {
	case POOL_DEFAULT:
		return "default";
	case POOL_RESTRICTED:
		return "restricted";
	case POOL_DEVICE:
		return "device";
	case POOL_DYNAMIC:
		return "dynamic";
	case POOL_TRANSIENT:
		return "transient";
	}
	return "unknown";
}

bool pool_is_own(enum pool_kind kind)
{
	return kind == POOL_DEVICE || kind == POOL_RESTRICTED;
}

const char *leak_reason_name(enum leak_reason reason)
{
	static const char *const names[] = { NULL, "device_gone",
					     "memory_freed" };

	return names[reason];
}

const char *hook_state_name(enum hook_state state)
{
	switch (state) {
	case HOOK_STATE:
		return "state";
	case HOOK_FENTRY:
		return "fentry";
	case HOOK_FEXIT:
		return "fexit";
	case HOOK_SESSION:
		return "kprobe.session";
	case HOOK_MULTI:
		return "kprobe.multi";
	case HOOK_RETURN_MULTI:
		return "kretprobe.multi";
	case HOOK_KPROBE:
		return "kprobe";
	case HOOK_KRETPROBE:
		return "kretprobe";
	case HOOK_TRACEPOINT:
		return "tracepoint";
	case HOOK_ABSENT:
		return "absent";
	}
	return "unknown";
}

/* The sum of areas, which says nothing once one of them is unknown. */
static void finish_pool(struct pool *pool)
{
	uint64_t slots = 0, used = 0;
	bool known = true;

	if (!pool->nr_areas)
		return;
	for (unsigned int i = 0; i < pool->nr_areas; i++) {
		struct area *area = &pool->areas[i];

		slots += area->slots;
		used += area->used;
		if (!counter_known(area->used))
			known = false;
		else if (area->used_peak < area->used)
			area->used_peak = area->used;
	}
	pool->slots = slots;
	pool->used = known ? used : UINT64_MAX;
	if (known && pool->used_peak < used)
		pool->used_peak = used;
}

void snapshot_reset_peaks(struct snapshot *snap)
{
	for (size_t i = 0; i < snap->nr_pools; i++) {
		struct pool *pool = &snap->pools[i];

		pool->used_peak = counter_known(pool->used) ? pool->used : 0;
		for (unsigned int j = 0; j < pool->nr_areas; j++) {
			struct area *area = &pool->areas[j];

			area->used_peak =
				counter_known(area->used) ? area->used : 0;
		}
	}
}

static void finish_blocks(struct snapshot *snap)
{
	struct block_totals *totals = &snap->blocks;

	totals->live = 0;
	totals->unreclaimed = 0;
	totals->list_errors = 0;
	for (size_t i = 0; i < snap->nr_pools; i++) {
		const struct pool *pool = &snap->pools[i];

		for (unsigned int j = 0; j < pool->nr_areas; j++) {
			const struct area_blocks *b = &pool->areas[j].blocks;

			totals->live += b->allocated;
			totals->unreclaimed += b->unreclaimed;
			totals->list_errors += b->list_errors;
		}
	}
}

static void finish_block_leaks(struct snapshot *snap)
{
	snap->blocks.leaked = snapshot_orphaned_blocks(snap);
	for (size_t i = 0; snap->window.ended && i < snap->nr_owners; i++) {
		const struct block_owner *owner = &snap->owners[i];

		/* Those whose device is gone are among the orphaned. */
		if (owner->in_window && !owner->device_gone)
			snap->blocks.leaked += owner->blocks;
	}
}

static void leaks_of_device(const struct snapshot *snap, struct device *device)
{
	device->totals.leaked = 0;
	for (size_t i = 0; i < snap->nr_live_groups; i++) {
		const struct mapping_group *group = &snap->live_groups[i];

		if (group->leak && group->device_key == device->key)
			device->totals.leaked += group->count;
	}
}

static void finish_mapping_leaks(struct snapshot *snap)
{
	struct mapping_totals *sum = &snap->mappings;

	if (!sum->counted)
		return;
	sum->leaked = 0;
	for (size_t i = 0; i < snap->nr_live_groups; i++)
		if (snap->live_groups[i].leak)
			sum->leaked += snap->live_groups[i].count;
	for (size_t i = 0; i < snap->nr_devices; i++)
		leaks_of_device(snap, &snap->devices[i]);
}

static void finish_device_waits(struct snapshot *snap)
{
	for (size_t i = 0; i < snap->nr_devices; i++) {
		struct device *device = &snap->devices[i];

		device->waits = (struct waits){ 0 };
		for (size_t j = 0; j < snap->nr_callers; j++)
			if (!device->gone &&
			    !strcmp(device->name, snap->callers[j].device))
				waits_add(&device->waits,
					  &snap->callers[j].waits);
	}
}

void snapshot_finish(struct snapshot *snap)
{
	for (size_t i = 0; i < snap->nr_pools; i++)
		finish_pool(&snap->pools[i]);
	finish_blocks(snap);
	finish_block_leaks(snap);
	finish_mapping_leaks(snap);
	finish_device_waits(snap);
}
