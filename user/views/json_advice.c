/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/refusals.h"
#include "views/advice.h"
#include "views/json_out.h"

#define ADVICE_SCHEMA "swiotlb-advice/1"

static void put_goal(struct json_out *out, const struct goal *goal)
{
	json_open(out, "goal", '{');
	json_put_count(out, "refusals", goal->refusals);
	json_put_real(out, "wait_percent", (double)goal->wait_share / 100);
	json_put_real(out, "spare_percent", (double)goal->spare_share / 100);
	json_close(out, '}');
}

static void put_refused(struct json_out *out, const uint64_t *refused)
{
	json_open(out, "refused", '{');
	for (enum failure_cause cause = 0; cause < FAILURE_CAUSES; cause++)
		json_put_count(out, failure_cause_name(cause), refused[cause]);
	json_close(out, '}');
}

static void put_measured(struct json_out *out, const struct advice *advice)
{
	const struct mapping_totals *mappings =
		&advice->interval->figures.mappings;
	const struct pool *pool = advice->pool;
	struct waits waits;

	json_open(out, "measured", '{');
	json_put_count(out, "slots", pool->slots);
	json_put_count(out, "areas", pool->nr_areas);
	json_put_count(out, "bytes", advice_bytes(advice, pool->slots));
	if (counter_known(pool->used_peak))
		json_put_count(out, "peak", pool->used_peak);
	else
		json_put_null(out, "peak");
	if (mappings->counted)
		put_refused(out, mappings->failures);
	else
		json_put_null(out, "refused");
	if (advice_measured(advice, &waits)) {
		json_put_count(out, "contended", waits.contended);
		json_put_seconds(out, "waited_seconds", waits.total_ns);
	} else {
		json_put_null(out, "contended");
		json_put_null(out, "waited_seconds");
	}
	json_close(out, '}');
}

static void put_basis(struct json_out *out, const struct advice *advice)
{
	const struct outcome *now = &advice->rows[0].outcome;

	json_open(out, "trace", '{');
	json_put_count(out, "maps", now->requests);
	json_put_count(out, "lost", advice->lost);
	json_put_count(out, "unordered", advice->unordered);
	json_put_count(out, "same_slot", now->same_slot);
	json_put_count(out, "other_slot", now->other_slot);
	json_put_text(out, "hold", hold_source_name(advice->hold_source));
	json_put_real(out, "hold_ns", advice->basis.hold_ns);
	json_put_real(out, "hold_rest_ns", advice->basis.rest_ns);
	json_put_real(out, "hold_per_slot_ns",
		      advice->basis.hold_ns / SLOTS_A_HOLD);
	json_put_real(out, "wait_more_ns", advice->wait_more_ns);
	json_close(out, '}');
}

static void put_outcome(struct json_out *out, const struct outcome *outcome)
{
	json_open(out, "predicted", '{');
	json_put_count(out, "peak", outcome->peak);
	json_put_count(out, "longest_free_min", outcome->longest_min);
	put_refused(out, outcome->refused);
	json_put_count(out, "contended", outcome->contended);
	json_put_seconds(out, "waited_seconds", outcome->waited_ns);
	json_put_seconds(out, "max_wait_seconds", outcome->max_wait_ns);
	json_put_count(out, "examined", outcome->examined);
	json_put_count(out, "unknown_unmaps", outcome->unknown);
	json_put_count(out, "unplaced", outcome->unplaced);
	json_put_count(out, "no_blocks", outcome->no_blocks);
	json_put_count(out, "device_peak", outcome->device_peak);
	json_close(out, '}');
}

static void put_misses(struct json_out *out, unsigned int misses)
{
	static const char *const names[] = { "refusals", "waits", "spare" };

	json_open(out, "misses", '[');
	for (unsigned int i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (misses & 1u << i)
			json_put_text(out, NULL, names[i]);
	json_close(out, ']');
}

static void put_setting(struct json_out *out, const struct advice *advice,
			const struct advice_row *row)
{
	const struct setting *setting =
		advice->traced ? &row->outcome.setting : &row->setting;

	json_open(out, NULL, '{');
	json_put_text(out, "role", advice_role_name(row->role));
	json_put_count(out, "slots", setting->slots);
	json_put_count(out, "areas", setting->areas);
	json_put_count(out, "bytes", advice_bytes(advice, setting->slots));
	json_put_text_or_null(out, "device", row->setting.device);
	if (*row->setting.device)
		json_put_count(out, "device_areas", row->setting.device_areas);
	else
		json_put_null(out, "device_areas");
	if (advice->traced)
		put_outcome(out, &row->outcome);
	else
		json_put_null(out, "predicted");
	put_misses(out, row->misses);
	json_close(out, '}');
}

static void put_settings(struct json_out *out, const struct advice *advice)
{
	json_open(out, "settings", '[');
	for (size_t i = 0; advice->state && i < advice->nr; i++) {
		const struct advice_row *row = &advice->rows[i];

		/* Without a trace as it is has no more than was measured. */
		if ((advice->traced || row->role != ROLE_NOW) &&
		    advice_shows(advice, row))
			put_setting(out, advice, row);
	}
	json_close(out, ']');
}

static void
put_texts(struct json_out *out, const char *key, const struct advice *advice,
	  char *(*nth)(const struct advice *advice, size_t index, char *text))
{
	char text[ADVICE_TEXT_LEN];

	json_open(out, key, '[');
	for (size_t i = 0; nth(advice, i, text); i++)
		json_put_text(out, NULL, text);
	json_close(out, ']');
}

static void put_advised(struct json_out *out, const struct advice *advice)
{
	char text[ADVICE_TEXT_LEN];

	if (advice->state == ADVICE_NONE) {
		json_put_null(out, "advised");
		return;
	}
	json_open(out, "advised", '{');
	json_put_text(out, "argument", advice->argument);
	json_put_count(out, "slots", advice->slots);
	json_put_count(out, "areas", advice->areas);
	json_put_count(out, "bytes", advice_bytes(advice, advice->slots));
	json_put_text(out, "check", advice_check(advice, text));
	json_close(out, '}');
}

static void put_grounds(struct json_out *out, const struct advice *advice)
{
	if (advice->pool)
		put_measured(out, advice);
	else
		json_put_null(out, "measured");
	if (advice->traced)
		put_basis(out, advice);
	else
		json_put_null(out, "trace");
	put_settings(out, advice);
}

int advice_json(const struct advice *advice, FILE *stream)
{
	const struct snapshot *snap = &advice->interval->figures;
	struct json_out out = { .stream = stream };
	char text[ADVICE_TEXT_LEN];

	json_open(&out, NULL, '{');
	json_put_text(&out, "schema", ADVICE_SCHEMA);
	json_put_tool(&out, "tool");
	json_put_text(&out, "kernel", snap->kernel.release);
	json_put_time(&out, "start", snap->window.start_ns);
	json_put_seconds(&out, "seconds", snap->window.duration_ns);
	json_put_text(&out, "state", advice_state_name(advice->state));
	json_put_text_or_null(&out, "obstacle",
			      advice_obstacle_name(advice->obstacle));
	json_put_text(&out, "text", advice_verdict(advice, text));
	put_advised(&out, advice);
	put_goal(&out, &advice->goal);
	put_grounds(&out, advice);
	put_texts(&out, "rests_on", advice, advice_ground);
	put_texts(&out, "wrong_if", advice, advice_doubt);
	json_close(&out, '}');
	return json_end(&out);
}
