/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/whatif.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/lock_queues.h"
#include "model/trial.h"
#include "model/unserved.h"
#include "util/array.h"

/* Requests whose waits are found at once: they bound the memory for these. */
#define SLICE 8192u

#define NO_STATE SIZE_MAX

/* With the request before. */
static const struct arrival at_once;

/**
 * struct live - a mapping of the record, by the slot that it is known by
 * @serial: its own, never 0; 0 = there is none
 * @device: index; NO_DEVICE = it is older than the trace
 * @unserved: list of requests that end with it
 * @slots: that it takes
 * @padding: of these, before the one that it is known by
 */
struct live {
	uint32_t serial;
	uint32_t device;
	uint32_t unserved;
	uint32_t slots;
	uint32_t padding;
};

/**
 * struct area_turn - how far an area has come
 * @turn: of its last request
 * @state: index in the trace's areas, of state that is still to come
 * @known: its state has been read
 */
struct area_turn {
	uint64_t turn;
	size_t state;
	bool known;
};

/**
 * struct record - a pool of the record
 * @id: of struct trace_pool
 * @allocator: with what is taken in the record
 * @live: by slot
 * @areas: by area
 * @area_slots: slots of one
 * @first_id: of holdings: that of what is known by its slot 0
 * @first_lock: of its areas in the record
 */
struct record {
	int id;
	struct allocator *allocator;
	struct live *live;
	struct area_turn *areas;
	uint32_t area_slots;
	uint32_t first_id;
	uint32_t first_lock;
};

/**
 * struct user - a CPU that makes requests for a device
 * @serial: of the last mapping that it made; 0 = none
 * @pool: of that
 * @slot: likewise
 * @unserved: list of requests that end with its next one; plus 1
 */
struct user {
	uint32_t serial;
	uint32_t pool;
	uint32_t slot;
	uint32_t unserved;
};

/**
 * struct requester - a device of the record
 * @trace: as the trace describes it
 * @users: by CPU
 * @room_users: of @users
 */
struct requester {
	struct trace_device trace;
	struct user *users;
	size_t room_users;
};

struct whatif {
	struct whatif_basis basis;
	struct recorded recorded;
	uint64_t unknown;
	struct trial **trials;
	size_t nr_trials;
	struct record *records;
	size_t room_records;
	size_t nr_records;
	struct requester *devices;
	size_t room_devices;
	size_t nr_devices;
	struct unserved *unserved;
	struct arrivals *arrivals;
	uint32_t nr_ids;
	uint32_t nr_locks;
	uint32_t serial;
	/* Of the current part: by index in the trace. */
	uint32_t *pool_of;
	size_t room_pool_of;
	uint32_t *device_of;
	size_t room_device_of;
};

/**
 * struct step - the request that is followed
 * @request: of the trace
 * @pool: index
 * @device: index
 * @arrival: when
 */
struct step {
	const struct request *request;
	uint32_t pool;
	uint32_t device;
	struct arrival arrival;
};

struct whatif *whatif_new(const struct whatif_basis *basis,
			  const struct setting *settings, size_t nr)
{
	const struct arrivals_basis arrivals = {
		.hold_ns = histogram_total(&basis->holds)
				   ? histogram_middle(&basis->holds)
				   : basis->hold_ns,
		.rest_ns = basis->rest_ns,
		.waits_known = basis->waits_known,
		.wait_ns = basis->wait_ns,
		.contended = basis->contended,
	};
	struct whatif *whatif = calloc(1, sizeof(*whatif));
	bool made;

	if (!whatif)
		return NULL;
	whatif->basis = *basis;
	whatif->nr_ids = UNSERVED_MAX;
	whatif->trials = calloc(nr + 1, sizeof(*whatif->trials));
	whatif->unserved = unserved_new();
	whatif->arrivals = arrivals_new(&arrivals);
	made = whatif->trials && whatif->unserved && whatif->arrivals;
	for (size_t i = 0; made && i < nr; i++) {
		whatif->trials[i] = trial_new(&whatif->basis, &settings[i]);
		made = whatif->trials[i] &&
		       !trial_make_room(whatif->trials[i], UNSERVED_MAX);
		whatif->nr_trials = i + 1;
	}
	if (made)
		return whatif;
	whatif_free(whatif);
	return NULL;
}

