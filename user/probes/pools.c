// SPDX-License-Identifier: GPL-2.0-only
#include "probes/pools.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "pools.skel.h"
#include "probes/kernel.h"
#include "probes/kfunc.h"
#include "probes/slots.h"
#include "probes/tables.h"
#include "util/clock.h"
#include "util/errors.h"
#include "util/log.h"

/* How often a walk is repeated when the device list changes under it. */
#define WALK_TRIES 8

/* No machine has as many; a list that seems longer goes round in a circle. */
#define DEVICES_MAX (1u << 24)

struct pools {
	struct pools_bpf *skel;
	struct roots_request roots;
	struct pools_request request;
	const struct pool_record *found;
	uint64_t *known_devices;
	const uint64_t *area_used;
	struct slot_reader slots;
	struct known_pool *known;
	size_t nr_known;
	int next_id;
	uint64_t changes;
	bool started;
	bool devices_have_pools;
	uint32_t long_run;
	uint64_t torn;
	uint64_t whole_ns;
};

static int run_on_devices(struct pools *pools,
			  const struct bpf_program *program,
			  struct devices_request *request)
{
	int error = program_run(program, request, sizeof(*request));

	pools->request.found = request->found;
	pools->request.too_many = request->too_many;
	pools->request.torn |= request->torn;
	return error;
}

/* The start of a request to visit devices. */
static struct devices_request ask_devices(const struct pools *pools)
{
	return (struct devices_request){
		.default_mem = pools->roots.default_mem,
		.devices_kset = pools->roots.devices_kset,
		.found = pools->request.found,
		.too_many = pools->request.too_many,
	};
}

static int walk_devices(struct pools *pools)
{
	struct devices_request request = ask_devices(pools);
	unsigned int visited = 0;
	int error;

	do {
		request.count = DEVICES_CHUNK;
		error = run_on_devices(pools, pools->skel->progs.walk_devices,
				       &request);
		visited += request.visited;
		if (visited > DEVICES_MAX)
			pools->request.torn = 1;
	} while (!error && !request.ended && !pools->request.torn);
	return error;
}

static bool is_among(const uint64_t *devices, unsigned int count, uint64_t dev)
{
	for (unsigned int i = 0; i < count; i++)
		if (devices[i] == dev)
			return true;
	return false;
}

static int revisit_devices(struct pools *pools)
{
	struct devices_request request = ask_devices(pools);

	for (size_t i = 0; i < pools->nr_known; i++) {
		uint64_t dev = pools->known[i].record.dev;

		if (dev && request.count < POOLS_MAX &&
		    !is_among(pools->known_devices, request.count, dev))
			pools->known_devices[request.count++] = dev;
	}
	if (!request.count)
		return 0;
	return run_on_devices(pools, pools->skel->progs.revisit_devices,
			      &request);
}

static int walk_once(struct pools *pools, bool all_devices)
{
	int error;

	pools->request = (struct pools_request){
		.default_mem = pools->roots.default_mem,
	};
	error = program_run(pools->skel->progs.find_pools, &pools->request,
			    sizeof(pools->request));
	if (error || pools->request.torn || !pools->roots.default_mem ||
	    !pools->roots.devices_kset || !pools->devices_have_pools)
		return error;
	return all_devices ? walk_devices(pools) : revisit_devices(pools);
}

static int walk(struct pools *pools, bool all_devices)
{
	int error = 0;

	for (int i = 0; i < WALK_TRIES; i++) {
		error = walk_once(pools, all_devices);
		if (error || !pools->request.torn)
			return error;
	}
	pools->torn++;
	return 0;
}

static bool same_pool(const struct pool_record *a, const struct pool_record *b)
{
	return a->desc == b->desc && a->start == b->start &&
	       a->areas == b->areas && a->areas_addr == b->areas_addr &&
	       !strcmp(a->device, b->device);
}

static struct known_pool *find_known(struct pools *pools,
				     const struct pool_record *record)
{
	for (size_t i = 0; i < pools->nr_known; i++)
		if (same_pool(&pools->known[i].record, record))
			return &pools->known[i];
	return NULL;
}

