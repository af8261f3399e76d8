/* A comparison as JSON: schema restage.diff/1.
 *
 *   kind        "runs" or "jobs"
 *   a, b        the two: name; of a run also began_at, outcome (null: it did not end), seconds, and its
 *               run_end event (restage.run/1) as totals
 *   stages      that did something in either of the two, or differ: stage, a, b, changes
 *     a, b      state ("ran", "failed", "up_to_date", "skipped", "blocked", "running", "absent"), and of the
 *               attempt that the figures are of (which may be one of an earlier run): run, seconds,
 *               cpu_seconds, memory_mb, output_bytes, exit_code; null where not known
 *     changes   kind ("config", "env", "tool", "command", "input", "output"), about (key, tool, variable or
 *               file, or null), change ("added", "removed", "changed"), and before and after: values; sizes
 *               in bytes of files; null of variables, which are never told */
#include "base/buf.h"
#include "base/clock.h"
#include "view/answer/json_doc.h"
#include "view/diff/compare.h"

static void write_side(struct json_writer *w, const char *key, const struct compare *diff,
	const struct compare_side *side)
{
	char time[CLOCK_ISO_SIZE];

	json_write_object(w, key);
	json_write_name(w, "name", side->name);
	if (!diff->is_of_jobs) {
		clock_iso(side->begin_ns, time);
		json_write_str(w, "began_at", time);
		json_write_str(w, "outcome", side->outcome);
		json_write_num(w, "seconds", side->seconds);
		json_write_node(w, "totals", side->totals);
	}
	json_write_end(w);
}

static void write_stage(struct json_writer *w, const char *key, const struct compare_stage *stage)
{
	bool is_known = stage->is_known;

	json_write_object(w, key);
	json_write_str(w, "state", compare_state_name(stage->state));
	json_write_str(w, "run", is_known ? stage->run : NULL);
	json_write_seconds(w, "seconds", is_known ? stage->seconds : -1);
	json_write_seconds(w, "cpu_seconds", is_known ? stage->cpu_seconds : -1);
	json_write_known(w, "memory_mb", is_known ? stage->memory_mb : -1);
	json_write_known(w, "output_bytes", is_known ? (double)stage->output_bytes : -1);
	json_write_known(w, "exit_code", is_known ? stage->exit_code : -1);
	json_write_end(w);
}

static void write_value(struct json_writer *w, const char *key, const struct compare_change *change,
	const char *value, uint64_t size)
{
	if (!value || change->kind == COMPARE_ENV)
		json_write_null(w, key);
	else if (change->kind == COMPARE_INPUT || change->kind == COMPARE_OUTPUT)
		json_write_num(w, key, (double)size);
	else
		json_write_name(w, key, value);
}

static void write_change(struct json_writer *w, const struct compare_change *change)
{
	json_write_object(w, NULL);
	json_write_str(w, "kind", compare_kind_name(change->kind));
	json_write_name(w, "about", change->about);
	json_write_str(
		w, "change", !change->before ? "added" : (change->after ? "changed" : "removed"));
	write_value(w, "before", change, change->before, change->size_before);
	write_value(w, "after", change, change->after, change->size_after);
	json_write_end(w);
}

static void write_pair(struct json_writer *w, const struct compare_pair *pair)
{
	json_write_object(w, NULL);
	json_write_name(w, "stage", pair->name);
	write_stage(w, "a", pair->a);
	write_stage(w, "b", pair->b);
	json_write_array(w, "changes");
	for (uint32_t i = 0; i < pair->change_count; i++)
		write_change(w, &pair->changes[i]);
	json_write_end(w);
	json_write_end(w);
}

void compare_json(struct buf *out, const struct compare *diff)
{
	struct json_writer w = {.out = out};

	json_write_document(&w, "restage.diff/1");
	json_write_str(&w, "kind", diff->is_of_jobs ? "jobs" : "runs");
	write_side(&w, "a", diff, &diff->a);
	write_side(&w, "b", diff, &diff->b);
	json_write_rows(&w, "stages");
	for (uint32_t i = 0; i < diff->pair_count; i++) {
		if (compare_is_of_interest(diff, &diff->pairs[i]))
			write_pair(&w, &diff->pairs[i]);
	}
	json_write_end(&w);
	json_write_finish(&w);
}