void whatif_free(struct whatif *whatif)
{
	if (!whatif)
		return;
	for (size_t i = 0; i < whatif->nr_trials; i++)
		trial_free(whatif->trials[i]);
	for (size_t i = 0; i < whatif->nr_records; i++) {
		allocator_free(whatif->records[i].allocator);
		free(whatif->records[i].live);
		free(whatif->records[i].areas);
	}
	for (size_t i = 0; i < whatif->nr_devices; i++)
		free(whatif->devices[i].users);
	free(whatif->trials);
	free(whatif->records);
	free(whatif->devices);
	free(whatif->pool_of);
	free(whatif->device_of);
	unserved_free(whatif->unserved);
	arrivals_free(whatif->arrivals);
	free(whatif);
}

/*
 * What ends
 */

static void end_in_trials(struct whatif *whatif, const struct holding *holding,
			  uint32_t cpu, struct arrival arrival)
{
	for (size_t i = 0; i < whatif->nr_trials; i++)
		trial_unmap(whatif->trials[i], holding, cpu, arrival);
}

/* Requests that end with a mapping, or with the next request of a CPU. */
static void end_unserved(struct whatif *whatif, uint32_t list, uint32_t cpu)
{
	uint32_t number;

	while (list != NO_UNSERVED) {
		if (!unserved_end(whatif->unserved, &list, &number))
			continue;
		const struct holding holding = {
			.id = number,
			.pool = unserved_pool(whatif->unserved, number),
			.device = unserved_device(whatif->unserved, number),
		};

		end_in_trials(whatif, &holding, cpu, at_once);
	}
}

static struct holding holding_at(const struct whatif *whatif, uint32_t pool,
				 uint32_t slot)
{
	const struct record *record = &whatif->records[pool];

	return (struct holding){
		.id = record->first_id + slot,
		.pool = pool,
		.device = record->live[slot].device,
	};
}

static void end_mapping(struct whatif *whatif, uint32_t pool, uint32_t slot,
			uint32_t cpu, struct arrival arrival)
{
	struct record *record = &whatif->records[pool];
	struct live *live = &record->live[slot];
	const struct holding holding = holding_at(whatif, pool, slot);

	live->serial = 0;
	allocator_unmap(record->allocator, slot - live->padding);
	end_in_trials(whatif, &holding, cpu, arrival);
	end_unserved(whatif, live->unserved, cpu);
}

/*
 * What begins
 */

static bool overlaps(const struct live *live, uint32_t slot, uint32_t first,
		     uint32_t slots)
{
	const uint32_t begin = slot - live->padding;

	return live->serial && begin < first + slots &&
	       first < begin + live->slots;
}

/* Slots that are given again were free: the trace lacks unmaps. */
static void end_overlapped(struct whatif *whatif, uint32_t pool, uint32_t first,
			   uint32_t slots, uint32_t cpu)
{
	struct record *record = &whatif->records[pool];
	const uint32_t begin = first - first % SEGMENT_SLOTS;

	for (uint32_t slot = begin; slot < begin + SEGMENT_SLOTS; slot++)
		if (overlaps(&record->live[slot], slot, first, slots))
			end_mapping(whatif, pool, slot, cpu, at_once);
	/* What begins in another segment is blocks. */
	for (uint32_t slot = begin;
	     slot-- && !allocator_run(record->allocator, first);)
		if (overlaps(&record->live[slot], slot, first, slots))
			end_mapping(whatif, pool, slot, cpu, at_once);
}

