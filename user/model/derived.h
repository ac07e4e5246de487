/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_DERIVED_H
#define MODEL_DERIVED_H

/*
 * What rows of the schema compute: figures that no member has, and whether
 * a member is known. Each function is named after its row.
 */

#include "model/subject.h"

/* Whether a member of the subject is known. */
#define KNOWN(name) bool name(const struct subject *s)

KNOWN(pool_used_known);
KNOWN(area_used_known);
KNOWN(segments_known);
KNOWN(pool_has_blocks);
KNOWN(blocks_known);
KNOWN(leaks_known);
KNOWN(syncs_known);
KNOWN(copies_known);
KNOWN(has_command);
KNOWN(wrong_unmap_placed);
KNOWN(refusal_align_known);
KNOWN(pool_of_caller_known);

#undef KNOWN

/* A figure in *@value; false when it is unknown. */
#define FIGURE(name) bool name(const struct subject *s, int64_t *value)

FIGURE(slot_bytes);
FIGURE(pool_slots);
FIGURE(area_slots);
FIGURE(pool_busy);
FIGURE(pool_largest_free);
FIGURE(pool_memory);
FIGURE(pool_enough_slots);
FIGURE(lock_wait_p50);
FIGURE(lock_wait_p90);
FIGURE(lock_wait_p99);
FIGURE(foreign_contended);
FIGURE(foreign_wait_total);
FIGURE(lock_hold_p99);
FIGURE(foreign_acquisitions);
FIGURE(cpu_is_home);
FIGURE(owner_bytes);
FIGURE(group_leaked);
FIGURE(map_failures);
FIGURE(largest_mapping);
FIGURE(window_time);
FIGURE(growth_size);
FIGURE(block_orphaned);
FIGURE(block_stale);
FIGURE(got_slots);
FIGURE(got_areas);
FIGURE(default_used_hiwater);
FIGURE(all_audit_errors);
FIGURE(loss_total);
FIGURE(all_tables_bytes);
FIGURE(all_tables_bytes_full);

#undef FIGURE

/* Whether an item of a list is empty and is left out of reports. */
bool cpu_never_waited(const void *item);
bool cpu_never_held(const void *item);

#endif
