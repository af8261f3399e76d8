/* The lines about stages and their attempts. */
#include <inttypes.h>
#include <stdio.h>

#include "base/digest.h"
#include "model/graph/graph.h"
#include "record/manifest/attempt.h"
#include "view/answer/json_doc.h"
#include "view/files/runrecord_part.h"

static json *digest_or_null(const struct digest *digest)
{
	char text[DIGEST_TEXT_SIZE];

	if (digest_is_zero(digest))
		return json_null();
	digest_format(digest, text);
	return json_string(text);
}

/* [path, checksum, size, mtime] */
static json *file_row(const struct attempt_file *file)
{
	const struct digest none = {0};
	bool is_missing = file->flags & RECORD_FILE_MISSING;
	bool has_sum = !is_missing && !(file->flags & RECORD_FILE_NO_SUM);
	char mtime[24];
	json *row = json_array();

	snprintf(mtime, sizeof mtime, "%" PRId64, file->mtime_ns);
	json_push(row, json_name(file->path));
	json_push(row, digest_or_null(has_sum ? &file->sum : &none));
	json_push(row, json_number((double)file->size));
	json_push(row, is_missing ? json_null() : json_string(mtime));
	return row;
}

static json *more_files(uint32_t count, struct hasher *hasher)
{
	struct digest digest = hasher_done(hasher);
	json *more = json_object();

	json_put_num(more, "count", count);
	json_put(more, "checksum", digest_or_null(&digest));
	return more;
}

static void put_files(json *line, const struct attempt *attempt, enum file_role role)
{
	bool is_input = role == ROLE_INPUT;
	struct hasher *hasher = NULL;
	json *rows = json_array();
	uint32_t count = 0;

	for (uint32_t i = 0; i < attempt->file_count; i++) {
		const struct attempt_file *file = &attempt->files[i];

		if (file->role != role)
			continue;
		if (count++ < RUNRECORD_FILES_MAX) {
			json_push(rows, file_row(file));
			continue;
		}
		if (!hasher)
			hasher = hasher_new();
		hasher_add_str(hasher, file->path);
		hasher_add(hasher, file->sum.bytes, sizeof file->sum.bytes);
	}
	json_put(line, is_input ? "inputs" : "outputs", rows);
	if (hasher) {
		json_put(line, is_input ? "inputs_more" : "outputs_more",
			more_files(count - RUNRECORD_FILES_MAX, hasher));
		hasher_free(hasher);
	}
}

static void put_exit(json *line, const struct attempt *attempt)
{
	bool has_code = attempt->exit_code >= 0;

	json_put_num(line, "attempt", attempt->number);
	json_put(line, "seconds", json_seconds(attempt->duration_seconds));
	json_put(line, "exit_code", has_code ? json_number(attempt->exit_code) : json_null());
	json_put(line, "signal", attempt->signal ? json_number(attempt->signal) : json_null());
}

static void put_tail(json *line, const struct run_event *event)
{
	json *tail = json_array();

	for (uint32_t i = 0; i < event->tail_count; i++)
		json_push(tail, json_string(event->tail[i]));
	json_put(line, "tail", tail);
}

/* What the attempt was made of and what it made. */
static void put_attempt(json *line, const struct attempt *attempt)
{
	bool has_cost = attempt->costs && !attempt->is_mixed_cost;

	put_exit(line, attempt);
	json_put(line, "resources", manifest_resources(attempt));
	json_put_num(line, "cost", has_cost ? attempt->cost : 0);
	json_put_str(line, "currency", has_cost ? attempt->currency : NULL);
	put_files(line, attempt, ROLE_INPUT);
	put_files(line, attempt, ROLE_OUTPUT);
	json_put(line, "config", manifest_config(attempt, NULL));
	json_put(line, "tools", manifest_tools(attempt));
	if (!attempt->has_key)
		return;
	json_put(line, "command_digest", digest_or_null(&attempt->key.part[RECORD_KEY_COMMAND]));
	json_put(line, "env_digest", digest_or_null(&attempt->key.part[RECORD_KEY_ENV]));
}

void runrecord_start(struct runrecord *record, const struct run_event *event)
{
	json *line = runrecord_stage_line(record, event, "start");

	json_put_num(line, "attempt", event->attempt_number);
	json_put(line, "reasons", json_reasons(event->reasons, event->reason_count));
	json_put_name(line, "command", event->command);
	json_put(line, "before_seconds", json_seconds(event->before_seconds));
	runrecord_end_line(record, line);
}

void runrecord_sample(struct runrecord *record, const struct run_event *event)
{
	json *line = runrecord_stage_line(record, event, "sample");

	json_put_num(line, "attempt", event->attempt->number);
	json_put(line, "seconds", json_seconds(event->attempt->duration_seconds));
	json_put(line, "resources", manifest_resources(event->attempt));
	runrecord_end_line(record, line);
}

void runrecord_retry(struct runrecord *record, const struct run_event *event)
{
	json *line = runrecord_stage_line(record, event, "retry");

	put_exit(line, event->attempt);
	json_put_str(line, "text", event->text ? event->text : "");
	json_put(line, "resources", manifest_resources(event->attempt));
	put_tail(line, event);
	json_put(line, "delay_seconds", json_seconds((double)event->delay_ms / 1000));
	runrecord_end_line(record, line);
}

void runrecord_done(struct runrecord *record, const struct run_event *event)
{
	json *line = runrecord_stage_line(record, event, "done");

	put_attempt(line, event->attempt);
	runrecord_end_line(record, line);
}

void runrecord_fail(struct runrecord *record, const struct run_event *event)
{
	uint8_t flags = stage_settings(event->graph, event->stage)->flags;
	json *line = runrecord_stage_line(record, event, "fail");

	put_attempt(line, event->attempt);
	json_put_str(line, "text", event->text ? event->text : "");
	put_tail(line, event);
	json_put_bool(line, "interrupted", event->attempt->is_interrupted);
	json_put_bool(line, "allowed", flags & SET_ALLOW_FAILURE);
	runrecord_end_line(record, line);
}

void runrecord_skip(struct runrecord *record, const struct run_event *event)
{
	json *line = runrecord_stage_line(record, event, "skip");

	json_put_str(line, "reason", event->text ? event->text : "");
	if (event->attempt)
		put_attempt(line, event->attempt);
	runrecord_end_line(record, line);
}