static void note_recorded_peak(struct whatif *whatif,
			       const struct record *record)
{
	const uint64_t used = allocator_used(record->allocator, UINT32_MAX);

	if (record->id == whatif->basis.pool_id && used > whatif->recorded.peak)
		whatif->recorded.peak = used;
}

/* @live: without serial and slots that end with it */
static void begin_mapping(struct whatif *whatif, uint32_t pool, uint32_t slot,
			  const struct live *live, uint32_t cpu)
{
	struct record *record = &whatif->records[pool];
	const uint32_t first = slot - live->padding;

	if (allocator_reserve(record->allocator, first, live->slots)) {
		end_overlapped(whatif, pool, first, live->slots, cpu);
		allocator_reserve(record->allocator, first, live->slots);
	}
	record->live[slot] = *live;
	record->live[slot].serial =
		++whatif->serial ? whatif->serial : ++whatif->serial;
	record->live[slot].unserved = NO_UNSERVED;
	note_recorded_peak(whatif, record);
}

/*
 * The state of areas
 */

static void adopt(struct whatif *whatif, uint32_t pool,
		  const struct trace_run *run)
{
	const struct live live = { .device = NO_DEVICE, .slots = run->slots };
	struct holding holding;

	begin_mapping(whatif, pool, run->slot, &live, 0);
	holding = holding_at(whatif, pool, run->slot);
	for (size_t i = 0; i < whatif->nr_trials; i++)
		trial_keep(whatif->trials[i], &holding, run);
}

static void house(struct whatif *whatif, uint32_t pool, uint32_t area,
		  const struct trace_run *run)
{
	const struct holding holding = holding_at(whatif, pool, run->slot);

	for (size_t i = 0; i < whatif->nr_trials; i++)
		trial_house(whatif->trials[i], &holding, run, area);
}

/* Whether a mapping is in the state: runs are in the order of their slots. */
static bool is_in_state(const struct trace_run *runs, size_t nr, size_t *next,
			uint32_t first, uint32_t slots)
{
	while (*next < nr && runs[*next].slot < first)
		++*next;
	return *next < nr && runs[*next].slot == first &&
	       runs[*next].slots == slots;
}

static void end_what_is_gone(struct whatif *whatif, uint32_t pool,
			     const struct trace_area *area,
			     const struct trace_run *runs)
{
	const struct record *record = &whatif->records[pool];
	const uint32_t begin = area->area * record->area_slots;
	size_t next = 0;

	for (uint32_t i = 0; i < record->area_slots; i++) {
		const struct live *live = &record->live[begin + i];

		if (live->serial &&
		    !is_in_state(runs, area->nr_runs, &next,
				 begin + i - live->padding, live->slots))
			end_mapping(whatif, pool, begin + i, 0, at_once);
	}
}

/* As it was read: what the record has is replaced by that. */
static void apply_state(struct whatif *whatif, uint32_t pool,
			const struct trace *trace, size_t index)
{
	const struct trace_area *area = &trace->areas[index];
	const struct trace_run *runs = trace->runs + area->first_run;
	struct record *record = &whatif->records[pool];
	struct area_turn *turn = &record->areas[area->area];
	const uint32_t before = whatif->serial;

	end_what_is_gone(whatif, pool, area, runs);
	for (size_t i = 0; i < area->nr_runs; i++)
		if (allocator_run(record->allocator, runs[i].slot))
			adopt(whatif, pool, &runs[i]);
	for (size_t i = 0; i < area->nr_runs; i++)
		if (record->live[runs[i].slot].serial > before)
			house(whatif, pool, area->area, &runs[i]);
	for (size_t i = 0; i < whatif->nr_trials; i++)
		trial_set_index(whatif->trials[i], pool, area->area,
				area->index);
	turn->known = true;
	turn->turn = area->turn;
	turn->state = NO_STATE;
}

/*
 * Requests
 */