static void forget_pool(struct known_pool *pool)
{
	free(pool->area_used);
	free(pool->area_peak);
	free(pool->area_locked);
	free(pool->segments);
	memset(pool, 0, sizeof(*pool));
}

static int add_known(struct pools *pools, const struct pool_record *record)
{
	struct known_pool *grown, *pool;

	grown = reallocarray(pools->known, pools->nr_known + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	pools->known = grown;
	pool = &grown[pools->nr_known];
	memset(pool, 0, sizeof(*pool));
	pool->area_used = calloc(record->areas, sizeof(uint64_t));
	pool->area_peak = calloc(record->areas, sizeof(uint64_t));
	pool->area_locked = calloc(record->areas, sizeof(bool));
	if (!pool->area_used || !pool->area_peak || !pool->area_locked) {
		forget_pool(pool);
		return -ENOMEM;
	}
	pool->record = *record;
	pool->id = pools->next_id++;
	pool->initial = !pools->started;
	pool->seen = true;
	pools->nr_known++;
	pools->changes++;
	return 0;
}

static void forget_unseen(struct pools *pools)
{
	size_t kept = 0;

	for (size_t i = 0; i < pools->nr_known; i++) {
		if (pools->known[i].seen)
			pools->known[kept++] = pools->known[i];
		else
			forget_pool(&pools->known[i]);
	}
	pools->changes += pools->nr_known - kept;
	pools->nr_known = kept;
}

static int take_over(struct pools *pools)
{
	/* A torn walk shows what is there, not what is gone. */
	for (size_t i = 0; i < pools->nr_known; i++)
		pools->known[i].seen = pools->request.torn;

	for (unsigned int i = 0; i < pools->request.found; i++) {
		const struct pool_record *record = &pools->found[i];
		struct known_pool *known = find_known(pools, record);
		int error;

		if (known) {
			known->record = *record;
			known->seen = true;
			continue;
		}
		error = add_known(pools, record);
		if (error)
			return error;
	}
	forget_unseen(pools);
	return 0;
}

/*
 * The pool that the kernel calls its parent; where it does not say, the
 * smallest other pool that this one lies in.
 */
static const struct known_pool *find_parent(const struct pools *pools,
					    const struct known_pool *child)
{
	const struct known_pool *best = NULL;

	for (size_t i = 0; i < pools->nr_known; i++) {
		const struct known_pool *pool = &pools->known[i];

		if (pool->record.desc == child->record.parent)
			return pool;
		if (pool == child || pool->record.start > child->record.start ||
		    pool->record.end < child->record.end ||
		    pool->record.slots <= child->record.slots)
			continue;
		if (!best || pool->record.slots < best->record.slots)
			best = pool;
	}
	return best;
}

/*
 * A device's own pool that lies in another one was carved from it. That holds
 * for the RFC as well, where the child's parent pointer is never set.
 */
static void classify(struct pools *pools)
{
	for (size_t i = 0; i < pools->nr_known; i++) {
		struct known_pool *pool = &pools->known[i];
		const struct known_pool *parent = NULL;

		switch (pool->record.kind) {
		case POOL_RECORD_OWN:
			parent = find_parent(pools, pool);
			pool->kind = parent ? POOL_DEVICE : POOL_RESTRICTED;
			break;
		case POOL_RECORD_DYNAMIC:
			pool->kind = POOL_DYNAMIC;
			break;
		case POOL_RECORD_TRANSIENT:
			pool->kind = POOL_TRANSIENT;
			break;
		default:
			pool->kind = POOL_DEFAULT;
		}
		pool->parent_id = parent ? parent->id : -1;
	}
}

int pools_read_counters(struct pools *pools, struct known_pool *pool)
{
	for (unsigned int first = 0; first < pool->record.areas;
	     first += AREAS_CHUNK) {
		struct areas_request request = {
			.areas_addr = pool->record.areas_addr,
			.first = first,
			.count = pool->record.areas - first,
		};
		int error;

		if (request.count > AREAS_CHUNK)
			request.count = AREAS_CHUNK;
		error = program_run(pools->skel->progs.read_areas, &request,
				    sizeof(request));
		if (error)
			return error;
		if (request.done != request.count)
			return -EFAULT;
		memcpy(pool->area_used + first, pools->area_used,
		       request.count * sizeof(*pool->area_used));
	}
	return 0;
}

void pools_raise_peaks(struct known_pool *pool)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < pool->record.areas; i++) {
		if (!counter_known(pool->area_used[i]))
			continue;
		sum += pool->area_used[i];
		if (pool->area_used[i] > pool->area_peak[i])
			pool->area_peak[i] = pool->area_used[i];
	}
	if (sum > pool->used_peak)
		pool->used_peak = sum;
}

