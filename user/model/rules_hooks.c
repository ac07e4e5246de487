/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/level.h"
#include "model/rules.h"

bool check_not_attached(const struct subject *s, struct finding *f)
{
	const struct snapshot *snap = s->snap;
	const struct level_info *info = s->item;
	const char *reason = snapshot_level_missing(snap, info->level);

	if (!(snap->levels & info->level) || !reason)
		return false;
	add_word(f, "reason", reason);
	/* Stock kernels have no block functions: that is no fault. */
	return info->level != LEVEL_BLOCKS || snapshot_blocks_known(snap);
}

bool check_loss(const struct subject *s, struct finding *f)
{
	const struct snapshot *snap = s->snap;
	uint64_t total = snapshot_loss_total(snap);

	add_figure(f, "lost", UNIT_COUNT, total);
	for (size_t i = 0; i < snap->nr_losses; i++)
		if (snap->losses[i].count)
			add_part(f, "lost", snap->losses[i].count,
				 snap->losses[i].cause, i);
	return total;
}
