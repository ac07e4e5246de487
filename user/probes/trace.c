// SPDX-License-Identifier: GPL-2.0-only
#include "probes/trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "include/calls.h"
#include "include/trace.h"
#include "model/event.h"
#include "model/level.h"
#include "probes/kernel.h"
#include "probes/lock_list.h"
#include "probes/trace_areas.h"
#include "probes/trace_rings.h"
#include "trace.skel.h"
#include "util/clock.h"
#include "util/units.h"

_Static_assert((int)TRACE_MAP == (int)REQUEST_MAP &&
		       (int)TRACE_UNMAP == (int)REQUEST_UNMAP,
	       "one list of kinds");

#define MAP	   "swiotlb_tbl_map_single"
#define UNMAP	   "swiotlb_tbl_unmap_single"
#define UNLOCK	   "_raw_spin_unlock_irqrestore"
#define HOOK_ORDER "trace.order"
#define HOOK_UNMAP "trace.unmap"
#define HOOK_MAP   "trace.map"
#define NEEDS                                                                  \
	"requests are not traced; needs BTF, and BPF trampolines or kprobes"

/* Releases are seen before the requests that they put in order. */
static const struct hook_row rows[] = {
	{
		.name = HOOK_ORDER,
		.level = LEVEL_TRACE,
		.missing = "requests are in the order of their ends, not of the area locks; needs BPF trampolines, and a kernel that does not inline " UNLOCK,
		.candidates = {
			CANDIDATE_FOR(spinlocks_spin, FENTRY, UNLOCK, "unlock_fentry"),
		},
	},
	{
		.name = HOOK_UNMAP,
		.level = LEVEL_TRACE,
		.missing = NEEDS,
		.required = true,
		.preemptible = true,
		.candidates = {
			CANDIDATE(FEXIT, "__" UNMAP, "unmap_fexit"),
			CANDIDATE(FEXIT, UNMAP, "unmap_fexit"),
			CANDIDATE_FOR(kernel_has_session, SESSION, "__" UNMAP, "unmap_session"),
			CANDIDATE(RETURN_MULTI, "__" UNMAP, "unmap_kprobe", "unmap_kretprobe"),
			CANDIDATE(RETURN_MULTI, UNMAP, "unmap_kprobe", "unmap_kretprobe"),
			CANDIDATE(KRETPROBE, "__" UNMAP, "unmap_kprobe", "unmap_kretprobe"),
			CANDIDATE(KRETPROBE, UNMAP, "unmap_kprobe", "unmap_kretprobe"),
		},
	},
	{
		.name = HOOK_MAP,
		.level = LEVEL_TRACE,
		.missing = NEEDS,
		.required = true,
		.preemptible = true,
		.candidates = {
			CANDIDATE_ARGS(6, FEXIT, MAP, "map_fexit_6"),
			CANDIDATE_IF(kernel_maps_physical, FEXIT, "swiotlb_map", "map_fexit_direct"),
			CANDIDATE_ARGS(7, FEXIT, MAP, "map_fexit_7"),
			CANDIDATE_FOR(kernel_has_session, SESSION, MAP, "map_session"),
			CANDIDATE(RETURN_MULTI, MAP, "map_kprobe", "map_kretprobe"),
			CANDIDATE(KRETPROBE, MAP, "map_kprobe", "map_kretprobe"),
		},
	},
};

/*
 * Requests that a sample has at most: 20 MiB of text. Any more since the sample
 * before are lost.
 */
#define REQUESTS_MAX (1u << 18)

/* An index is 16 bits wide. */
#define DEVICES_LIMIT 65536u

/*
 * What is younger is left for the next time: a request of another CPU that is
 * older may not be in its ring yet.
 */
#define GRACE_NS (10 * NS_PER_MS)

/*
 * So long the request of a missing turn is awaited: its task may have been
 * preempted at the end of it.
 */
#define AWAIT_NS NS_PER_SEC

/* Locks were registered a moment after programs were attached. */
#define BEGIN_NS (100 * NS_PER_MS)

/**
 * struct traced_request - a request that is not given on yet
 * @request: it
 * @area: index of its area in struct trace_areas; UINT32_MAX = not known
 */
struct traced_request {
	struct request request;
	uint32_t area;
};

#define NO_AREA UINT32_MAX

/**
 * struct named_device - a device that made requests
 * @address: its address
 * @fresh: it was described since the sample before
 * @shown: what a sample says of it
 */
struct named_device {
	uint64_t address;
	bool fresh;
	struct trace_device shown;
};

