// SPDX-License-Identifier: GPL-2.0-only
/*
 * What it takes to give a trace of requests to settings.
 *
 *   simulate made REQUESTS SETTINGS
 *   simulate recorded RECORDING PASSES SETTINGS
 *
 * The first makes a load: it maps and unmaps at random in a pool of 64 MiB with
 * 8 areas, on 16 CPUs, and keeps it three quarters full. The second reads a
 * recording of the level trace, again and again. Both print JSON: requests;
 * nanoseconds of processor time, without those of making the load; the most
 * memory; and how many maps got the slot that the trace has.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "model/whatif.h"
#include "sources/recording.h"
#include "util/units.h"

#define SLOTS	   32768u
#define AREAS	   8u
#define CPUS	   16u
#define PART	   65536u
#define KEPT_SLOTS (SLOTS / 4 * 3)

/**
 * struct load - a load
 * @pool: as it is in the kernel
 * @held: slots of its mappings
 * @nr_held: how many
 * @turns: of areas
 * @now_ns: when
 * @random: state of the random numbers
 * @requests: a part of the trace
 */
struct load {
	struct allocator *pool;
	uint32_t held[SLOTS];
	uint32_t nr_held;
	uint64_t turns[AREAS];
	uint64_t now_ns;
	uint64_t random;
	struct request requests[PART];
};

static uint32_t below(struct load *load, uint32_t limit)
{
	load->random = load->random * 6364136223846793005ull + 1;
	return (load->random >> 32) * limit >> 32;
}

static void map(struct load *load, struct request *request)
{
	static const uint32_t sizes[] = { 512,	1500, 4096,  4096,
					  4096, 8192, 16384, 65536 };
	struct placement got;

	request->kind = REQUEST_MAP;
	request->size = sizes[below(load, 8)];
	request->origin = (1 + below(load, 1 << 19)) * 4096;
	got = allocator_map(load->pool, &(struct allocation){
						.size = request->size,
						.origin = request->origin,
						.boundary_mask = UINT32_MAX,
						.cpu = request->cpu,
					});
	request->slot = got.slots ? got.slot : REQUEST_REFUSED;
	if (got.slots)
		load->held[load->nr_held++] = got.slot;
}

static void unmap(struct load *load, struct request *request)
{
	uint32_t *held = &load->held[below(load, load->nr_held)];

	request->kind = REQUEST_UNMAP;
	request->slot = *held;
	*held = load->held[--load->nr_held];
	allocator_unmap(load->pool, request->slot);
}

static void make_request(struct load *load, struct request *request)
{
	load->now_ns += 200 + below(load, 200);
	*request = (struct request){
		.at_ns = load->now_ns,
		.cpu = below(load, CPUS),
	};
	if (allocator_used(load->pool, UINT32_MAX) < KEPT_SLOTS ||
	    !load->nr_held)
		map(load, request);
	else
		unmap(load, request);
	if (request->slot != REQUEST_REFUSED)
		request->turn = ++load->turns[request->slot / (SLOTS / AREAS)];
}

static uint64_t processor_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec * NS_PER_SEC + now.tv_nsec;
}

/**
 * struct result - of all passes
 * @requests: how many
 * @maps: those that were asked for with the first setting
 * @same_slot: of these, in the slot that the trace has
 * @spent_ns: processor time
 */
struct result {
	uint64_t requests;
	uint64_t maps;
	uint64_t same_slot;
	uint64_t spent_ns;
};

/* The first is as it is, others are smaller and smaller. */
static struct whatif *new_whatif(size_t nr)
{
	const struct whatif_basis basis = {
		.search = SEARCH_6_12,
		.page_bytes = 4096,
		.hold_ns = 100,
	};
	struct setting *settings = calloc(nr + 1, sizeof(*settings));
	struct whatif *whatif;

	for (size_t i = 1; settings && i < nr; i++)
		settings[i] = (struct setting){ .slots = SLOTS * 2 >> i % 4,
						.areas = 1u << i % 5 };
	whatif = settings ? whatif_new(&basis, settings, nr) : NULL;
	free(settings);
	return whatif;
}

