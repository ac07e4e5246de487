/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/rules.h"

#include <errno.h>
#include <inttypes.h>

#include "model/level.h"
#include "util/units.h"

int check_not_attached(const struct snapshot *snap, struct findings *findings)
{
	for (unsigned int i = 0; i < level_count; i++) {
		unsigned int level = level_table[i].level;
		const char *reason = snapshot_level_missing(snap, level);
		struct finding *f;

		/* Stock kernels have no block functions: nothing is amiss. */
		if (!(snap->levels & level) || !reason ||
		    (level == LEVEL_BLOCKS && !snapshot_blocks_known(snap)))
			continue;
		f = add_finding(findings, "not-attached", SEVERITY_WARNING, -1);
		if (!f)
			return -ENOMEM;
		append_text(f->text, "nothing of level %s is attached: %s",
			    level_table[i].name, reason);
		append_text(f->advice, "its figures are unknown, not zero; "
				       "'swiotlb doctor' says more");
	}
	return 0;
}

int check_loss(const struct snapshot *snap, struct findings *findings)
{
	uint64_t total = snapshot_loss_total(snap);
	struct finding *f;

	if (!total)
		return 0;
	f = add_finding(findings, "tracing-loss", SEVERITY_WARNING, -1);
	if (!f)
		return -ENOMEM;
	append_text(f->text, "%" PRIu64 " event%s missed while tracing", total,
		    plural(total));
	for (size_t i = 0; i < snap->nr_losses; i++)
		if (snap->losses[i].count)
			append_text(f->text, "; %s %" PRIu64,
				    snap->losses[i].cause,
				    snap->losses[i].count);
	append_text(f->advice,
		    "waits, owners and ages may be incomplete by as many; "
		    "figures read from the kernel's state are not");
	return 0;
}
