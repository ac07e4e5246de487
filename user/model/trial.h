/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_TRIAL_H
#define MODEL_TRIAL_H

/*
 * One setting of what-if: its pools, where mappings are in them, and what
 * becomes of requests. whatif.c follows the record and says what happens.
 */

#include "model/lock_queues.h"
#include "model/whatif.h"

/* struct holding: not known */
#define NO_DEVICE UINT32_MAX

/**
 * struct holding - something that takes slots, or asks for them
 * @id: its own while it lives
 * @pool: of the record, counted from 0
 * @device: of the record, counted from 0; NO_DEVICE = not known
 */
struct holding {
	uint32_t id;
	uint32_t pool;
	uint32_t device;
};

struct trial;

/** trial_new() - @basis must outlive it; NULL without memory */
struct trial *trial_new(const struct whatif_basis *basis,
			const struct setting *setting);

/** trial_free() - NULL is fine */
void trial_free(struct trial *trial);

/**
 * trial_add_pool() - the next pool of the record
 * @shape: as it is
 * @is_main: it is the one that the setting changes
 *
 * Return: 0, -EINVAL if it cannot be as the setting says, or -ENOMEM.
 */
int trial_add_pool(struct trial *trial, const struct allocator_shape *shape,
		   bool is_main);

/** trial_add_device() - the next device of the record; 0 or -ENOMEM */
int trial_add_device(struct trial *trial, const char *name);

/** trial_make_room() - for holdings with ids below @ids; 0 or -ENOMEM */
int trial_make_room(struct trial *trial, size_t ids);

/**
 * trial_keep() - slots that were taken before, if the pool stays as it is
 *
 * Return: false = they are not free here, or it does not; see trial_house().
 */
bool trial_keep(struct trial *trial, const struct holding *holding,
		const struct trace_run *run);

/**
 * trial_house() - as many slots as were taken before, wherever there is room
 * @area: in which they were
 *
 * Does nothing for what trial_keep() has kept.
 */
void trial_house(struct trial *trial, const struct holding *holding,
		 const struct trace_run *run, uint32_t area);

/** trial_set_index() - of an area, if the pool stays as it is */
void trial_set_index(struct trial *trial, uint32_t pool, uint32_t area,
		     uint32_t index);

/**
 * trial_map() - a request
 * @arrival: when
 * @recorded: the slot that the record has; REQUEST_REFUSED = none
 */
void trial_map(struct trial *trial, const struct holding *holding,
	       const struct allocation *asked, struct arrival arrival,
	       uint32_t recorded);

/** trial_has() - it has slots here */
bool trial_has(const struct trial *trial, uint32_t id);

/** trial_rename() - a holding gets another id */
void trial_rename(struct trial *trial, uint32_t from, uint32_t to);

/** trial_unmap() - it ends, if it has slots here */
void trial_unmap(struct trial *trial, const struct holding *holding,
		 uint32_t cpu, struct arrival arrival);

/** trial_pass() - a CPU's request that asks for nothing here */
void trial_pass(struct trial *trial, uint32_t cpu, struct arrival arrival);

/**
 * trial_wait() - let what has been asked for since the last call wait for locks
 *
 * Return: 0 or -ENOMEM, of all since the last call.
 */
int trial_wait(struct trial *trial);

/** trial_end_part() - a part of the trace is over */
void trial_end_part(struct trial *trial);

/** trial_outcome() - so far */
void trial_outcome(const struct trial *trial, struct outcome *outcome);

#endif
