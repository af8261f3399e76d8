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

static json *side_object(const struct compare *diff, const struct compare_side *side)
{
	json *object = json_object();
	char time[CLOCK_ISO_SIZE];

	json_put_name(object, "name", side->name);
	if (diff->is_of_jobs)
		return object;
	clock_iso(side->begin_ns, time);
	json_put_str(object, "began_at", time);
	json_put_str(object, "outcome", side->outcome);
	json_put_num(object, "seconds", side->seconds);
	json_put(object, "totals", side->totals ? json_copy(side->totals) : json_null());
	return object;
}

static json *stage_object(const struct compare_stage *stage)
{
	json *object = json_object();
	bool is_known = stage->is_known;

	json_put_str(object, "state", compare_state_name(stage->state));
	json_put_str(object, "run", is_known ? stage->run : NULL);
	json_put(object, "seconds", json_seconds(is_known ? stage->seconds : -1));
	json_put(object, "cpu_seconds", json_seconds(is_known ? stage->cpu_seconds : -1));
	json_put(object, "memory_mb", json_known(is_known ? stage->memory_mb : -1));
	json_put(object, "output_bytes",
		is_known ? json_number((double)stage->output_bytes) : json_null());
	json_put(object, "exit_code", json_known(is_known ? stage->exit_code : -1));
	return object;
}

static json *change_value(const struct compare_change *change, const char *value, uint64_t size)
{
	if (!value || change->kind == COMPARE_ENV)
		return json_null();
	if (change->kind == COMPARE_INPUT || change->kind == COMPARE_OUTPUT)
		return json_number((double)size);
	return json_name(value);
}

static json *change_object(const struct compare_change *change)
{
	json *object = json_object();

	json_put_str(object, "kind", compare_kind_name(change->kind));
	json_put(object, "about", json_path(change->about));
	json_put_str(object, "change",
		!change->before ? "added" : (change->after ? "changed" : "removed"));
	json_put(object, "before", change_value(change, change->before, change->size_before));
	json_put(object, "after", change_value(change, change->after, change->size_after));
	return object;
}

void compare_json(struct buf *out, const struct compare *diff)
{
	struct json_doc doc;

	json_doc_begin(&doc, out, "restage.diff/1");
	json_doc_put(&doc, "kind", json_string(diff->is_of_jobs ? "jobs" : "runs"));
	json_doc_put(&doc, "a", side_object(diff, &diff->a));
	json_doc_put(&doc, "b", side_object(diff, &diff->b));
	json_doc_list(&doc, "stages");
	for (uint32_t i = 0; i < diff->pair_count; i++) {
		const struct compare_pair *pair = &diff->pairs[i];
		json *row, *changes;

		if (!compare_is_of_interest(diff, pair))
			continue;
		row = json_object();
		changes = json_array();
		for (uint32_t k = 0; k < pair->change_count; k++)
			json_push(changes, change_object(&pair->changes[k]));
		json_put_name(row, "stage", pair->name);
		json_put(row, "a", stage_object(pair->a));
		json_put(row, "b", stage_object(pair->b));
		json_put(row, "changes", changes);
		json_doc_row(&doc, row);
	}
	json_doc_list_end(&doc);
	json_doc_end(&doc);
}
