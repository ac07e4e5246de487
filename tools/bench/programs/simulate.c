// SPDX-License-Identifier: GPL-2.0-only
/*
 * What it takes to give a trace of requests to settings.
 *
 *   simulate REQUESTS SETTINGS
 *
 * The load maps and unmaps at random in a pool of 64 MiB with 8 areas, on 16
 * CPUs, and keeps it three quarters full. Prints JSON: nanoseconds of processor
 * time, without those of making the load; the most memory; and how many of its
 * maps got the slot that the load has.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "model/whatif.h"
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

static int run(struct load *load, struct whatif *whatif, uint64_t requests,
	       uint64_t *spent_ns)
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
		*spent_ns += processor_ns() - began_ns;
	}
	return err;
}

static void print(const struct whatif *whatif, uint64_t spent_ns)
{
	struct rusage usage;
	struct outcome outcome;

	getrusage(RUSAGE_SELF, &usage);
	whatif_outcome(whatif, 0, &outcome);
	printf("{\"spent_ns\": %" PRIu64 ", \"peak_bytes\": %ld, "
	       "\"maps\": %" PRIu64 ", \"same_slot\": %" PRIu64 "}\n",
	       spent_ns, usage.ru_maxrss * 1024, outcome.requests,
	       outcome.same_slot);
}

/* The first is as it is, others are smaller and smaller. */
static struct whatif *new_whatif(size_t nr)
{
	const struct whatif_basis basis = {
		.search = SEARCH_6_12,
		.page_bytes = 4096,
		.hold_ns = 100,
	};
	struct setting *settings = calloc(nr, sizeof(*settings));
	struct whatif *whatif;

	for (size_t i = 1; settings && i < nr; i++)
		settings[i] = (struct setting){ .slots = SLOTS * 2 >> i % 4,
						.areas = 1u << i % 5 };
	whatif = settings ? whatif_new(&basis, settings, nr) : NULL;
	free(settings);
	return whatif;
}

int main(int argc, char **argv)
{
	const struct allocator_shape shape = { .search = SEARCH_6_12,
					       .slots = SLOTS,
					       .areas = AREAS,
					       .page_bytes = 4096 };
	const size_t settings = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	struct load *load = calloc(1, sizeof(*load));
	struct whatif *whatif = settings ? new_whatif(settings) : NULL;
	uint64_t spent_ns = 0;
	int err = 1;

	if (load)
		load->pool = allocator_new(&shape);
	if (!whatif || !load || !load->pool)
		fprintf(stderr, "usage: simulate REQUESTS SETTINGS\n");
	else
		err = run(load, whatif, strtoull(argv[1], NULL, 10), &spent_ns);
	if (!err)
		print(whatif, spent_ns);
	whatif_free(whatif);
	allocator_free(load ? load->pool : NULL);
	free(load);
	return !!err;
}
