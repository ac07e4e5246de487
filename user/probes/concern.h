/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_CONCERN_H
#define PROBES_CONCERN_H

#include "probes/hooks.h"
#include "probes/pools.h"

/**
 * struct concern - one BPF object, as the session sees it
 * @name: for messages
 * @levels: levels it serves
 * @table: its hooks
 * @object: how its skeleton is opened
 * @create: make its owner, given the pools as they are before the load, and
 *	whether the user wants stacks
 * @destroy: free the owner; its object is closed before
 * @follow: take notice of pools that came and went; may be NULL
 * @read: add its figures to a snapshot whose pools and owners are filled in
 * @parts: add the parts of one of its maps to a snapshot, as struct table, and
 *	return 1, or 0 to have the map added whole; may be NULL
 *
 * Functions return 0 or negative errno.
 */
struct concern {
	const char *name;
	unsigned int levels;
	struct hook_table table;
	struct hook_object object;
	void *(*create)(struct pools *pools, bool stacks);
	void (*destroy)(void *owner);
	int (*follow)(void *owner, struct pools *pools);
	int (*read)(void *owner, struct pools *pools, struct snapshot *snap);
	int (*parts)(void *owner, const struct bpf_map *map,
		     struct snapshot *snap);
};

#endif