/* Whether a walk has found every pool that there is. */
static bool is_whole(const struct pools *pools, bool all_devices)
{
	if (pools->request.torn || pools->request.too_many)
		return false;
	return !pools->devices_have_pools ||
	       (all_devices && pools->roots.devices_kset);
}

static int find_pools(struct pools *pools, bool all_devices)
{
	uint64_t began = monotonic_ns();
	int error = walk(pools, all_devices);

	if (!error)
		error = take_over(pools);
	if (error)
		return error;
	pools->whole_ns = is_whole(pools, all_devices) ? began : 0;
	classify(pools);
	return 0;
}

/* Else there is the default pool alone, which a driver may still make. */
static bool pools_come_and_go(const struct pools *pools)
{
	return pools->devices_have_pools || pools->request.has_dynamic;
}

int pools_refresh(struct pools *pools, bool all_devices)
{
	int error = 0;

	if (all_devices || pools_come_and_go(pools))
		error = find_pools(pools, all_devices);
	if (error)
		return error;
	for (size_t i = 0; i < pools->nr_known; i++) {
		/* -EFAULT: gone since the walk; the next one forgets it. */
		error = pools_read_counters(pools, &pools->known[i]);
		if (error && error != -EFAULT)
			return error;
		pools_raise_peaks(&pools->known[i]);
	}
	pools->started = true;
	return 0;
}

void pools_reset_peaks(struct pools *pools)
{
	for (size_t i = 0; i < pools->nr_known; i++) {
		struct known_pool *pool = &pools->known[i];

		pool->used_peak = 0;
		memset(pool->area_peak, 0,
		       pool->record.areas * sizeof(*pool->area_peak));
		pools_raise_peaks(pool);
	}
}

int pools_has_gone(struct pools *pools, const struct known_pool *known,
		   bool *gone)
{
	int error = walk(pools, false);

	*gone = !pools->request.torn;
	for (unsigned int i = 0; i < pools->request.found; i++)
		if (same_pool(&pools->found[i], &known->record))
			*gone = false;
	return error;
}

void pools_saw_run(struct pools *pools, uint32_t slots)
{
	if (slots > pools->long_run)
		pools->long_run = slots;
}

#define DEVICES_DIRECTORY "/sys/devices"
#define CPU_DIRECTORY	  "/sys/devices/system/cpu"

/* Required by both methods of finding the kernel's data. */
#define NEEDS_ROOTS                                                            \
	"/proc/kallsyms lacks or hides it, and /sys/devices is not there: "    \
	"mount sysfs on /sys"

static void why_no_pool(const struct pools *pools, char *text, size_t len)
{
	char reason[220];

	boot_no_pool(kernel_boot_request(), reason, sizeof(reason));
	if (pools->request.layout == LAYOUT_NONE)
		snprintf(text, len,
			 "this kernel has no swiotlb that we know: it is built "
			 "without CONFIG_SWIOTLB, or older than 5.16");
	else if (!pools->request.default_mem)
		snprintf(text, len,
			 "the kernel does not tell where io_tlb_default_mem "
			 "is: " NEEDS_ROOTS);
	else
		snprintf(text, len, "no swiotlb pool on this kernel: %s",
			 reason);
}

/*
 * What can give a device another pool than the default one: DMA_RESTRICTED_POOL
 * has the first two, the patched kernel the third, SWIOTLB_DYNAMIC the list.
 */
