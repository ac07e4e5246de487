/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/rules.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "util/units.h"

bool owner_leaks(const struct snapshot *snap, const struct block_owner *owner)
{
	return owner->device_gone || (snap->window.ended && owner->in_window);
}

static bool same_device(const struct block_owner *a,
			const struct block_owner *b)
{
	return a->device_gone == b->device_gone &&
	       !strcmp(a->device, b->device);
}

/*
 * Return: blocks that the device of an owner leaks; 0 when it leaks none, or an
 * owner before it is of the same device
 */
static unsigned int leaks_to_tell(const struct snapshot *snap, size_t owner)
{
	const struct block_owner *this = &snap->owners[owner];
	unsigned int blocks = 0;

	if (!owner_leaks(snap, this))
		return 0;
	for (size_t i = 0; i < snap->nr_owners; i++) {
		const struct block_owner *other = &snap->owners[i];

		if (!owner_leaks(snap, other) || !same_device(this, other))
			continue;
		if (i < owner)
			return 0;
		blocks += other->blocks;
	}
	return blocks;
}

static void append_leak_owners(const struct snapshot *snap, bool gone,
			       char *text)
{
	unsigned int named = 0;

	for (size_t i = 0; i < snap->nr_owners; i++) {
		const struct block_owner *owner = &snap->owners[i];
		unsigned int blocks = leaks_to_tell(snap, i);

		if (!blocks || owner->device_gone != gone)
			continue;
		if (++named > 3) {
			append_text(text, " and others");
			break;
		}
		append_text(text, "%s%u by %s%s", named == 1 ? ": " : ", ",
			    blocks,
			    *owner->device ? owner->device
			    : blocks == 1  ? "an unknown device"
					   : "unknown devices",
			    owner->device_gone ? " (gone)" : "");
	}
}

static int add_block_leak(const struct snapshot *snap, bool gone,
			  uint64_t leaked, struct findings *findings)
{
	struct finding *f;

	if (!leaked)
		return 0;
	f = add_finding(findings, "block-leak",
			gone ? SEVERITY_ERROR : SEVERITY_WARNING, -1);
	if (!f)
		return -ENOMEM;
	append_text(f->text, "%" PRIu64 " block%s (%s) leaked", leaked,
		    plural(leaked), BYTES(leaked * BLOCK_BYTES));
	append_leak_owners(snap, gone, f->text);
	append_text(
		f->advice, "%s; --stacks shows where the blocks were allocated",
		gone ? "the driver must call swiotlb_device_free() before its "
		       "device goes away"
		     : "taken in the window and kept after it: a leak unless "
		       "the driver keeps its pool for the device's life");
	return 0;
}

/* What a device that is gone had, nobody can give back any more. */
int check_block_leak(const struct snapshot *snap, struct findings *findings)
{
	uint64_t gone = snapshot_orphaned_blocks(snap);
	int err = add_block_leak(snap, true, gone, findings);

	return err ? err
		   : add_block_leak(snap, false, snap->blocks.leaked - gone,
				    findings);
}

int check_unreclaimed(const struct snapshot *snap, struct findings *findings)
{
	uint64_t blocks = snap->blocks.unreclaimed;
	struct finding *f;

	if (!blocks)
		return 0;
	f = add_finding(findings, "unreclaimed-blocks", SEVERITY_ERROR, -1);
	if (!f)
		return -ENOMEM;
	append_text(f->text,
		    "%" PRIu64 " block%s (%s) listed free, but their slots are "
		    "still taken",
		    blocks, plural(blocks), BYTES(blocks * BLOCK_BYTES));
	append_text(
		f->advice,
		"a kernel fault: freeing a block does not give its slots back, "
		"so the pool shrinks with every free; only a reboot helps now");
	return 0;
}

int check_block_failed(const struct snapshot *snap, struct findings *findings)
{
	const struct block_totals *b = &snap->blocks;
	uint64_t full = b->failed - b->failed_with_room;
	struct finding *f;

	if (!b->counted || b->failed <= b->failed_with_room)
		return 0;
	f = add_finding(findings, "block-failed", SEVERITY_WARNING, -1);
	if (!f)
		return -ENOMEM;
	append_text(f->text,
		    "%" PRIu64
		    " device allocation%s failed: no area had a long "
		    "enough run of free blocks",
		    full, plural(full));
	append_text(f->advice,
		    "boot with a larger pool (swiotlb=SLOTS), ask for "
		    "less, or free the pools of idle devices");
	return 0;
}

int check_failed_with_room(const struct snapshot *snap,
			   struct findings *findings)
{
	uint64_t failed = snap->blocks.failed_with_room;
	struct finding *f;

	if (!snap->blocks.counted || !failed)
		return 0;
	f = add_finding(findings, "block-failed-with-room", SEVERITY_WARNING,
			-1);
	if (!f)
		return -ENOMEM;
	append_text(f->text,
		    "%" PRIu64 " device allocation%s failed while an area had "
		    "enough free blocks in a row",
		    failed, plural(failed));
	append_text(f->advice,
		    "a kernel fault: its search does not look at every area; a "
		    "larger pool helps little");
	return 0;
}
