/* The lines about stages and their attempts. */
#include <inttypes.h>
#include <stdio.h>

#include "base/digest.h"
#include "model/graph/graph.h"
#include "record/manifest/attempt.h"
#include "view/answer/json_doc.h"
#include "view/files/runrecord_part.h"

/* [path, checksum, size, mtime] */
static void put_file(struct json_writer *w, const struct attempt_file *file)
{
	const struct digest none = {0};
	bool is_missing = file->flags & RECORD_FILE_MISSING;
	bool has_sum = !is_missing && !(file->flags & RECORD_FILE_NO_SUM);
	char mtime[24];

	snprintf(mtime, sizeof mtime, "%" PRId64, file->mtime_ns);
	json_write_array(w, NULL);
	json_write_name(w, NULL, file->path);
	json_doc_digest(w, NULL, has_sum ? &file->sum : &none);
	json_write_num(w, NULL, (double)file->size);
	json_write_str(w, NULL, is_missing || !file->mtime_ns ? NULL : mtime);
	json_write_end(w);
}

static void put_files(struct json_writer *w, const struct attempt *attempt, enum file_role role)
{
	bool is_input = role == ROLE_INPUT;
	struct hasher *hasher HASHER_LOCAL = NULL;
	struct digest digest;
	uint32_t count = 0;

	json_write_array(w, is_input ? "inputs" : "outputs");
	for (uint32_t i = 0; i < attempt->file_count; i++) {
		const struct attempt_file *file = &attempt->files[i];

		if (file->role != role)
			continue;
		if (count++ < RUNRECORD_FILES_MAX) {
			put_file(w, file);
			continue;
		}
		if (!hasher)
			hasher = hasher_new();
		hasher_add_str(hasher, file->path);
		hasher_add(hasher, file->sum.bytes, sizeof file->sum.bytes);
	}
	json_write_end(w);
	if (!hasher)
		return;
	digest = hasher_done(hasher);
	json_write_object(w, is_input ? "inputs_more" : "outputs_more");
	json_write_num(w, "count", count - RUNRECORD_FILES_MAX);
	json_doc_digest(w, "checksum", &digest);
	json_write_end(w);
}

static void put_exit(struct json_writer *w, const struct attempt *attempt)
{
	json_write_num(w, "attempt", attempt->number);
	json_write_seconds(w, "seconds", attempt->duration_seconds);
	json_write_known(w, "exit_code", attempt->exit_code);
	json_write_known(w, "signal", attempt->signal ? attempt->signal : -1);
	manifest_write_executor(w, attempt);
}

static void put_tail(struct json_writer *w, const struct run_event *event)
{
	json_write_array(w, "tail");
	for (uint32_t i = 0; i < event->tail_count; i++)
		json_write_str(w, NULL, event->tail[i]);
	json_write_end(w);
}

/* What the attempt was made of and what it made. */
static void put_attempt(struct json_writer *w, const struct attempt *attempt)
{
	put_exit(w, attempt);
	manifest_write_resources(w, attempt);
	money_write(w, &attempt->money);
	json_write_num(w, "warnings", (double)attempt->warning_count);
	put_files(w, attempt, ROLE_INPUT);
	put_files(w, attempt, ROLE_OUTPUT);
	manifest_write_config(w, attempt);
	manifest_write_tools(w, attempt);
	if (!attempt->has_key)
		return;
	json_doc_digest(w, "command_digest", &attempt->key.part[RECORD_KEY_COMMAND]);
	json_doc_digest(w, "env_digest", &attempt->key.part[RECORD_KEY_ENV]);
}

static void put_text(struct json_writer *w, const char *key, const char *text)
{
	json_write_str(w, key, text ? text : "");
}

void runrecord_start(struct runrecord *record, const struct run_event *event)
{
	struct json_writer *w = runrecord_stage_line(record, event, "start");

	json_write_num(w, "attempt", event->attempt_number);
	manifest_write_reasons(w, event->reasons, event->reason_count);
	json_write_name(w, "command", event->command);
	json_doc_dir(w, event->graph, event->stage);
	json_write_seconds(w, "before_seconds", event->before_seconds);
	if (event->job)
		json_write_str(w, "job", event->job);
	if (event->host)
		json_write_str(w, "host", event->host);
	json_write_finish(w);
}

void runrecord_sample(struct runrecord *record, const struct run_event *event)
{
	struct json_writer *w = runrecord_stage_line(record, event, "sample");

	json_write_num(w, "attempt", event->attempt->number);
	json_write_seconds(w, "seconds", event->attempt->duration_seconds);
	manifest_write_resources(w, event->attempt);
	json_write_finish(w);
}

void runrecord_retry(struct runrecord *record, const struct run_event *event)
{
	struct json_writer *w = runrecord_stage_line(record, event, "retry");

	put_exit(w, event->attempt);
	put_text(w, "text", event->text);
	manifest_write_resources(w, event->attempt);
	put_tail(w, event);
	json_write_seconds(w, "delay_seconds", (double)event->delay_ms / 1000);
	json_write_finish(w);
}

void runrecord_done(struct runrecord *record, const struct run_event *event)
{
	struct json_writer *w = runrecord_stage_line(record, event, "done");

	put_attempt(w, event->attempt);
	metrics_write(w, &event->attempt->metrics);
	if (event->attempt->restored)
		manifest_write_origin(w, event->attempt->restored);
	json_write_finish(w);
}

void runrecord_fail(struct runrecord *record, const struct run_event *event)
{
	uint8_t flags = stage_settings(event->graph, event->stage)->flags;
	struct json_writer *w = runrecord_stage_line(record, event, "fail");

	put_attempt(w, event->attempt);
	put_text(w, "text", event->text);
	put_tail(w, event);
	json_write_bool(w, "interrupted", event->attempt->is_interrupted);
	json_write_bool(w, "allowed", flags & SET_ALLOW_FAILURE);
	json_write_finish(w);
}

void runrecord_skip(struct runrecord *record, const struct run_event *event)
{
	struct json_writer *w = runrecord_stage_line(record, event, "skip");

	put_text(w, "reason", event->text);
	if (event->attempt)
		put_attempt(w, event->attempt);
	json_write_finish(w);
}