static bool devices_may_have_pools(void)
{
	return kernel_has_function("swiotlb_alloc") ||
	       kernel_has_function("rmem_swiotlb_device_init") ||
	       kernel_has_function("swiotlb_device_allocate") ||
	       kernel_has_member("device", "dma_io_tlb_pools");
}

/* Before the load: where there is one pool, there need be room for one only. */
static int size_tables(struct pools *pools)
{
	const struct pools_bpf *skel = pools->skel;
	int error = 0;

	pools->devices_have_pools = devices_may_have_pools();
	if (!pools->devices_have_pools)
		error = bpf_map__set_max_entries(skel->maps.found_pools, 1);
	if (!pools->devices_have_pools && !error)
		error = bpf_map__set_max_entries(skel->maps.known_devices, 1);
	return error;
}

static int load(struct pools *pools)
{
	int error;

	error = kfunc_resolve_calls();
	if (error)
		return error;
	pools->skel = pools_bpf__open_opts(kernel_open_options());
	if (!pools->skel)
		return -errno;
	pools->skel->rodata->slot_type = kernel_slot_type();
	error = size_tables(pools);
	kernel_forget_types();
	if (!error)
		error = pools_bpf__load(pools->skel);
	if (error && kernel_refuses(error))
		return -EPERM;
	if (error) {
		log_error("cannot load the programs that read the pools: %s; "
			  "run `swiotlb doctor`, or again with -v",
			  error_text(error));
		return error;
	}
	pools->found = table_mmap(pools->skel->maps.found_pools, PROT_READ);
	pools->known_devices = table_mmap(pools->skel->maps.known_devices,
					  PROT_READ | PROT_WRITE);
	pools->area_used = table_mmap(pools->skel->maps.area_used, PROT_READ);
	pools->slots.segments =
		table_mmap(pools->skel->maps.segments, PROT_READ);
	pools->slots.block_runs =
		table_mmap(pools->skel->maps.block_runs, PROT_READ);
	pools->slots.locks =
		table_mmap(pools->skel->maps.lock_states, PROT_READ);
	pools->slots.read_segments = pools->skel->progs.read_segments;
	pools->slots.read_blocks = pools->skel->progs.read_blocks;
	pools->slots.read_locks = pools->skel->progs.read_locks;
	if (!pools->found || !pools->known_devices || !pools->area_used ||
	    !pools->slots.segments || !pools->slots.block_runs ||
	    !pools->slots.locks) {
		log_error("cannot map the programs' results: %s",
			  strerror(errno));
		return -ENOMEM;
	}
	return 0;
}

