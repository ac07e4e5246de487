// SPDX-License-Identifier: GPL-2.0-only
#include "probes/session.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <link.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "model/event.h"
#include "model/level.h"
#include "model/stacks.h"
#include "probes/audit.h"
#include "probes/block_state.h"
#include "probes/blocks.h"
#include "probes/dma_devices.h"
#include "probes/holds.h"
#include "probes/kernel.h"
#include "probes/kernel_log.h"
#include "probes/locks.h"
#include "probes/mappings.h"
#include "probes/pool_state.h"
#include "probes/pools.h"
#include "probes/tables.h"
#include "probes/trace.h"
#include "util/clock.h"
#include "util/errors.h"
#include "util/log.h"
#include "util/symbols.h"

/* All collectors; a new one is a row here. */
static const struct collector *const collectors[] = {
	&locks_collector,    &holds_collector, &blocks_collector,
	&mappings_collector, &audit_collector, &trace_collector,
};

#define COLLECTORS (sizeof(collectors) / sizeof(*collectors))

/*
 * How often a sample visits all devices for pools; there may be many devices
 * thousand; a pool of a device is no news of less than that.
 */
#define WALK_INTERVAL_NS 1000000000ull

/**
 * struct running - the state of a collector
 * @levels: levels it is attached for; 0 = none
 * @self: what its create() returned
 * @hooks: its attached hooks
 */
struct running {
	unsigned int levels;
	void *self;
	struct hooks *hooks;
};

struct session {
	unsigned int levels;
	struct session_options options;
	uint64_t walked_ns;
	struct pools *pools;
	struct dma_devices *dma;
	struct kernel_log *log;
	struct running running[COLLECTORS];
	int timing_fd;
};

__attribute__((format(printf, 2, 0))) static int
log_libbpf(enum libbpf_print_level level, const char *format, va_list args)
{
	char *text, *rest, *line;

	/* Its warnings are details of what we explain ourselves. */
	if (level == LIBBPF_DEBUG || !log_verbose())
		return 0;
	if (vasprintf(&text, format, args) < 0)
		return 0;
	rest = text;
	while ((line = strsep(&rest, "\n")))
		if (*line)
			log_debug("%s", line);
	free(text);
	return 0;
}

static void stop_collector(const struct collector *collector,
			   struct running *running)
{
	hooks_stop(running->hooks);
	if (running->self)
		collector->destroy(running->self);
	memset(running, 0, sizeof(*running));
}

static int start_collector(struct session *session,
			   const struct collector *collector,
			   struct running *running, unsigned int levels)
{
	int error;

	running->self = collector->create(session->pools, &session->options);
	if (!running->self)
		return -ENOMEM;
	error = hooks_start(&running->hooks, &collector->table,
			    &collector->object, running->self, levels);
	/* What was mapped until now may be in pools that have come meanwhile.
	 */
	if (!error && collector->pools_changed)
		error = pools_refresh(session->pools, true);
	if (!error && collector->pools_changed)
		error = collector->pools_changed(running->self, session->pools);
	if (error) {
		log_error("cannot watch %s: %s; run `swiotlb doctor`, or again "
			  "with -v",
			  collector->name, error_text(error));
		stop_collector(collector, running);
		return error;
	}
	running->levels = levels;
	return 0;
}

/*
 * The kernel's types are several MiB a copy. malloc() maps such blocks and
 * unmaps them when they are freed, but not all of them any more once it has
 * seen one freed, unless its threshold is set (mallopt(3)). What samples take
 * is not given back: the next one would have to get each page anew.
 */
static void set_up_memory(void)
{
#ifdef __GLIBC__
	mallopt(M_MMAP_THRESHOLD, 256 << 10);
	mallopt(M_TRIM_THRESHOLD, 1 << 20);
#endif
}

/*
 * Half of the program's file are the objects to load. Pages that are wanted
 * again are mapped again from the file, whose other parts can be written to and
 * are left alone. Return: 1, as the program itself comes first.
 */
