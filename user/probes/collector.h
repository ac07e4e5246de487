/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_COLLECTOR_H
#define PROBES_COLLECTOR_H

#include "probes/hooks.h"
#include "probes/pools.h"
#include "probes/session.h"

/**
 * struct collector - gathers one concern with one BPF object
 * @name: the concern, for messages
 * @levels: levels it serves
 * @table: its hooks
 * @object: how to open, load and close the object
 * @create: make the data that the other functions get as @self, given the pools
 *	as they are before the load, and what was asked for
 * @destroy: free that data; the object has been closed
 * @pools_changed: pools were added or removed; may be NULL
 * @poll: called a few times a second, between snapshots; may be NULL
 * @read: add its figures to a snapshot whose pools and owners are filled in
 * @describe_map: add the parts of one of its maps to a snapshot, as struct
 *	table, and return 1; or return 0 to have the map added whole; may be
 * NULL
 *
 * Functions return 0 or negative errno.
 */
struct collector {
	const char *name;
	unsigned int levels;
	struct hook_table table;
	struct hook_object object;
	void *(*create)(struct pools *pools,
			const struct session_options *options);
	void (*destroy)(void *self);
	int (*pools_changed)(void *self, struct pools *pools);
	int (*poll)(void *self);
	int (*read)(void *self, struct pools *pools, struct snapshot *snap);
	int (*describe_map)(void *self, const struct bpf_map *map,
			    struct snapshot *snap);
};

#endif
