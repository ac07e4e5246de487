/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/rules.h"

bool owner_leaks(const struct snapshot *snap, const struct block_owner *owner)
{
	return owner->device_gone || (snap->window.ended && owner->in_window);
}

static bool add_blocks(struct finding *f, const char *name, uint64_t blocks)
{
	add_figure(f, name, UNIT_COUNT, blocks);
	add_figure(f, "bytes", UNIT_BYTES, (blocks * BLOCK_BYTES));
	return blocks;
}

bool check_block_leak(const struct subject *s, struct finding *f)
{
	const struct snapshot *snap = s->snap;
	const bool gone = f->rule->which == BLOCKS_ORPHANED;
	const char *name = gone ? "orphaned" : "kept";
	uint64_t orphaned = snapshot_orphaned_blocks(snap);

	for (size_t i = 0; i < snap->nr_owners; i++) {
		const struct block_owner *owner = &snap->owners[i];

		if (owner->device_gone == gone && owner_leaks(snap, owner))
			add_part(f, name, owner->blocks, owner->device, 0);
	}
	return add_blocks(f, name,
			  gone ? orphaned : snap->blocks.leaked - orphaned);
}

bool check_unreclaimed(const struct subject *s, struct finding *f)
{
	return add_blocks(f, "unreclaimed", s->snap->blocks.unreclaimed);
}

static bool add_failed(struct finding *f, const struct block_totals *blocks,
		       uint64_t failed)
{
	add_figure(f, "failures", UNIT_COUNT, failed);
	return blocks->counted && failed;
}

bool check_block_failed(const struct subject *s, struct finding *f)
{
	const struct block_totals *b = &s->snap->blocks;

	return b->failed > b->failed_with_room &&
	       add_failed(f, b, b->failed - b->failed_with_room);
}

bool check_failed_with_room(const struct subject *s, struct finding *f)
{
	const struct block_totals *b = &s->snap->blocks;

	return add_failed(f, b, b->failed_with_room);
}
