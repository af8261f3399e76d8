/* Writing a stage's manifest.json: schema restage.manifest/1.
 *
 * One JSON object, UTF-8, two-space indentation. The members of the logging architecture come in
 * its order: stage, stage_number, timestamp, status, duration_seconds, completed_at, inputs,
 * outputs, intermediate_files, config, resources, errors, warnings. Between and behind them:
 *
 *   schema       "restage.manifest/1", first
 *   pipeline     name of the pipeline
 *   job          name of the job; stage_dir: the stage's directory when this was written, relative to the
 *                root. Paths below it, and below its sister directories, move with the job.
 *   run          id of the run, "20251127_140915"; attempt: number of the attempt in that run
 *   command      as run, with the files at their final places
 *   exit_code    null while it runs or if a signal ended it; signal: its number, only then
 *   interrupted  true: a signal to the run ended it
 *   reasons      why it ran: objects of code, about (a file, key, variable or tool, or null), message
 *   env          names and digests of env.X and pass_env: values are never written
 *   tools        names and outputs of the version commands
 *   key          digests of the parts of the stage's identity, and of all of them
 *   reported_config  names of config values that the stage reported itself (no part of the identity)
 *   untracked    files that the attempt left in its directory and nothing tracks
 *   last_success only in an attempt that is no success: what the last success was judged by
 *   reason       of a skipped stage
 *
 * A file has type, path (relative to the root where it lies under it), size_bytes, its custom
 * metadata, label, origin (declared, command, depfile, reported), checksum ("xxh3-128:" and 32 hex
 * digits, or null if its content was not read), mtime_ns (a string: it is beyond 2^53). Where they
 * apply: track (time or exists), missing (true: an optional file that was absent),
 * changed_during_run (an input). Times are ISO 8601 with microseconds and offset. File names that
 * are not UTF-8 are escaped as name.h says. What a stage reported beyond this is kept: its metadata
 * in the file, the fields of finalize behind all others. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/graph/job_paths.h"
#include "record/manifest/attempt.h"
#include "record/manifest/key.h"
#include "record/manifest/manifest_read.h"

static const char *const status_names[] = {
	[RECORD_RUNNING] = "running",
	[RECORD_SUCCESS] = "success",
	[RECORD_FAILED] = "failed",
	[RECORD_SKIPPED] = "skipped",
};

static const char *const origin_names[] = {
	[ORIGIN_DECLARED] = "declared",
	[ORIGIN_COMMAND] = "command",
	[ORIGIN_DEPFILE] = "depfile",
	[ORIGIN_REPORTED] = "reported",
};

/* Keys of the next ones are literals, or the graph's. */
static void put_time(json *object, const char *key, int64_t wall_ns)
{
	char text[CLOCK_ISO_SIZE];

	if (wall_ns == 0) {
		json_put_literal(object, key, json_null());
		return;
	}
	clock_iso(wall_ns, text);
	json_put_literal(object, key, json_string(text));
}

static void put_digest(json *object, const char *key, const struct digest *digest)
{
	char text[DIGEST_TEXT_SIZE];

	digest_format(digest, text);
	json_put_literal(object, key, json_string(text));
}

/* Declared metadata is text; what looks like a number is one, as the logging architecture shows it
 * ("sample_rate": 16000). */
static json *metadata_value(const char *text)
{
	double number;
	bool is_plain = *text == '-' || (*text >= '0' && *text <= '9');
	bool has_zero_in_front = text[0] == '0' && text[1] >= '0' && text[1] <= '9';

	if (is_plain && !has_zero_in_front && strspn(text, "-0123456789.eE+") == strlen(text) &&
		text_to_double(text, &number) && number > -9e15 && number < 9e15)
		return json_number(number);
	return json_string(text);
}

static void put_metadata(
	json *object, const struct attempt *attempt, const struct attempt_file *file)
{
	const struct graph *graph = attempt->graph;

	for (uint32_t i = 0; i < file->meta.count; i++) {
		const struct pair *pair = &graph->pairs[file->meta.first + i];
		json_set(object, graph_text(graph, pair->name),
			metadata_value(graph_text(graph, pair->value)));
	}
	if (!file->reported)
		return;
	for (const json *node = json_first(file->reported); node; node = json_next(node))
		json_set(object, json_key(node), json_copy(node));
}