static void add_result(struct result *result, const struct whatif *whatif)
{
	struct recorded recorded;
	struct outcome outcome;

	whatif_recorded(whatif, &recorded);
	whatif_outcome(whatif, 0, &outcome);
	result->requests += recorded.maps + recorded.unmaps;
	result->maps += outcome.requests;
	result->same_slot += outcome.same_slot;
}

static int add_parts(struct load *load, struct whatif *whatif,
		     uint64_t requests, struct result *result)
{
	struct trace_device device = { .name = "device",
				       .boundary_mask = UINT32_MAX };
	struct trace_pool pool = { .slots = SLOTS, .areas = AREAS };
	struct trace part = {
		.requests = load->requests,
		.devices = &device,
		.nr_devices = 1,
		.pools = &pool,
		.nr_pools = 1,
	};
	int err = 0;

	while (!err && requests) {
		uint64_t began_ns;

		part.nr_requests = requests < PART ? requests : PART;
		requests -= part.nr_requests;
		for (size_t i = 0; i < part.nr_requests; i++)
			make_request(load, &load->requests[i]);
		began_ns = processor_ns();
		err = whatif_add(whatif, &part);
		result->spent_ns += processor_ns() - began_ns;
	}
	return err;
}

static int run_made(uint64_t requests, size_t settings, struct result *result)
{
	const struct allocator_shape shape = { .search = SEARCH_6_12,
					       .slots = SLOTS,
					       .areas = AREAS,
					       .page_bytes = 4096 };
	struct whatif *whatif = new_whatif(settings);
	struct load *load = calloc(1, sizeof(*load));
	int err = -ENOMEM;

	if (load)
		load->pool = allocator_new(&shape);
	if (whatif && load && load->pool)
		err = add_parts(load, whatif, requests, result);
	if (!err)
		add_result(result, whatif);
	if (load)
		allocator_free(load->pool);
	free(load);
	whatif_free(whatif);
	return err;
}

static int add_samples(struct whatif *whatif, struct source *source)
{
	struct snapshot sample = { 0 };
	int err = source_next(source, &sample);

	while (!err) {
		err = whatif_add(whatif, &sample.trace);
		snapshot_release(&sample);
		if (!err)
			err = source_next(source, &sample);
	}
	return err == -ENODATA ? 0 : err;
}

static int run_recorded(const char *path, unsigned long passes, size_t settings,
			struct result *result)
{
	const uint64_t began_ns = processor_ns();
	int err = 0;

	while (!err && passes--) {
		struct whatif *whatif = new_whatif(settings);
		struct source *source = NULL;

		err = whatif ? recording_open(&source, path) : -ENOMEM;
		if (!err)
			err = add_samples(whatif, source);
		if (!err)
			add_result(result, whatif);
		source_close(source);
		whatif_free(whatif);
	}
	result->spent_ns = processor_ns() - began_ns;
	return err;
}

static void print(const struct result *result)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	printf("{\"requests\": %" PRIu64 ", \"spent_ns\": %" PRIu64
	       ", \"peak_bytes\": %ld, \"maps\": %" PRIu64
	       ", \"same_slot\": %" PRIu64 "}\n",
	       result->requests, result->spent_ns, usage.ru_maxrss * 1024,
	       result->maps, result->same_slot);
}

int main(int argc, char **argv)
{
	struct result result = { 0 };
	int err;

	if (argc == 4 && !strcmp(argv[1], "made")) {
		err = run_made(strtoull(argv[2], NULL, 10),
			       strtoul(argv[3], NULL, 10), &result);
	} else if (argc == 5 && !strcmp(argv[1], "recorded")) {
		err = run_recorded(argv[2], strtoul(argv[3], NULL, 10),
				   strtoul(argv[4], NULL, 10), &result);
	} else {
		fputs("usage: simulate made REQUESTS SETTINGS\n"
		      "       simulate recorded RECORDING PASSES SETTINGS\n",
		      stderr);
		return 2;
	}
	if (err) {
		fprintf(stderr, "simulate: %s\n", strerror(-err));
		return 1;
	}
	print(&result);
	return 0;
}
