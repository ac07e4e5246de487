/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/audit.h"
#include "model/rules.h"

/* A part for each invariant that does not hold, by its row of the snapshot. */
bool check_audit_error(const struct subject *s, struct finding *f)
{
	const struct snapshot *snap = s->snap;
	uint64_t errors;

	audit_errors(snap, &errors);
	add_figure(f, "errors", UNIT_COUNT, (int64_t)errors);
	for (size_t i = 0; i < snap->nr_audit; i++) {
		const struct audit_result *row = &snap->audit[i];

		if (row->errors)
			add_part(f, "errors", (int64_t)row->errors,
				 audit_name(row->rule), i);
	}
	return errors;
}