static json *file_object(const struct attempt *attempt, const struct attempt_file *file)
{
	json *object = json_object();
	char mtime[24];
	bool is_missing = file->flags & RECORD_FILE_MISSING;

	json_put_str(object, "type", file->role == ROLE_INTERMEDIATE ? "intermediate" : file->type);
	json_put_name(object, "path", file->path);
	if (file->role == ROLE_INTERMEDIATE) {
		json_put_bool(object, "retained", file->flags & RECORD_FILE_RETAINED);
		json_put_str(object, "reason", file->reason ? file->reason : "");
	}
	json_put_num(object, "size_bytes", (double)file->size);
	put_metadata(object, attempt, file);
	if (file->label && *file->label)
		json_put_str(object, "label", file->label);
	json_put_str(object, "origin", origin_names[file->origin]);
	if (file->flags & (RECORD_FILE_NO_SUM | RECORD_FILE_MISSING))
		json_put(object, "checksum", json_null());
	else
		put_digest(object, "checksum", &file->sum);
	snprintf(mtime, sizeof mtime, "%" PRId64, file->mtime_ns);
	json_put_str(object, "mtime_ns", is_missing ? NULL : mtime);
	if (!track_reads(file->track))
		json_put_str(object, "track", tracks[file->track].name);
	if (is_missing)
		json_put_bool(object, "missing", true);
	if (file->flags & RECORD_FILE_CHANGED)
		json_put_bool(object, "changed_during_run", true);
	return object;
}

static json *file_list(const struct attempt *attempt, enum file_role role)
{
	json *list = json_array();

	for (uint32_t i = 0; i < attempt->file_count; i++) {
		if (attempt->files[i].role == role)
			json_push(list, file_object(attempt, &attempt->files[i]));
	}
	return list;
}

json *manifest_reasons(const struct reason *reasons, uint32_t count)
{
	json *list = json_array();

	for (uint32_t i = 0; i < count; i++) {
		json *object = json_object();
		json_put_str(object, "code", reason_name(reasons[i].code));
		json_put_name(object, "about", reasons[i].about);
		json_put_str(object, "message", reasons[i].message);
		json_push(list, object);
	}
	return list;
}

/* Declared values; a reported one of the same name does not replace them: what was declared is what
 * the command was given. */
json *manifest_config(const struct attempt *attempt, json *reported)
{
	const struct graph *graph = attempt->graph;
	struct span config = graph->stages[attempt->stage].config;
	json *object = json_object();

	for (uint32_t i = 0; i < config.count; i++) {
		const struct pair *pair = &graph->pairs[config.first + i];
		json_put_str(object, graph_text(graph, pair->name), graph_text(graph, pair->value));
	}
	for (const json *node = attempt->reported_config ? json_first(attempt->reported_config)
							 : NULL;
		node; node = json_next(node)) {
		if (json_get(object, json_key(node)))
			continue;
		json_put(object, json_key(node), json_copy(node));
		if (reported)
			json_push(reported, json_string(json_key(node)));
	}
	return object;
}

static void put_config(json *manifest, const struct attempt *attempt)
{
	json *reported = json_array();

	json_put(manifest, "config", manifest_config(attempt, reported));
	if (json_count(reported))
		json_put(manifest, "reported_config", reported);
	else
		json_free(reported);
}

static void put_env(json *manifest, const struct attempt *attempt)
{
	const struct graph *graph = attempt->graph;
	const struct settings *settings = stage_settings(graph, attempt->stage);
	struct span env = graph->stages[attempt->stage].env;
	json *object = json_object();

	for (uint32_t i = 0; i < env.count; i++) {
		const struct pair *pair = &graph->pairs[env.first + i];
		const char *name = graph_text(graph, pair->name);
		struct digest digest = key_env_value(name, graph_text(graph, pair->value));
		put_digest(object, name, &digest);
	}
	for (uint32_t i = 0; i < settings->pass_env.count; i++) {
		const char *name = graph_text(graph, graph->words[settings->pass_env.first + i]);
		struct digest digest = key_env_value(name, getenv(name));
		put_digest(object, name, &digest);
	}
	json_put(manifest, "env", object);
}