/**
 * struct tracer - the collector
 * @skel: the programs
 * @pools: the pools
 * @hooks: what is attached
 * @counts_only: requests are counted, and not kept
 * @rings: where requests come from
 * @areas: pools and areas
 * @begin_ns: when it began, CLOCK_MONOTONIC; 0 = it has not
 * @begin: what CPUs had done then
 * @early: requests that began before that, by kind
 * @waiting: requests that are not given on yet
 * @nr_waiting: how many
 * @max_waiting: room for them
 * @merges: how often requests were merged
 * @lost_ns: when the last loss was found: turns may never come; 0 = none was
 * @ready: requests of the next sample
 * @nr_ready: how many
 * @devices: that made requests; indices stay
 * @nr_devices: how many
 * @last: place of the one that was looked for last
 * @held: requests that a sample had no room for
 * @homeless: requests in no pool that is followed
 * @unordered: requests given on without a turn
 * @told_lost: those lost up to the sample before
 * @told_unordered: likewise
 */
struct tracer {
	struct trace_bpf *skel;
	struct pools *pools;
	const struct hooks *hooks;
	bool counts_only;
	struct trace_rings rings;
	struct trace_areas areas;
	uint64_t begin_ns;
	struct trace_cpu begin;
	uint64_t early[2];
	struct traced_request *waiting;
	size_t nr_waiting;
	size_t max_waiting;
	uint64_t merges;
	uint64_t lost_ns;
	struct request *ready;
	size_t nr_ready;
	struct named_device *devices;
	size_t nr_devices;
	size_t last;
	uint64_t held;
	uint64_t homeless;
	uint64_t unordered;
	uint64_t told_lost;
	uint64_t told_unordered;
};

static int tracer_open(void *self, struct bpf_object **object)
{
	struct tracer *tracer = self;

	tracer->skel = trace_bpf__open_opts(kernel_open_options());
	if (!tracer->skel)
		return -errno;
	*object = tracer->skel->obj;
	return 0;
}

/* Pools that come later need room as well. */
static uint32_t lock_room(struct pools *pools)
{
	const struct known_pool *known;
	uint32_t areas = 0;
	size_t count;

	known = pools_known(pools, &count);
	for (size_t i = 0; i < count; i++)
		areas += known[i].record.areas;
	return areas + 1024;
}

static int tracer_prepare(void *self)
{
	struct tracer *tracer = self;
	struct trace_bpf *skel = tracer->skel;
	int bits = trace_rings_size(skel->maps.rings, skel->maps.trace_cpus);

	if (bits < 0)
		return bits;
	skel->rodata->ring_bits = (uint32_t)bits;
	skel->rodata->ring_mask = (1u << bits) - 1;
	skel->rodata->map_has_alloc_size = kernel_has_function_args(MAP, 7);
	return bpf_map__set_max_entries(skel->maps.trace_locks,
					lock_room(tracer->pools));
}

static int tracer_load(void *self)
{
	struct tracer *tracer = self;
	struct trace_bpf *skel = tracer->skel;
	int error = trace_bpf__load(skel);

	if (!error)
		error = trace_rings_open(&tracer->rings, skel->maps.rings,
					 skel->maps.trace_cpus);
	return error ? error : trace_areas_open(&tracer->areas, skel);
}

static void tracer_attached(void *self, const struct hooks *hooks)
{
	((struct tracer *)self)->hooks = hooks;
}

static void tracer_close(void *self)
{
	struct tracer *tracer = self;

	trace_areas_close(&tracer->areas);
	trace_rings_close(&tracer->rings);
	tracer->hooks = NULL;
	trace_bpf__destroy(tracer->skel);
	tracer->skel = NULL;
}

static void *tracer_create(struct pools *pools,
			   const struct session_options *options)
{
	struct tracer *tracer = calloc(1, sizeof(*tracer));

	if (!tracer)
		return NULL;
	tracer->pools = pools;
	tracer->counts_only = options->counts_only;
	return tracer;
}

static void tracer_destroy(void *self)
{
	struct tracer *tracer = self;

	free(tracer->waiting);
	free(tracer->ready);
	free(tracer->devices);
	free(tracer);
}

/*
 * Devices
 */

/* An address may be that of another device by now. */
static int describe(struct tracer *tracer, uint64_t address,
		    struct traced_pool *pool, struct named_device *device)
{
	struct traced_device asked = { .device = address,
				       .address = pool->record.start };
	int error = program_run(tracer->skel->progs.describe_device, &asked,
				sizeof(asked));

