/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_MAPPING_DEVICES_H
#define PROBES_MAPPING_DEVICES_H

/* The programs' counters of each device. */

#include "model/snapshot.h"
#include "probes/tables.h"

struct mappings_bpf;

/**
 * struct device_ids - the numbers that devices have in snapshots
 * @keys: of the devices that were seen so far; the place of a key, from 1, is
 *	the device's number
 * @count: how many
 */
struct device_ids {
	uint64_t *keys;
	size_t count;
};

/**
 * struct mapping_devices - where the counts are
 * @skel: the object, loaded
 * @counted: what each CPU counted, struct cpu_devices
 * @ids: the numbers given so far
 * @fold_gone: all devices that are gone are one
 */
struct mapping_devices {
	struct mappings_bpf *skel;
	struct cpu_table counted;
	struct device_ids *ids;
	bool fold_gone;
};

/**
 * struct mapping_losses - missed events, by the counters
 * @unseen: ends without a begin
 * @replaced: begins without an end
 * @others: calls of devices that share a record
 */
struct mapping_losses {
	uint64_t unseen;
	uint64_t replaced;
	uint64_t others;
};

/**
 * mapping_devices_map() - map the counts of an object that has been loaded
 *
 * Return: 0 or negative errno.
 */
int mapping_devices_map(struct mapping_devices *devices,
			struct mappings_bpf *skel);

/** mapping_devices_unmap() - unmap them, before the object is closed */
void mapping_devices_unmap(struct mapping_devices *devices);

/** mapping_devices_full() - calls of some devices are counted together */
bool mapping_devices_full(const struct mapping_devices *devices);

/** mapping_devices_gone() - a number that differs when a device has gone */
uint64_t mapping_devices_gone(const struct mapping_devices *devices);

/** mapping_devices_unseen() - how many ends without a begin there were so far
 */
uint64_t mapping_devices_unseen(const struct mapping_devices *devices);

/**
 * mapping_devices_read() - add all devices, also those that are gone
 * @devices: where the counts are
 * @snap: the snapshot
 * @losses: added to
 *
 * Return: 0 or negative errno.
 */
int mapping_devices_read(const struct mapping_devices *devices,
			 struct snapshot *snap, struct mapping_losses *losses);

/**
 * typedef ends_visitor - called for each device that ended mappings
 * @device: its key
 * @before: of @ends, those of mappings that are older than the session
 * @ends: how many ended
 */
typedef int (*ends_visitor)(uint64_t device, uint64_t before, uint64_t ends,
			    void *data);

/**
 * mapping_devices_ends() - call @visit for each living device, perhaps several
 *	times
 *
 * Return: 0, negative errno, or what @visit returned that was not 0.
 */
int mapping_devices_ends(const struct mapping_devices *devices,
			 ends_visitor visit, void *data);

/**
 * mapping_devices_name() - the name of the device of that key
 * @devices: where names are
 * @key: of the device
 * @name: set to the name, "" = unknown
 * @len: room there
 */
void mapping_devices_name(const struct mapping_devices *devices, uint64_t key,
			  char *name, size_t len);

/**
 * mapping_devices_get() - the device of that key, added where it is missing, or
 *	the row of all that are gone
 *
 * Return: NULL = no memory.
 */
struct device *mapping_devices_get(const struct mapping_devices *devices,
				   struct snapshot *snap, uint64_t key);

/**
 * mapping_devices_finish() - sum up devices, and find the pool of each
 * @devices: where the counts are
 * @snap: with its pools, devices and live mappings
 */
void mapping_devices_finish(const struct mapping_devices *devices,
			    struct snapshot *snap);

#endif