static struct allocation asked_of(const struct whatif *whatif,
				  const struct step *step)
{
	const struct trace_device *device =
		&whatif->devices[step->device].trace;

	return (struct allocation){
		.size = step->request->size,
		.origin = step->request->origin,
		.align = step->request->align,
		.min_align_mask = device->min_align_mask,
		.boundary_mask = device->boundary_mask,
		.cpu = step->request->cpu,
	};
}

static struct unserved_key key_of(const struct step *step)
{
	return (struct unserved_key){
		.device = step->device,
		.origin = step->request->origin,
		.size = step->request->size,
	};
}

static struct user *user_of(const struct whatif *whatif,
			    const struct step *step)
{
	return &whatif->devices[step->device].users[step->request->cpu];
}

static void end_brief(struct whatif *whatif, const struct step *step)
{
	struct user *user = user_of(whatif, step);
	const uint32_t list = user->unserved - 1;

	user->unserved = 0;
	end_unserved(whatif, list, step->request->cpu);
}

/* Where a setting has served the request already, it is not asked again. */
static void ask(struct whatif *whatif, const struct step *step,
		const struct holding *holding, uint32_t served)
{
	const struct allocation asked = asked_of(whatif, step);

	for (size_t i = 0; i < whatif->nr_trials; i++) {
		struct trial *trial = whatif->trials[i];

		if (served == NO_UNSERVED || !trial_has(trial, served)) {
			trial_map(trial, holding, &asked, step->arrival,
				  step->request->slot);
			continue;
		}
		trial_pass(trial, step->request->cpu, step->arrival);
		if (served != holding->id)
			trial_rename(trial, served, holding->id);
	}
}

static void follow_map(struct whatif *whatif, const struct step *step)
{
	const struct request *request = step->request;
	struct record *record = &whatif->records[step->pool];
	const struct allocation asked = asked_of(whatif, step);
	const struct unserved_key key = key_of(step);
	struct live live = { .device = step->device };
	struct holding holding;
	uint32_t served;

	live.slots = allocator_extent(record->allocator, &asked, &live.padding);
	if (live.padding > request->slot % SEGMENT_SLOTS)
		live.padding = 0;
	begin_mapping(whatif, step->pool, request->slot, &live, request->cpu);
	holding = holding_at(whatif, step->pool, request->slot);
	served = unserved_find(whatif->unserved, &key);
	ask(whatif, step, &holding, served);
	if (served != NO_UNSERVED)
		unserved_settle(whatif->unserved, served);
	end_brief(whatif, step);
	*user_of(whatif, step) = (struct user){
		.serial = record->live[request->slot].serial,
		.pool = step->pool,
		.slot = request->slot,
	};
}

/* The list of requests that end with what the CPU has made last. */
static uint32_t *list_for(struct whatif *whatif, struct user *user)
{
	struct live *live;

	if (!user->serial)
		return NULL;
	live = &whatif->records[user->pool].live[user->slot];
	return live->serial == user->serial ? &live->unserved : NULL;
}

static uint32_t keep_unserved(struct whatif *whatif, const struct step *step,
			      const struct unserved_key *key)
{
	struct user *user = user_of(whatif, step);
	uint32_t *list = list_for(whatif, user), brief = user->unserved - 1;
	uint32_t number = unserved_add(whatif->unserved, key, step->pool,
				       list ? list : &brief);

	user->unserved = brief + 1;
	return number;
}

static void follow_refusal(struct whatif *whatif, const struct step *step)
{
	const struct unserved_key key = key_of(step);
	struct holding holding = { .pool = step->pool, .device = step->device };
	uint32_t served = unserved_find(whatif->unserved, &key);

	whatif->recorded.refused++;
	if (served == NO_UNSERVED) {
		end_brief(whatif, step);
		served = keep_unserved(whatif, step, &key);
	}
	/* Too many to keep: it ends at once. */
	holding.id = served == NO_UNSERVED ? UNSERVED_MAX : served;
	ask(whatif, step, &holding, served);
	if (served == NO_UNSERVED)
		end_in_trials(whatif, &holding, step->request->cpu, at_once);
}

