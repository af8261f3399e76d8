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
 *   each         of an instance: its foreach values, by which it is known, whatever it is called
 *   run          id of the run, "20251127_140915"; attempt: number of the attempt in that run
 *   command      as run, with the files at their final places
 *   dir          where it ran: a directory below the root, or "work" (its work directory); not there:
 *                the root
 *   exit_code    null while it runs or if a signal ended it; signal: its number, only then
 *   interrupted  true: a signal to the run ended it
 *   reasons      why it ran: objects of code, about (a file, key, variable or tool, or null), message
 *   env          names and digests of env.X and pass_env: values are never written
 *   tools        names and outputs of the version commands
 *   key          digests of the parts of the stage's identity, and of all of them; format: by which
 *                idea of identity they are made (key.h), 1 if it is not there
 *   executor     only where it ran elsewhere: kind (slurm), job_id and host (null: not known),
 *                queued_seconds (null, too, of a job that a later run took over); lost: what
 *                became of its job, if that was lost
 *   reported_config  names of config values that the stage reported itself (no part of the identity)
 *   conflicting_config  what it reported for those that are declared with another value
 *   warnings     the first hundred of them: what the stage reported or logged as one, what its output
 *                has of them, and the runner's own; warning_count: of all, where there are more
 *   metrics      numbers of metric files, and what the stage reported (metrics.h); what it said itself
 *                under that name stands in it as it said it
 *   untracked    files that the attempt left in its directory and nothing tracks
 *   restored_from  no command ran, results of that attempt were restored from the shared cache, as
 *                its log was; times and duration are of the restoring
 *   last_success only in an attempt that is no success: what the last success was judged by
 *   last_failure only in a success that is so again without a run: the attempt that failed since
 *   reason       of a skipped stage
 *
 * A file has type, path (relative to the root where it lies under it), size_bytes, its custom
 * metadata, label, origin (declared, command, depfile, reported), checksum ("xxh3-128:" and 32 hex
 * digits, or null if its content was not read), mtime_ns (a string: it is beyond 2^53). Where they
 * apply: view and view_command (the digest of what the view of an output printed), file_count (how
 * many files lie in a directory), track (time or exists), exclude (what was left out of a
 * directory: exclude.h), missing (true: an optional file that was absent), executable (true: by
 * its owner), changed_during_run (an input), changed_by_stage (a file found in the command that
 * each attempt changes: it no longer counts). Times are ISO 8601 with microseconds and offset.
 * File names that are not UTF-8 are escaped as name.h says. What a stage reported beyond this is
 * kept: its metadata in the file, the fields of finalize behind all others. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json_write.h"
#include "base/text.h"
#include "record/manifest/attempt.h"
#include "record/manifest/key.h"
#include "record/manifest/manifest_read.h"

static void put_time(struct json_writer *w, const char *key, int64_t wall_ns)
{
	char text[CLOCK_ISO_SIZE];

	if (wall_ns)
		clock_iso(wall_ns, text);
	json_write_str(w, key, wall_ns ? text : NULL);
}

static void put_digest(struct json_writer *w, const char *key, const struct digest *digest)
{
	char text[DIGEST_TEXT_SIZE];

	digest_format(digest, text);
	json_write_str(w, key, text);
}