/* The programs take what is behind it for a kernfs node, so it must be one. */
static int open_sysfs(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs status;

	if (fd >= 0 && (fstatfs(fd, &status) || status.f_type != SYSFS_MAGIC)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static int find_roots(struct pools *pools)
{
	int devices_fd = open_sysfs(DEVICES_DIRECTORY);
	int cpu_fd = open_sysfs(CPU_DIRECTORY);
	int error;

	pools->roots.devices_fd = devices_fd;
	pools->roots.cpu_fd = cpu_fd;
	error = program_run(pools->skel->progs.find_roots, &pools->roots,
			    sizeof(pools->roots));
	if (devices_fd >= 0)
		close(devices_fd);
	if (cpu_fd >= 0)
		close(cpu_fd);
	return error;
}

int pools_start(struct pools **out, bool tolerant)
{
	struct pools *pools = calloc(1, sizeof(*pools));
	char reason[sizeof(((struct hook *)0)->reason)];
	int error;

	if (!pools)
		return -ENOMEM;
	error = load(pools);
	if (error)
		goto fail;
	error = find_roots(pools);
	if (!error)
		error = pools_refresh(pools, true);
	if (error) {
		log_error("cannot read the pools: %s", error_text(error));
		goto fail;
	}
	if (!pools->nr_known && !tolerant) {
		why_no_pool(pools, reason, sizeof(reason));
		log_error("%s", reason);
		error = -ENODEV;
		goto fail;
	}
	*out = pools;
	return 0;

fail:
	pools_stop(pools);
	return error;
}

void pools_stop(struct pools *pools)
{
	if (!pools)
		return;
	for (size_t i = 0; i < pools->nr_known; i++)
		forget_pool(&pools->known[i]);
	free(pools->known);
	if (pools->skel) {
		table_munmap(pools->found, pools->skel->maps.found_pools);
		table_munmap(pools->known_devices,
			     pools->skel->maps.known_devices);
		table_munmap(pools->area_used, pools->skel->maps.area_used);
		table_munmap(pools->slots.segments, pools->skel->maps.segments);
		table_munmap(pools->slots.block_runs,
			     pools->skel->maps.block_runs);
		table_munmap(pools->slots.locks, pools->skel->maps.lock_states);
		pools_bpf__destroy(pools->skel);
	}
	free(pools);
}

struct bpf_object *pools_object(const struct pools *pools)
{
	return pools->skel->obj;
}

struct known_pool *pools_known(struct pools *pools, size_t *count)
{
	*count = pools->nr_known;
	return pools->known;
}

struct pools_bpf *pools_skel(const struct pools *pools)
{
	return pools->skel;
}

const struct roots_request *pools_roots(const struct pools *pools)
{
	return &pools->roots;
}

const struct pools_request *pools_request(const struct pools *pools)
{
	return &pools->request;
}

uint64_t pools_lock_address(const struct pools *pools,
			    const struct known_pool *pool, unsigned int area)
{
	return pool->record.areas_addr +
	       (uint64_t)area * pools->request.area_bytes +
	       pools->request.lock_offset;
}

const struct slot_reader *pools_reader(const struct pools *pools)
{
	return &pools->slots;
}

uint64_t pools_torn(const struct pools *pools)
{
	return pools->torn;
}

uint64_t pools_whole_since(const struct pools *pools)
{
	return pools->whole_ns;
}

uint64_t pools_changes(const struct pools *pools)
{
	return pools->changes;
}

uint64_t pools_used(const struct pools *pools)
{
	uint64_t used = 0;

	for (size_t i = 0; i < pools->nr_known; i++)
		for (unsigned int a = 0; a < pools->known[i].record.areas; a++)
			used += pools->known[i].area_used[a];
	return used;
}

uint64_t pools_too_many(const struct pools *pools)
{
	return pools->request.too_many;
}

void pools_layout_text(const struct pools *pools, char *text, size_t len)
{
	static const char *const layouts[] = {
		[LAYOUT_NONE] = "unknown",
		[LAYOUT_V518] = "io_tlb_mem, one lock (before 6.0)",
		[LAYOUT_RFC] = "io_tlb_mem with num_areas (RFC)",
		[LAYOUT_V60] = "io_tlb_mem with nareas (6.0 to 6.5)",
		[LAYOUT_V66] = "io_tlb_pool (6.6 and later)",
	};
	const struct pools_request *request = &pools->request;

	snprintf(text, len, "%s%s%s", layouts[request->layout],
		 request->has_blocks ? ", device blocks" : "",
		 request->has_dynamic ? ", dynamic pools" : "");
}

void pools_describe(const struct pools *pools, struct hook *out)
{
	memset(out, 0, sizeof(*out));
	snprintf(out->name, sizeof(out->name), "pools.state");
	out->state = HOOK_STATE;
	snprintf(out->target, sizeof(out->target), "io_tlb_default_mem");
	if (!pools->nr_known) {
		out->state = HOOK_ABSENT;
		why_no_pool(pools, out->reason, sizeof(out->reason));
	} else if (pools->long_run) {
		snprintf(out->reason, sizeof(out->reason),
			 "unknown layout: a free run of %u slots, so segments "
			 "of this kernel are not of 128 slots; run lengths are "
			 "not judged, and mappings may be counted in parts",
			 pools->long_run);
	} else if (!pools->roots.devices_kset && pools->devices_have_pools) {
		snprintf(out->reason, sizeof(out->reason),
			 "pools of devices are not seen, as the kernel does "
			 "not tell where devices_kset is: " NEEDS_ROOTS);
	}
}