static int unmap_pages(struct dl_phdr_info *program, size_t size, void *data)
{
	const uintptr_t page = sysconf(_SC_PAGESIZE);

	(void)size;
	(void)data;
	for (int i = 0; i < program->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &program->dlpi_phdr[i];
		const uintptr_t start = program->dlpi_addr + part->p_vaddr;
		const uintptr_t first = start & ~(page - 1);

		if (part->p_type == PT_LOAD && !(part->p_flags & PF_W))
			madvise((void *)first, start + part->p_memsz - first,
				MADV_DONTNEED);
	}
	return 1;
}

/* What is wanted only while programs are loaded, as the kernel's types are. */
static void give_back_memory(void)
{
	kernel_forget();
	dl_iterate_phdr(unmap_pages, NULL);
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}

int session_set_levels(struct session *session, unsigned int levels)
{
	for (size_t i = 0; i < COLLECTORS; i++) {
		struct running *running = &session->running[i];
		unsigned int wanted = collectors[i]->levels & levels;
		int error;

		if (running->levels == wanted)
			continue;
		stop_collector(collectors[i], running);
		if (!wanted)
			continue;
		error = start_collector(session, collectors[i], running,
					wanted);
		if (error)
			return error;
	}
	session->levels = levels;
	give_back_memory();
	return 0;
}

int session_open(struct session **out, const struct session_options *options)
{
	struct session *session = calloc(1, sizeof(*session));
	int error;

	if (!session)
		return -ENOMEM;
	session->options = *options;
	session->timing_fd = -1;
	libbpf_set_print(log_libbpf);
	set_up_memory();
	error = kernel_check();
	if (!error) {
		/* Before hooks count what it will have of the window. */
		session->log = kernel_log_open();
		error = session->log ? 0 : -ENOMEM;
	}
	/* Names are read when a stack is shown, privileges may be gone then. */
	symbols_keep();
	/* While the kernel's types are in memory. */
	if (!error)
		kernel_preemption();
	if (!error)
		kernel_boot_request();
	if (!error)
		error = pools_start(&session->pools, options->tolerant);
	if (!error) {
		session->dma = dma_devices_start(session->pools);
		error = session->dma ? 0 : -ENOMEM;
	}
	if (!error)
		error = session_set_levels(session, options->levels);
	if (error) {
		session_close(session);
		return error;
	}
	*out = session;
	return 0;
}

void session_close(struct session *session)
{
	if (!session)
		return;
	for (size_t i = 0; i < COLLECTORS; i++)
		stop_collector(collectors[i], &session->running[i]);
	dma_devices_stop(session->dma);
	pools_stop(session->pools);
	kernel_log_close(session->log);
	kernel_forget();
	session_time_programs(session, false);
	free(session);
}

int session_time_programs(struct session *session, bool on)
{
	if (on && session->timing_fd < 0) {
		session->timing_fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
		if (session->timing_fd < 0)
			return -errno;
	} else if (!on && session->timing_fd >= 0) {
		close(session->timing_fd);
		session->timing_fd = -1;
	}
	return 0;
}

static int follow_pools(struct session *session)
{
	for (size_t i = 0; i < COLLECTORS; i++) {
		struct running *running = &session->running[i];
		int error;

		if (!running->self || !collectors[i]->pools_changed)
			continue;
		error = collectors[i]->pools_changed(running->self,
						     session->pools);
		if (error)
			return error;
	}
	return 0;
}

static int poll_collectors(struct session *session)
{
	int error = 0;

	for (size_t i = 0; i < COLLECTORS && !error; i++)
		if (session->running[i].self && collectors[i]->poll)
			error = collectors[i]->poll(session->running[i].self);
	return error;
}

int session_sample(struct session *session)
{
	uint64_t now = monotonic_ns();
	bool all_devices = now - session->walked_ns >= WALK_INTERVAL_NS;
	int error = pools_refresh(session->pools, all_devices);

	if (all_devices)
		session->walked_ns = now;
	if (!error)
		error = follow_pools(session);
	return error ? error : poll_collectors(session);
}