/*
 * The slot that a mapping is known by. Of one that is older than the trace the
 * state has the first slot, which need not be that of its address.
 */
static bool find_live(const struct record *record, uint32_t *slot)
{
	uint32_t at = *slot;

	while (!record->live[at].serial && at % SEGMENT_SLOTS &&
	       !allocator_run(record->allocator, at))
		at--;
	if (!record->live[at].serial ||
	    (at != *slot && (record->live[at].device != NO_DEVICE ||
			     at + record->live[at].slots <= *slot)))
		return false;
	*slot = at;
	return true;
}

static void follow_unmap(struct whatif *whatif, const struct step *step)
{
	uint32_t slot = step->request->slot;

	whatif->recorded.unmaps++;
	end_brief(whatif, step);
	if (find_live(&whatif->records[step->pool], &slot)) {
		end_mapping(whatif, step->pool, slot, step->request->cpu,
			    step->arrival);
		return;
	}
	whatif->unknown++;
	for (size_t i = 0; i < whatif->nr_trials; i++)
		trial_pass(whatif->trials[i], step->request->cpu,
			   step->arrival);
}

/*
 * Parts of a trace
 */

static int make_room(struct whatif *whatif, size_t ids)
{
	int err = 0;

	for (size_t i = 0; !err && i < whatif->nr_trials; i++)
		err = trial_make_room(whatif->trials[i], ids);
	return err;
}

static int add_record(struct whatif *whatif, const struct trace_pool *pool)
{
	const struct allocator_shape shape = {
		.search = whatif->basis.search,
		.bus_start = pool->bus_start,
		.slots = pool->slots,
		.areas = pool->areas,
		.page_bytes = whatif->basis.page_bytes,
	};
	struct record *record;
	int err = array_grow(&whatif->records, &whatif->room_records,
			     whatif->nr_records + 1, sizeof(*whatif->records));

	if (err)
		return err;
	record = &whatif->records[whatif->nr_records];
	record->id = pool->id;
	record->allocator = allocator_new(&shape);
	if (!record->allocator)
		return -errno;
	whatif->nr_records++;
	record->area_slots = pool->slots / pool->areas;
	record->live = calloc(pool->slots, sizeof(*record->live));
	record->areas = calloc(pool->areas, sizeof(*record->areas));
	if (!record->live || !record->areas)
		return -ENOMEM;
	for (uint32_t i = 0; i < pool->areas; i++)
		record->areas[i].state = NO_STATE;
	/* One more than UNSERVED_MAX: see follow_refusal(). */
	record->first_id = whatif->nr_ids + 1;
	whatif->nr_ids = record->first_id + pool->slots;
	record->first_lock = whatif->nr_locks;
	whatif->nr_locks += pool->areas;
	for (size_t i = 0; !err && i < whatif->nr_trials; i++)
		err = trial_add_pool(whatif->trials[i], &shape,
				     pool->id == whatif->basis.pool_id);
	return err ? err : make_room(whatif, whatif->nr_ids);
}

static int find_record(struct whatif *whatif, const struct trace_pool *pool,
		       uint32_t *index)
{
	for (size_t i = 0; i < whatif->nr_records; i++) {
		const struct allocator_shape *shape;

		if (whatif->records[i].id != pool->id)
			continue;
		shape = allocator_shape(whatif->records[i].allocator);
		*index = i;
		return shape->slots == pool->slots &&
				       shape->areas == pool->areas
			       ? 0
			       : -EINVAL;
	}
	*index = whatif->nr_records;
	return add_record(whatif, pool);
}