	*device = (struct named_device){
		.address = address,
		.fresh = true,
		.shown = { .min_align_mask = asked.min_align_mask,
			   .boundary_mask = asked.boundary_mask },
	};
	memcpy(device->shown.name, asked.name, sizeof(device->shown.name));
	if (!error && asked.bus != UINT64_MAX)
		pool->bus_start = asked.bus;
	return error;
}

static bool same_device(const struct named_device *a,
			const struct named_device *b)
{
	return a->address == b->address &&
	       a->shown.min_align_mask == b->shown.min_align_mask &&
	       a->shown.boundary_mask == b->shown.boundary_mask &&
	       !strcmp(a->shown.name, b->shown.name);
}

static int add_device(struct tracer *tracer, const struct named_device *device)
{
	struct named_device *list = tracer->devices;
	const size_t count = tracer->nr_devices;

	if (count == DEVICES_LIMIT)
		return -ENOSPC;
	if (!(count & (count - 1)))
		list = reallocarray(list, count ? 2 * count : 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	tracer->devices = list;
	list[count] = *device;
	tracer->last = tracer->nr_devices++;
	return (int)tracer->last;
}

/* Return: its index, or negative errno. */
static int find_device(struct tracer *tracer, uint64_t address,
		       struct traced_pool *pool)
{
	struct named_device device;
	int error;

	for (size_t i = 0; i < tracer->nr_devices; i++) {
		size_t at = (tracer->last + i) % tracer->nr_devices;

		if (tracer->devices[at].fresh &&
		    tracer->devices[at].address == address) {
			tracer->last = at;
			return (int)at;
		}
	}
	error = describe(tracer, address, pool, &device);
	if (error)
		return error;
	for (size_t i = 0; i < tracer->nr_devices; i++) {
		if (!same_device(&tracer->devices[i], &device))
			continue;
		tracer->devices[i].fresh = true;
		return (int)i;
	}
	return add_device(tracer, &device);
}

/*
 * From the rings
 */

static bool is_refused(const struct trace_record *record)
{
	return record->address == UINT64_MAX;
}

/* The pool of a request; -1 = there is none. @area: set, if its turn is known
 */
static int place_request(const struct tracer *tracer,
			 const struct trace_record *record, uint32_t *area)
{
	const struct trace_areas *areas = &tracer->areas;
	const struct traced_pool *pool;
	uint64_t slot;

	*area = NO_AREA;
	if (is_refused(record))
		return trace_areas_asked(areas, record->device);
	if (record->turn && record->area && record->area <= areas->nr_areas) {
		uint32_t index = areas->areas[record->area - 1].pool;

		pool = &areas->pools[index];
		slot = (record->address - pool->record.start) >> TLB_SHIFT;
		if (slot < pool->record.slots &&
		    slot / pool->record.area_slots ==
			    record->area - 1 - pool->first_area) {
			*area = record->area - 1;
			return (int)index;
		}
	}
	return trace_areas_find(areas, record->address);
}

static int add_waiting(struct tracer *tracer,
		       const struct traced_request *traced)
{
	size_t max = tracer->max_waiting ? 2 * tracer->max_waiting : 1024;
	struct traced_request *grown;

	if (tracer->nr_waiting == tracer->max_waiting) {
		grown = reallocarray(tracer->waiting, max, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		tracer->waiting = grown;
		tracer->max_waiting = max;
	}
	tracer->waiting[tracer->nr_waiting++] = *traced;
	return 0;
}

/* One whose lock was released before locks were followed is in the state. */
static bool is_early(const struct tracer *tracer,
		     const struct trace_record *record)
{
	return !record->turn && !is_refused(record) &&
	       record->at < tracer->begin_ns + BEGIN_NS;
}

static int take_record(void *owner, const struct trace_record *record,
		       unsigned int cpu)
{
	struct tracer *tracer = owner;
	struct traced_request traced;
	struct traced_pool *pool;
	int index, device;

	if (is_early(tracer, record)) {
		tracer->early[record->kind == TRACE_UNMAP]++;
		return 0;
	}
	index = place_request(tracer, record, &traced.area);
	if (index < 0) {
		tracer->homeless++;
		return 0;
	}
	pool = &tracer->areas.pools[index];
	device = find_device(tracer, record->device, pool);
	if (device == -ENOSPC) {
		tracer->homeless++;
		return 0;
	}
	if (device < 0)
		return device;
	traced.request = (struct request){
		.at_ns = record->at,
		.turn = traced.area == NO_AREA ? 0 : record->turn,
		.origin = record->origin,
		.slot = is_refused(record) ? REQUEST_REFUSED
					   : (uint32_t)((record->address -
							 pool->record.start) >>
							TLB_SHIFT),
		.size = record->size,
		.align = record->align,
		.device = (uint16_t)device,
		.pool = (uint16_t)index,
		.cpu = (uint16_t)cpu,
		.kind = (uint16_t)record->kind,
	};
	return add_waiting(tracer, &traced);
}

/*
 * In order
 */

/* In an area the lock orders both, time and turn. */
static int earlier(const void *a, const void *b)
{
	const struct request *left =
		&((const struct traced_request *)a)->request;
	const struct request *right =
		&((const struct traced_request *)b)->request;

	if (left->at_ns != right->at_ns)
		return left->at_ns < right->at_ns ? -1 : 1;
	if (left->turn != right->turn)
		return left->turn < right->turn ? -1 : 1;
	return 0;
}

static int give_on(struct tracer *tracer, const struct request *request)
{
	if (!request->turn && request->slot != REQUEST_REFUSED)
		tracer->unordered++;
	if (tracer->counts_only)
		return 0;
	if (tracer->nr_ready == REQUESTS_MAX) {
		tracer->held++;
		return 0;
	}
	if (!tracer->ready)
		tracer->ready = calloc(REQUESTS_MAX, sizeof(*tracer->ready));
	if (!tracer->ready)
		return -ENOMEM;
	tracer->ready[tracer->nr_ready++] = *request;
	return 0;
}

/* Turns before it may be among those that were lost. */
static bool follows_loss(const struct tracer *tracer,
			 const struct traced_area *area,
			 const struct request *request)
{
	return request->at_ns <= tracer->lost_ns ||
	       area->gap_ns < tracer->lost_ns;
}

/* Whether it may be given on; and it is the area's last one then. */
static bool is_next(struct tracer *tracer, struct traced_request *traced,
		    uint64_t now)
{
	struct request *request = &traced->request;
	struct traced_area *area;

	if (traced->area == NO_AREA)
		return true;
	area = &tracer->areas.areas[traced->area];
	if (area->waits == tracer->merges)
		return false;
	if (request->turn > area->turn + 1) {
		if (!follows_loss(tracer, area, request) &&
		    now - request->at_ns < AWAIT_NS) {
			area->waits = tracer->merges;
			return false;
		}
		/* Something else took its slots, or a request is lost. */
		area->wanted = true;
		area->gap_ns = now;
	}
	if (request->turn <= area->turn) {
		/* It was not awaited any longer. */
		request->turn = 0;
		return true;
	}
	area->turn = request->turn;
	return true;
}

static int merge(struct tracer *tracer)
{
	const uint64_t now = monotonic_ns();
	size_t kept = 0;
	int error = 0;

	if (!tracer->nr_waiting)
		return 0;
	qsort(tracer->waiting, tracer->nr_waiting, sizeof(*tracer->waiting),
	      earlier);
	tracer->merges++;
	for (size_t i = 0; i < tracer->nr_waiting; i++) {
		struct traced_request *traced = &tracer->waiting[i];

		if (error || traced->request.at_ns + GRACE_NS > now ||
		    !is_next(tracer, traced, now))
			tracer->waiting[kept++] = *traced;
		else
			error = give_on(tracer, &traced->request);
	}
	tracer->nr_waiting = kept;
	return error;
}

static uint64_t all_lost(const struct tracer *tracer)
{
	return tracer->rings.overwritten + tracer->held + tracer->homeless;
}

static int drain(struct tracer *tracer)
{
	const uint64_t lost = all_lost(tracer);
	int error;

	if (!tracer->begin_ns)
		return 0;
	error = trace_rings_drain(&tracer->rings, take_record, tracer);
	if (all_lost(tracer) != lost)
		tracer->lost_ns = monotonic_ns();
	if (!error)
		error = merge(tracer);
	if (all_lost(tracer) != lost)
		trace_areas_want(&tracer->areas);
	return error;
}

/* Requests begin to count when the locks of all pools are known. */
static int tracer_follow(void *self, struct pools *pools)
{
	struct tracer *tracer = self;
	int error = trace_areas_follow(&tracer->areas, pools);

	if (error || tracer->begin_ns)
		return error;
	trace_rings_skip(&tracer->rings);
	cpu_table_sum(&tracer->rings.cpus, &tracer->begin);
	tracer->begin_ns = monotonic_ns();
	return 0;
}

static int tracer_poll(void *self)
{
	return drain(self);
}

/*
 * Samples
 */

static int copy_devices(struct tracer *tracer, struct trace *trace)
{
	trace->devices =
		calloc(tracer->nr_devices + 1, sizeof(*trace->devices));
	if (!trace->devices)
		return -ENOMEM;
	for (size_t i = 0; i < tracer->nr_devices; i++) {
		trace->devices[i] = tracer->devices[i].shown;
		tracer->devices[i].fresh = false;
	}
	trace->nr_devices = tracer->nr_devices;
	return 0;
}

static int copy_pools(const struct tracer *tracer, struct trace *trace)
{
	const struct trace_areas *areas = &tracer->areas;

	trace->pools = calloc(areas->nr_pools + 1, sizeof(*trace->pools));
	if (!trace->pools)
		return -ENOMEM;
	for (size_t i = 0; i < areas->nr_pools; i++)
		trace->pools[i] = (struct trace_pool){
			.id = areas->pools[i].id,
			.bus_start = (uint32_t)areas->pools[i].bus_start,
			.slots = areas->pools[i].record.slots,
			.areas = areas->pools[i].record.areas,
		};
	trace->nr_pools = areas->nr_pools;
	return 0;
}

static int read_requests(struct tracer *tracer, struct pools *pools,
			 struct trace *trace)
{
	const size_t bytes = tracer->nr_ready * sizeof(*tracer->ready);
	int error;

	trace->known = true;
	trace->requests = malloc(bytes + 1);
	if (!trace->requests)
		return -ENOMEM;
	if (bytes)
		memcpy(trace->requests, tracer->ready, bytes);
	trace->nr_requests = tracer->nr_ready;
	tracer->nr_ready = 0;
	trace->lost = all_lost(tracer) - tracer->told_lost;
	trace->unordered = tracer->unordered - tracer->told_unordered;
	tracer->told_lost = all_lost(tracer);
	tracer->told_unordered = tracer->unordered;
	error = copy_devices(tracer, trace);
	if (!error)
		error = copy_pools(tracer, trace);
	return error ? error : trace_areas_read(&tracer->areas, pools, trace);
}

static int add_losses(struct tracer *tracer, struct snapshot *snap,
		      const struct trace_cpu *seen)
{
	const struct loss causes[] = {
		{ "trace.overwritten",
		  "requests that were overwritten before they were read: too many at a time",
		  0, tracer->rings.overwritten },
		{ "trace.held",
		  "requests that did not fit into a sample: take samples more often",
		  0, tracer->held },
		{ "trace.no_pool",
		  "requests in pools that were made for one mapping, or just now",
		  0, tracer->homeless },
		{ "trace.order_missed",
		  "releases of locks that were missed: their requests have no turn",
		  0, hooks_missed(tracer->hooks, HOOK_ORDER) },
		{ "trace.missed",
		  "maps and unmaps that were missed, while another program was running on their CPU",
		  EVENT_REQUEST,
		  hooks_missed(tracer->hooks, HOOK_MAP) +
			  hooks_missed(tracer->hooks, HOOK_UNMAP) },
		{ "trace.call_lost",
		  "calls whose start or end was missed, where both are needed",
		  EVENT_REQUEST, seen->lost_call - tracer->begin.lost_call },
	};

	return snapshot_add_losses(snap, causes,
				   sizeof(causes) / sizeof(*causes));
}

static int tracer_read(void *self, struct pools *pools, struct snapshot *snap)
{
	struct tracer *tracer = self;
	struct trace_cpu seen;
	int error;

	/* So that a recording ends with what had ended before its last sample.
	 */
	nanosleep(&(struct timespec){ .tv_nsec = GRACE_NS }, NULL);
	error = drain(tracer);

	cpu_table_sum(&tracer->rings.cpus, &seen);
	snap->traced = (struct trace_totals){
		.counted = hooks_attached(tracer->hooks, HOOK_MAP) &&
			   hooks_attached(tracer->hooks, HOOK_UNMAP),
		.maps = seen.maps - tracer->begin.maps - tracer->early[0],
		.unmaps = seen.unmaps - tracer->begin.unmaps - tracer->early[1],
		.refused = seen.refused - tracer->begin.refused,
		.lost = all_lost(tracer),
		.unordered = tracer->unordered,
	};
	if (!error && !tracer->counts_only)
		error = read_requests(tracer, pools, &snap->trace);
	return error ? error : add_losses(tracer, snap, &seen);
}

const struct collector trace_collector = {
	.name = "trace",
	.levels = LEVEL_TRACE,
	.table = { rows, sizeof(rows) / sizeof(*rows) },
	.object = {
		.open = tracer_open,
		.prepare = tracer_prepare,
		.load = tracer_load,
		.attached = tracer_attached,
		.close = tracer_close,
	},
	.create = tracer_create,
	.destroy = tracer_destroy,
	.pools_changed = tracer_follow,
	.poll = tracer_poll,
	.read = tracer_read,
};