void session_reset_peaks(struct session *session)
{
	pools_reset_peaks(session->pools);
}

static int describe_hooks(struct session *session, struct snapshot *snap)
{
	unsigned int count = 1;

	for (size_t i = 0; i < COLLECTORS; i++)
		count += hooks_count(session->running[i].hooks);
	snap->hooks = calloc(count, sizeof(*snap->hooks));
	if (!snap->hooks)
		return -ENOMEM;
	pools_describe(session->pools, &snap->hooks[0]);
	snap->nr_hooks = 1;
	for (size_t i = 0; i < COLLECTORS; i++)
		snap->nr_hooks += hooks_describe(session->running[i].hooks,
						 &snap->hooks[snap->nr_hooks]);
	return 0;
}

/* @collector: NULL for the state, which is always there */
static int add_tables(struct snapshot *snap, struct bpf_object *object,
		      const struct collector *collector, void *self)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object)
	{
		int done = 0;

		if (collector && collector->describe_map)
			done = collector->describe_map(self, map, snap);
		if (!done)
			done = snapshot_add_map(
				snap, collector ? collector->name : "state",
				map);
		if (done < 0)
			return done;
	}
	return 0;
}

static int read_tables(struct session *session, struct snapshot *snap)
{
	int error = add_tables(snap, pools_object(session->pools), NULL, NULL);

	for (size_t i = 0; i < COLLECTORS && !error; i++)
		if (session->running[i].self)
			error = add_tables(
				snap, hooks_object(session->running[i].hooks),
				collectors[i], session->running[i].self);
	return error;
}

static int read_state_losses(struct session *session, struct snapshot *snap)
{
	const struct loss causes[] = {
		{ "pools.walk_torn",
		  "device lists that changed faster than they could be walked",
		  EVENT_POOL, pools_torn(session->pools) },
		{ "pools.too_many", "pools without room in the table",
		  EVENT_POOL, pools_too_many(session->pools) },
	};

	return snapshot_add_losses(snap, causes,
				   sizeof(causes) / sizeof(*causes));
}

static int read_all(struct session *session, struct snapshot *snap)
{
	int error;

	/* It visits all devices. */
	session->walked_ns = monotonic_ns();
	error = pool_state_read(session->pools, snap);

	if (!error)
		error = block_state_read(session->pools,
					 pools_reader(session->pools), snap);
	if (!error)
		error = follow_pools(session);
	for (size_t i = 0; i < COLLECTORS && !error; i++)
		if (session->running[i].self)
			error = collectors[i]->read(session->running[i].self,
						    session->pools, snap);
	if (!error)
		error = dma_devices_read(session->dma, snap);
	if (!error)
		error = kernel_log_read(session->log, snap);
	if (!error)
		error = describe_hooks(session, snap);
	if (!error)
		error = read_state_losses(session, snap);
	if (!error)
		error = read_tables(session, snap);
	return error;
}

int session_snapshot(struct session *session, struct snapshot *snap)
{
	int error;

	memset(snap, 0, sizeof(*snap));
	snap->window.exit_status = -1;
	kernel_describe(&snap->kernel);
	snap->boot = *kernel_boot_request();
	pools_layout_text(session->pools, snap->kernel.layout,
			  sizeof(snap->kernel.layout));
	snap->kernel.pools_grow = pools_request(session->pools)->can_grow;
	snap->levels = session->levels;
	error = read_all(session, snap);
	snap->taken_ns = monotonic_ns();
	snap->realtime_ns = realtime_ns();
	snap->boottime_ns = boottime_ns();
	if (!error && snapshot_has_stacks(snap))
		error = snapshot_name_stacks(snap, symbols_kernel(NULL));
	if (error) {
		snapshot_release(snap);
		log_error("cannot read the state of the pools: %s",
			  error_text(error));
		return error;
	}
	return 0;
}