static int find_device(struct whatif *whatif, const struct trace_device *device,
		       uint32_t *index)
{
	int err;

	for (*index = 0; *index < whatif->nr_devices; ++*index) {
		struct requester *known = &whatif->devices[*index];

		if (strncmp(known->trace.name, device->name, NAME_LEN))
			continue;
		known->trace = *device;
		return 0;
	}
	err = array_grow(&whatif->devices, &whatif->room_devices, *index + 1ul,
			 sizeof(*whatif->devices));
	if (err)
		return err;
	whatif->devices[*index].trace = *device;
	whatif->nr_devices++;
	for (size_t i = 0; !err && i < whatif->nr_trials; i++)
		err = trial_add_device(whatif->trials[i], device->name);
	return err;
}

static int find_names(struct whatif *whatif, const struct trace *trace)
{
	int err = array_grow(&whatif->pool_of, &whatif->room_pool_of,
			     trace->nr_pools, sizeof(*whatif->pool_of));

	if (!err)
		err = array_grow(&whatif->device_of, &whatif->room_device_of,
				 trace->nr_devices, sizeof(*whatif->device_of));
	for (size_t i = 0; !err && i < trace->nr_pools; i++)
		err = find_record(whatif, &trace->pools[i],
				  &whatif->pool_of[i]);
	for (size_t i = 0; !err && i < trace->nr_devices; i++)
		err = find_device(whatif, &trace->devices[i],
				  &whatif->device_of[i]);
	return err;
}

static bool is_sound_state(const struct whatif *whatif,
			   const struct trace *trace,
			   const struct trace_area *area)
{
	const struct record *record;
	uint32_t begin;

	if (area->pool >= trace->nr_pools || area->nr_runs > trace->nr_runs ||
	    area->first_run > trace->nr_runs - area->nr_runs)
		return false;
	record = &whatif->records[whatif->pool_of[area->pool]];
	if (area->area >= allocator_shape(record->allocator)->areas)
		return false;
	begin = area->area * record->area_slots;
	for (size_t i = 0; i < area->nr_runs; i++) {
		const struct trace_run *run = &trace->runs[area->first_run + i];

		if (!run->slots || run->slots > record->area_slots ||
		    run->slot < begin ||
		    run->slot - begin > record->area_slots - run->slots)
			return false;
	}
	return true;
}

/* The first state of an area is applied at once, later ones in their turn. */
static int take_states(struct whatif *whatif, const struct trace *trace)
{
	for (size_t i = 0; i < trace->nr_areas; i++)
		if (!is_sound_state(whatif, trace, &trace->areas[i]))
			return -EINVAL;
	for (size_t i = 0; i < trace->nr_areas; i++) {
		const struct trace_area *area = &trace->areas[i];
		const uint32_t pool = whatif->pool_of[area->pool];
		struct area_turn *turn =
			&whatif->records[pool].areas[area->area];

		if (turn->known)
			turn->state = i;
		else
			apply_state(whatif, pool, trace, i);
	}
	return 0;
}

static int prepare_step(struct whatif *whatif, const struct trace *trace,
			const struct request *request, struct step *step)
{
	const struct record *record;
	struct requester *device;

	if (request->pool >= trace->nr_pools ||
	    request->device >= trace->nr_devices)
		return -EINVAL;
	*step = (struct step){
		.request = request,
		.pool = whatif->pool_of[request->pool],
		.device = whatif->device_of[request->device],
	};
	record = &whatif->records[step->pool];
	if (request->slot >= allocator_shape(record->allocator)->slots &&
	    (request->slot != REQUEST_REFUSED || request->kind != REQUEST_MAP))
		return -EINVAL;
	device = &whatif->devices[step->device];
	return array_grow(&device->users, &device->room_users,
			  request->cpu + 1ul, sizeof(*device->users));
}

/*
 * The area's state, if it is the request's turn. Return: false = the request is
 * in the state already.
 */