json *manifest_tools(const struct attempt *attempt)
{
	const struct graph *graph = attempt->graph;
	struct span versions = graph->stages[attempt->stage].versions;
	json *object = json_object();

	for (uint32_t i = 0; i < versions.count; i++) {
		const char *output = attempt->version_outputs ? attempt->version_outputs[i] : NULL;
		json_put_str(object, graph_text(graph, graph->pairs[versions.first + i].name),
			output ? output : "");
	}
	return object;
}

static void put_measure(json *object, const char *key, double value, int digits)
{
	static const double scales[] = {1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
	double scale = scales[digits];

	if (value < 0)
		return;
	json_put_literal(object, key,
		json_number(value < 1e15 / scale ? round(value * scale) / scale : value));
}

json *manifest_resources(const struct attempt *attempt)
{
	const struct attempt_resources *r = &attempt->resources;
	json *object = json_object();

	put_measure(object, "cpu_user_seconds", r->cpu_user_seconds, 6);
	put_measure(object, "cpu_system_seconds", r->cpu_system_seconds, 6);
	put_measure(object, "cpu_percent", r->cpu_percent, 1);
	put_measure(object, "memory_mb", r->memory_mb, 1);
	put_measure(object, "read_mb", r->read_mb, 3);
	put_measure(object, "written_mb", r->written_mb, 3);
	for (const json *node = attempt->reported_resources
					? json_first(attempt->reported_resources)
					: NULL;
		node; node = json_next(node)) {
		if (!json_get(object, json_key(node)))
			json_put(object, json_key(node), json_copy(node));
	}
	if (attempt->costs) {
		if (!attempt->is_mixed_cost)
			put_measure(object, "cost", attempt->cost, 9);
		if (attempt->currency && !attempt->is_mixed_cost)
			json_put_str(object, "currency", attempt->currency);
		json_put(object, "costs", json_copy(attempt->costs));
	}
	return object;
}

static json *note_list(const struct attempt_note *notes, uint32_t count, bool is_error)
{
	json *list = json_array();

	for (uint32_t i = 0; i < count; i++) {
		json *object = json_object();
		put_time(object, "timestamp", notes[i].wall_ns);
		json_put_str(object, "message", notes[i].message);
		if (is_error) {
			json_put_str(object, "exception_type", notes[i].exception_type);
			json_put_str(object, "exception_detail", notes[i].exception_detail);
		}
		json_push(list, object);
	}
	return list;
}

static json *key_object(const struct record_key_set *key)
{
	json *object = json_object();
	struct digest all = key_all(key);

	put_digest(object, "all", &all);
	put_digest(object, "command", &key->part[RECORD_KEY_COMMAND]);
	put_digest(object, "config", &key->part[RECORD_KEY_CONFIG]);
	put_digest(object, "env", &key->part[RECORD_KEY_ENV]);
	put_digest(object, "inputs", &key->part[RECORD_KEY_INPUTS]);
	put_digest(object, "definition", &key->part[RECORD_KEY_DEFINITION]);
	put_digest(object, "tools", &key->part[RECORD_KEY_TOOLS]);
	return object;
}

static json *name_list(const char *const *names, uint32_t count)
{
	json *list = json_array();

	for (uint32_t i = 0; i < count; i++)
		json_push(list, json_name(names[i]));
	return list;
}

static void put_attempt(json *manifest, const struct attempt *attempt)
{
	const struct graph *graph = attempt->graph;
	const struct stage *stage = &graph->stages[attempt->stage];

	json_put_str(manifest, "pipeline", graph_text(graph, graph->pipeline));
	json_put_str(manifest, "job", graph_text(graph, graph->job));
	json_put_name(manifest, "stage_dir", graph_text(graph, stage->dir));
	json_put_str(manifest, "run", attempt->run);
	json_put_num(manifest, "attempt", attempt->number);
	json_put_name(manifest, "command", attempt->command);
	json_put(manifest, "exit_code",
		attempt->exit_code >= 0 ? json_number(attempt->exit_code) : json_null());
	if (attempt->signal)
		json_put_num(manifest, "signal", attempt->signal);
	if (attempt->is_interrupted)
		json_put_bool(manifest, "interrupted", true);
	json_put(manifest, "reasons", manifest_reasons(attempt->reasons, attempt->reason_count));
}

json *manifest_object(const struct attempt *attempt)
{
	const struct graph *graph = attempt->graph;
	const struct stage *stage = &graph->stages[attempt->stage];
	json *manifest = json_object();

	json_put_str(manifest, "schema", MANIFEST_SCHEMA);
	json_put_str(manifest, "stage", graph_text(graph, stage->name));
	json_put_num(manifest, "stage_number", stage->number);
	put_time(manifest, "timestamp", attempt->started_ns);
	json_put_str(manifest, "status", status_names[attempt->status]);
	put_measure(manifest, "duration_seconds", attempt->duration_seconds, 6);
	put_time(manifest, "completed_at", attempt->ended_ns);
	put_attempt(manifest, attempt);
	json_put(manifest, "inputs", file_list(attempt, ROLE_INPUT));
	json_put(manifest, "outputs", file_list(attempt, ROLE_OUTPUT));
	json_put(manifest, "intermediate_files", file_list(attempt, ROLE_INTERMEDIATE));
	put_config(manifest, attempt);
	put_env(manifest, attempt);
	json_put(manifest, "tools", manifest_tools(attempt));
	json_put(manifest, "resources", manifest_resources(attempt));
	json_put(manifest, "errors", note_list(attempt->errors, attempt->error_count, true));
	json_put(manifest, "warnings", note_list(attempt->warnings, attempt->warning_count, false));
	if (attempt->has_key)
		json_put(manifest, "key", key_object(&attempt->key));
	if (attempt->untracked_count)
		json_put(manifest, "untracked",
			name_list(attempt->untracked, attempt->untracked_count));
	if (attempt->status == RECORD_SKIPPED)
		json_put_str(manifest, "reason", attempt->skip_reason ? attempt->skip_reason : "");
	for (const json *node = attempt->extra ? json_first(attempt->extra) : NULL; node;
		node = json_next(node)) {
		if (!json_get(manifest, json_key(node)))
			json_put(manifest, json_key(node), json_copy(node));
	}
	if (attempt->last_success)
		json_put(manifest, "last_success", json_copy(attempt->last_success));
	return manifest;
}

void manifest_format(const struct attempt *attempt, struct buf *out)
{
	json_quick_begin();
	json *manifest = manifest_object(attempt);
	json_format(manifest, out);
	buf_char(out, '\n');
	json_quick_end(manifest);
}

int manifest_write(const struct attempt *attempt, const char *dir, struct err *err)
{
	struct arena arena = {0};
	struct buf text = {0};

	manifest_format(attempt, &text);
	int status = fs_replace(stage_path(&arena, dir, MANIFEST_FILE), text.data, text.len, err);
	arena_free(&arena);
	buf_free(&text);
	return status;
}

struct attempt attempt_begin(
	const struct graph *graph, uint32_t stage, uint32_t number, const char *run)
{
	return (struct attempt){
		.graph = graph,
		.stage = stage,
		.number = number,
		.run = run,
		.started_ns = clock_wall_ns(),
		.status = RECORD_RUNNING,
		.exit_code = -1,
		.resources = {-1, -1, -1, -1, -1, -1},
	};
}

json *manifest_last_success(const char *dir)
{
	json *manifest = manifest_tree(dir, NULL);
	json *last = NULL;

	if (manifest && manifest_judged(manifest) != manifest) {
		last = json_detach(manifest, "last_success");
	} else if (manifest) {
		last = json_object();
		for (const struct manifest_member *own = manifest_members; own->name; own++) {
			json *member = own->flags & MANIFEST_KEPT ? json_detach(manifest, own->name)
								  : NULL;
			json_put(last, own->name, member);
		}
	}
	json_free(manifest);
	return last;
}

void attempt_free_json(struct attempt *attempt)
{
	for (uint32_t i = 0; i < attempt->file_count; i++) {
		json_free(attempt->files[i].reported);
		attempt->files[i].reported = NULL;
	}
	json_free(attempt->reported_resources);
	json_free(attempt->reported_config);
	json_free(attempt->extra);
	json_free(attempt->costs);
	json_free(attempt->last_success);
	attempt->reported_resources = NULL;
	attempt->reported_config = NULL;
	attempt->extra = NULL;
	attempt->costs = NULL;
	attempt->last_success = NULL;
}