static void put_measure(struct json_writer *w, const char *key, double value, int digits)
{
	static const double scales[] = {1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
	double scale = scales[digits];

	if (value >= 0)
		json_write_num(w, key, value < 1e15 / scale ? round(value * scale) / scale : value);
}

/* Declared metadata is text; what looks like a number is one, as the logging architecture shows it
 * ("sample_rate": 16000). */
static void put_metadata(struct json_writer *w, const char *name, const char *text)
{
	double number;
	bool is_plain = *text == '-' || (*text >= '0' && *text <= '9');
	bool has_zero_in_front = text[0] == '0' && text[1] >= '0' && text[1] <= '9';

	if (is_plain && !has_zero_in_front && strspn(text, "-0123456789.eE+") == strlen(text) &&
		text_to_double(text, &number) && number > -9e15 && number < 9e15)
		json_write_num(w, name, number);
	else
		json_write_str(w, name, text);
}

/* What was declared, in its place what the stage reported of the same name, and what it reported
 * beyond. What a file has of its own (a path, a checksum) is neither's. */
static void put_all_metadata(
	struct json_writer *w, const struct attempt *attempt, const struct attempt_file *file)
{
	const struct graph *graph = attempt->graph;
	bool is_intermediate = file->role == ROLE_INTERMEDIATE;

	for (uint32_t i = 0; i < file->meta.count; i++) {
		const struct pair *pair = &graph->pairs[file->meta.first + i];
		const char *name = graph_text(graph, pair->name);
		const json *reported = json_get(file->reported, name);

		if (manifest_is_file_member(name, is_intermediate) && !text_eq(name, "event"))
			continue;
		if (reported)
			json_write_node(w, name, reported);
		else
			put_metadata(w, name, graph_text(graph, pair->value));
	}
	for (const json *node = json_first(file->reported); node; node = json_next(node)) {
		if (!manifest_is_file_member(json_key(node), is_intermediate) &&
			!graph_pair(graph, file->meta, json_key(node)))
			json_write_node(w, json_key(node), node);
	}
}

static void put_file(
	struct json_writer *w, const struct attempt *attempt, const struct attempt_file *file)
{
	char mtime[24];
	bool is_missing = file->flags & RECORD_FILE_MISSING;

	json_write_object(w, NULL);
	json_write_str(w, "type", file->role == ROLE_INTERMEDIATE ? "intermediate" : file->type);
	json_write_name(w, "path", file->path);
	if (file->role == ROLE_INTERMEDIATE) {
		json_write_bool(w, "retained", file->flags & RECORD_FILE_RETAINED);
		json_write_str(w, "reason", file->reason ? file->reason : "");
	}
	json_write_num(w, "size_bytes", (double)file->size);
	if (file->is_dir && !(file->flags & (RECORD_FILE_NO_SUM | RECORD_FILE_MISSING)))
		json_write_num(w, "file_count", file->files);
	put_all_metadata(w, attempt, file);
	if (file->label && *file->label)
		json_write_str(w, "label", file->label);
	json_write_str(w, "origin", manifest_origins[file->origin]);
	if (file->flags & (RECORD_FILE_NO_SUM | RECORD_FILE_MISSING))
		json_write_null(w, "checksum");
	else
		put_digest(w, "checksum", &file->sum);
	if (file->view_command) {
		put_digest(w, "view", &file->view);
		json_write_name(w, "view_command", file->view_command);
	}
	snprintf(mtime, sizeof mtime, "%" PRId64, file->mtime_ns);
	json_write_str(w, "mtime_ns", is_missing || !file->mtime_ns ? NULL : mtime);
	if (!track_reads(file->track))
		json_write_str(w, "track", tracks[file->track].name);
	if (file->is_dir && file->exclude)
		json_write_name(w, "exclude", file->exclude);
	if (is_missing)
		json_write_bool(w, "missing", true);
	if (file->flags & RECORD_FILE_EXECUTABLE)
		json_write_bool(w, "executable", true);
	if (file->flags & RECORD_FILE_CHANGED)
		json_write_bool(w, "changed_during_run", true);
	if (file->flags & RECORD_FILE_OWN)
		json_write_bool(w, "changed_by_stage", true);
	json_write_end(w);
}

static void put_files(struct json_writer *w, const struct attempt *attempt)
{
	for (uint8_t role = 0; role <= ROLE_INTERMEDIATE; role++) {
		json_write_array(w, manifest_file_lists[role]);
		for (uint32_t i = 0; i < attempt->file_count; i++) {
			if (attempt->files[i].role == role)
				put_file(w, attempt, &attempt->files[i]);
		}
		json_write_end(w);
	}
}

void manifest_write_reasons(struct json_writer *w, const struct reason *reasons, uint32_t count)
{
	json_write_array(w, "reasons");
	for (uint32_t i = 0; i < count; i++) {
		json_write_object(w, NULL);
		json_write_str(w, "code", reason_name(reasons[i].code));
		json_write_name(w, "about", reasons[i].about);
		json_write_name(w, "message", reasons[i].message);
		json_write_end(w);
	}
	json_write_end(w);
}

static void put_env(struct json_writer *w, const struct attempt *attempt)
{
	const struct graph *graph = attempt->graph;
	const struct settings *settings = stage_settings(graph, attempt->stage);
	struct span env = graph->stages[attempt->stage].env;

	json_write_object(w, "env");
	for (uint32_t i = 0; i < env.count; i++) {
		const struct pair *pair = &graph->pairs[env.first + i];
		const char *name = graph_text(graph, pair->name);
		struct digest digest = key_env_value(name, graph_text(graph, pair->value));
		put_digest(w, name, &digest);
	}
	for (uint32_t i = 0; i < settings->pass_env.count; i++) {
		const char *name = graph_text(graph, graph->words[settings->pass_env.first + i]);
		struct digest digest = key_env_value(name, getenv(name));
		put_digest(w, name, &digest);
	}
	json_write_end(w);
}

void manifest_write_tools(struct json_writer *w, const struct attempt *attempt)
{
	const struct graph *graph = attempt->graph;
	struct span versions = graph->stages[attempt->stage].versions;

	json_write_object(w, "tools");
	for (uint32_t i = 0; i < versions.count; i++) {
		const char *output = attempt->version_outputs ? attempt->version_outputs[i] : NULL;
		json_write_str(w, graph_text(graph, graph->pairs[versions.first + i].name),
			output ? output : "");
	}
	json_write_end(w);
}

static void put_costs(struct json_writer *w, const struct attempt *attempt)
{
	const struct money_sum *only = money_only(&attempt->money);

	if (only)
		put_measure(w, "cost", only->amount, 9);
	if (only && *only->currency)
		json_write_str(w, "currency", only->currency);
	json_write_array(w, "costs");
	for (uint32_t i = 0; i < attempt->cost_count; i++) {
		json_write_object(w, NULL);
		json_write_num(w, "amount", attempt->costs[i].amount);
		json_write_str(w, "currency", attempt->costs[i].currency);
		json_write_str(w, "what", attempt->costs[i].what);
		if (attempt->costs[i].unit) {
			json_write_num(w, "quantity", attempt->costs[i].quantity);
			json_write_str(w, "unit", attempt->costs[i].unit);
		}
		json_write_end(w);
	}
	json_write_end(w);
}

static void put_gpus(struct json_writer *w, const struct attempt_gpus *gpus)
{
	struct arena arena ARENA_LOCAL = {0};

	if (gpus->used) {
		json_write_str(w, "gpu_used", gpus->used);
		put_measure(w, "gpu_percent", gpus->percent, 1);
		put_measure(w, "gpu_memory_mb", gpus->memory_mb, 1);
		put_measure(w, "gpu_seconds", gpus->seconds, 3);
	}
	if (gpus->is_of_device)
		json_write_str(w, "gpu_scope", "device");
	if (!gpus->ids)
		return;
	json_write_array(w, "gpus");
	for (const char *id = gpus->ids; *id;) {
		size_t len = strcspn(id, ",");
		json_write_str(w, NULL, arena_strndup(&arena, id, len));
		id += len + (id[len] == ',');
	}
	json_write_end(w);
}

void manifest_write_executor(struct json_writer *w, const struct attempt *attempt)
{
	const struct attempt_executor *executor = &attempt->executor;

	if (!executor->kind)
		return;
	json_write_object(w, "executor");
	json_write_str(w, "kind", executor->kind);
	json_write_str(w, "job_id", executor->job_id);
	json_write_str(w, "host", executor->host);
	if (executor->queued_seconds < 0)
		json_write_null(w, "queued_seconds");
	else
		put_measure(w, "queued_seconds", executor->queued_seconds, 3);
	if (executor->lost)
		json_write_str(w, "lost", executor->lost);
	json_write_end(w);
}

struct measure {
	const char *name;
	double value; /* negative: not known */
	int digits;   /* 0: put_gpus writes it */
};
#define MEASURES 12

static void list_measures(const struct attempt_resources *r, struct measure out[MEASURES])
{
	bool is_known = r->gpus.used;
	const struct measure measures[MEASURES] = {
		{"cpu_user_seconds", r->cpu_user_seconds, 6},
		{"cpu_system_seconds", r->cpu_system_seconds, 6},
		{"cpu_percent", r->cpu_percent, 1},
		{"memory_mb", r->memory_mb, 1},
		{"read_mb", r->read_mb, 3},
		{"written_mb", r->written_mb, 3},
		{"gpu_used", is_known ? 0 : -1, 0},
		{"gpu_percent", is_known ? r->gpus.percent : -1, 0},
		{"gpu_memory_mb", is_known ? r->gpus.memory_mb : -1, 0},
		{"gpu_seconds", is_known ? r->gpus.seconds : -1, 0},
		{"gpu_scope", r->gpus.is_of_device ? 0 : -1, 0},
		{"gpus", r->gpus.ids ? 0 : -1, 0},
	};

	memcpy(out, measures, sizeof measures);
}

bool manifest_is_measured(const char *name)
{
	struct measure measures[MEASURES];
	bool is_measured = false;

	list_measures(&attempt_nothing_known, measures);
	for (size_t i = 0; i < MEASURES && !is_measured; i++)
		is_measured = text_eq(measures[i].name, name);
	return is_measured;
}

/* What was measured wins over what the stage reported of the same name. */
void manifest_write_resources(struct json_writer *w, const struct attempt *attempt)
{
	struct measure measured[MEASURES];

	list_measures(&attempt->resources, measured);
	json_write_object(w, "resources");
	for (size_t i = 0; measured[i].digits; i++)
		put_measure(w, measured[i].name, measured[i].value, measured[i].digits);
	put_gpus(w, &attempt->resources.gpus);
	for (const json *node = json_first(attempt->reported_resources); node;
		node = json_next(node)) {
		bool is_measured = false;

		for (size_t i = 0; i < MEASURES; i++)
			is_measured =
				is_measured || (measured[i].value >= 0 &&
						       text_eq(measured[i].name, json_key(node)));
		if (!is_measured)
			json_write_node(w, json_key(node), node);
	}
	if (attempt->cost_count)
		put_costs(w, attempt);
	json_write_end(w);
}

/* What the stage says itself under that name stays as it is. */
static void put_metrics(struct json_writer *w, const struct attempt *attempt)
{
	const json *reported = json_get(attempt->extra, METRICS_MEMBER);
	struct arena arena ARENA_LOCAL = {0};
	struct metrics told = {.arena = &arena};

	if (reported ? !json_is(reported, JSON_OBJECT) : !attempt->metrics.count)
		return;
	metrics_of_object(&told, reported);
	json_write_object(w, METRICS_MEMBER);
	for (const json *node = json_first(reported); node; node = json_next(node))
		json_write_node(w, json_key(node), node);
	for (uint32_t i = 0; i < attempt->metrics.count; i++) {
		const struct metric *metric = &attempt->metrics.items[i];
		if (!metrics_find(&told, metric->name) && !json_get(reported, metric->name))
			json_write_num(w, metric->name, metric->value);
	}
	json_write_end(w);
	metrics_free(&told);
}

void manifest_write_notes(struct json_writer *w, const char *key, const struct attempt_note *notes,
	uint32_t count, bool is_error)
{
	json_write_array(w, key);
	for (uint32_t i = 0; i < count; i++) {
		json_write_object(w, NULL);
		put_time(w, "timestamp", notes[i].wall_ns);
		json_write_str(w, "message", notes[i].message);
		if (is_error) {
			json_write_str(w, "exception_type", notes[i].exception_type);
			json_write_str(w, "exception_detail", notes[i].exception_detail);
		}
		json_write_end(w);
	}
	json_write_end(w);
}

static void put_key(struct json_writer *w, const struct record_key_set *key)
{
	struct digest all = key_all(key);

	json_write_object(w, "key");
	json_write_num(w, "format", KEY_FORMAT);
	put_digest(w, "all", &all);
	for (int i = 0; i < RECORD_KEY_COUNT; i++)
		put_digest(w, manifest_key_parts[i], &key->part[i]);
	json_write_end(w);
}

static void put_untracked(struct json_writer *w, const struct attempt *attempt)
{
	json_write_array(w, "untracked");
	for (uint32_t i = 0; i < attempt->untracked_count; i++)
		json_write_name(w, NULL, attempt->untracked[i]);
	json_write_end(w);
}

static void put_attempt(struct json_writer *w, const struct attempt *attempt)
{
	const struct graph *graph = attempt->graph;
	const struct stage *stage = &graph->stages[attempt->stage];

	json_write_str(w, "pipeline", graph_text(graph, graph->pipeline));
	json_write_str(w, "job", graph_text(graph, graph->job));
	json_write_name(w, "stage_dir", graph_text(graph, stage->dir));
	json_write_str(w, "run", attempt->run);
	json_write_num(w, "attempt", attempt->number);
	json_write_name(w, "command", attempt->command);
	if (stage_settings(graph, attempt->stage)->dir)
		json_write_name(
			w, "dir", graph_text(graph, stage_settings(graph, attempt->stage)->dir));
	json_write_known(w, "exit_code", attempt->exit_code);
	if (attempt->signal)
		json_write_num(w, "signal", attempt->signal);
	if (attempt->is_interrupted)
		json_write_bool(w, "interrupted", true);
	manifest_write_reasons(w, attempt->reasons, attempt->reason_count);
}

/* A stage cannot say what the manifest says itself. */
static void put_extra(struct json_writer *w, const struct attempt *attempt)
{
	for (const json *node = json_first(attempt->extra); node; node = json_next(node)) {
		const char *name = json_key(node);

		if (text_eq(name, METRICS_MEMBER) && json_is(node, JSON_OBJECT))
			continue;
		if (!manifest_is_member(name) &&
			(attempt->status != RECORD_SKIPPED || !text_eq(name, "reason")))
			json_write_node(w, name, node);
	}
}

static void put_each(struct json_writer *w, const struct graph *graph, struct span each)
{
	if (!each.count)
		return;
	json_write_object(w, "each");
	for (uint32_t i = 0; i < each.count; i++) {
		const struct pair *pair = &graph->pairs[each.first + i];
		json_write_name(w, graph_text(graph, pair->name), graph_text(graph, pair->value));
	}
	json_write_end(w);
}

void manifest_format(const struct attempt *attempt, struct buf *out)
{
	const struct graph *graph = attempt->graph;
	const struct stage *stage = &graph->stages[attempt->stage];
	struct json_writer writer = {.out = out, .is_pretty = true}, *w = &writer;

	json_write_document(w, MANIFEST_SCHEMA);
	json_write_str(w, "stage", graph_text(graph, stage->name));
	json_write_num(w, "stage_number", stage->number);
	put_each(w, graph, stage->each);
	put_time(w, "timestamp", attempt->started_ns);
	json_write_str(w, "status", manifest_statuses[attempt->status]);
	put_measure(w, "duration_seconds", attempt->duration_seconds, 6);
	put_time(w, "completed_at", attempt->ended_ns);
	put_attempt(w, attempt);
	put_files(w, attempt);
	manifest_write_config(w, attempt);
	manifest_write_reported_config(w, attempt);
	put_env(w, attempt);
	manifest_write_tools(w, attempt);
	if (attempt->container) {
		json_write_object(w, "container");
		json_write_str(w, "engine", attempt->container);
		json_write_name(w, "image", stage_container(graph, attempt->stage));
		json_write_end(w);
	}
	manifest_write_resources(w, attempt);
	manifest_write_executor(w, attempt);
	put_metrics(w, attempt);
	manifest_write_notes(w, "errors", attempt->errors, attempt->error_count, true);
	manifest_write_notes(
		w, "warnings", attempt->warnings, attempt_warnings_kept(attempt), false);
	if (attempt->warning_count > MANIFEST_WARNINGS_MAX)
		json_write_num(w, "warning_count", (double)attempt->warning_count);
	if (attempt->has_key)
		put_key(w, &attempt->key);
	if (attempt->untracked_count)
		put_untracked(w, attempt);
	if (attempt->restored)
		manifest_write_origin(w, attempt->restored);
	if (attempt->status == RECORD_SKIPPED)
		json_write_str(w, "reason", attempt->skip_reason ? attempt->skip_reason : "");
	put_extra(w, attempt);
	if (attempt->last_success)
		json_write_node(w, "last_success", attempt->last_success);
	json_write_finish(w);
}

const struct attempt_resources attempt_nothing_known = {
	.cpu_user_seconds = -1,
	.cpu_system_seconds = -1,
	.cpu_percent = -1,
	.memory_mb = -1,
	.read_mb = -1,
	.written_mb = -1,
};

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
		.resources = attempt_nothing_known,
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
		for (const json *own = json_first(manifest); own; own = json_next(own)) {
			if (!manifest_is_member(json_key(own)))
				json_set(last, json_key(own), json_copy(own));
		}
	}
	json_free(manifest);
	return last;
}

void attempt_free_json(struct attempt *attempt)
{
	json **const owned[] = {&attempt->reported_resources, &attempt->reported_config,
		&attempt->extra, &attempt->last_success};

	for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) {
		json_free(*owned[i]);
		*owned[i] = NULL;
	}
	metrics_free(&attempt->metrics);
	for (uint32_t i = 0; i < attempt->file_count; i++) {
		json_free(attempt->files[i].reported);
		attempt->files[i].reported = NULL;
	}
}