static bool take_turn(struct whatif *whatif, const struct trace *trace,
		      const struct step *step)
{
	const struct request *request = step->request;
	struct record *record = &whatif->records[step->pool];
	struct area_turn *turn;

	if (request->slot == REQUEST_REFUSED || !request->turn)
		return true;
	turn = &record->areas[request->slot / record->area_slots];
	if (turn->state != NO_STATE &&
	    request->turn > trace->areas[turn->state].turn)
		apply_state(whatif, step->pool, trace, turn->state);
	if (request->turn <= turn->turn)
		return false;
	turn->turn = request->turn;
	return true;
}

static int think(struct whatif *whatif, struct step *step)
{
	const struct record *record = &whatif->records[step->pool];
	const struct request *request = step->request;
	const uint32_t lock =
		request->slot == REQUEST_REFUSED
			? NO_LOCK
			: record->first_lock +
				  request->slot / record->area_slots;

	return arrivals_add(whatif->arrivals, request->cpu, lock,
			    request->at_ns, &step->arrival);
}

static int follow(struct whatif *whatif, const struct trace *trace,
		  const struct request *request)
{
	struct step step;
	int err = prepare_step(whatif, trace, request, &step);

	if (!err)
		err = think(whatif, &step);
	if (err)
		return err;
	if (!whatif->recorded.from_ns)
		whatif->recorded.from_ns = request->at_ns;
	whatif->recorded.to_ns = request->at_ns;
	if (!take_turn(whatif, trace, &step))
		return 0;
	whatif->recorded.maps += request->kind == REQUEST_MAP;
	if (request->kind == REQUEST_UNMAP)
		follow_unmap(whatif, &step);
	else if (request->slot == REQUEST_REFUSED)
		follow_refusal(whatif, &step);
	else
		follow_map(whatif, &step);
	return 0;
}

static int wait_for_locks(struct whatif *whatif)
{
	int err = 0;

	for (size_t i = 0; i < whatif->nr_trials; i++) {
		const int failed = trial_wait(whatif->trials[i]);

		err = err ? err : failed;
	}
	return err;
}

static int follow_slice(struct whatif *whatif, const struct trace *trace,
			size_t from, size_t to)
{
	int err = 0, failed;

	arrivals_begin(whatif->arrivals, from ? trace->requests[from - 1].at_ns
					      : whatif->recorded.to_ns);
	for (size_t i = from; !err && i < to; i++)
		err = follow(whatif, trace, &trace->requests[i]);
	failed = wait_for_locks(whatif);
	return err ? err : failed;
}

/* State that no request came after. */
static void take_last_states(struct whatif *whatif, const struct trace *trace)
{
	for (size_t i = 0; i < trace->nr_areas; i++) {
		const struct trace_area *area = &trace->areas[i];
		const uint32_t pool = whatif->pool_of[area->pool];

		if (whatif->records[pool].areas[area->area].state == i)
			apply_state(whatif, pool, trace, i);
	}
}

int whatif_add(struct whatif *whatif, const struct trace *trace)
{
	int err = find_names(whatif, trace);

	if (!err)
		err = take_states(whatif, trace);
	for (size_t i = 0; !err && i < trace->nr_requests; i += SLICE) {
		const size_t left = trace->nr_requests - i;

		err = follow_slice(whatif, trace, i,
				   i + (left < SLICE ? left : SLICE));
	}
	if (err)
		return err;
	take_last_states(whatif, trace);
	whatif->recorded.lost += trace->lost;
	whatif->recorded.unordered += trace->unordered;
	for (size_t i = 0; i < whatif->nr_trials; i++)
		trial_end_part(whatif->trials[i]);
	return wait_for_locks(whatif);
}

void whatif_recorded(const struct whatif *whatif, struct recorded *recorded)
{
	*recorded = whatif->recorded;
}

void whatif_outcome(const struct whatif *whatif, size_t index,
		    struct outcome *outcome)
{
	trial_outcome(whatif->trials[index], outcome);
	outcome->unknown = whatif->unknown;
}
