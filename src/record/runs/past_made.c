/* A job as it was made, as if it were one run: the last success of each stage, from whatever run,
 * by the manifests. */

#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/mem.h"
#include "model/graph/graph.h"
#include "record/manifest/manifest_read.h"
#include "record/manifest/metrics.h"
#include "record/runs/past_part.h"

struct making {
	struct past_reader *reader;
	const struct graph *graph;
	int64_t *starts; /* by attempt: wall */
	double *seconds;
};

static const json *keep_copy(struct past_reader *reader, const json *object, const char *key)
{
	const json *node = json_get(object, key);

	if (!node || json_is(node, JSON_NULL))
		return NULL;
	MEM_ROOM(reader->kept, reader->kept_count, reader->kept_cap);
	reader->kept[reader->kept_count] = json_copy(node);
	return reader->kept[reader->kept_count++];
}

/* What is not there any more, such as a temporary output, is no part of the job. */
static struct past_file *files_of(struct arena *arena, const struct record_success *success,
	enum file_role role, uint32_t *count)
{
	static const struct digest none;
	struct past_file *files =
		arena_alloc(arena, ((size_t)success->file_count + 1) * sizeof *files);

	*count = 0;
	for (uint32_t i = 0; i < success->file_count; i++) {
		const struct record_file *file = &success->files[i];
		if (file->role != role || file->flags & RECORD_FILE_MISSING ||
			!fs_exists(file->path))
			continue;
		files[(*count)++] = (struct past_file){
			.path = file->path,
			.sum = file->flags & RECORD_FILE_NO_SUM ? none : file->sum,
			.size = file->size,
			.mtime_ns = file->mtime_ns,
		};
	}
	return files;
}

static void add_success(
	struct making *making, uint32_t stage, const struct record *record, const json *judged)
{
	struct past_reader *reader = making->reader;
	struct past_run *made = &reader->model;
	const struct record_success *success = &record->success;
	uint32_t at = made->attempt_count++;
	struct past_attempt *attempt = &made->attempts[at];
	int64_t end = record_completed_ns(success);

	*attempt = (struct past_attempt){
		.stage = arena_strdup(reader->arena, stage_name(making->graph, stage)),
		.stage_index = at,
		.number = (uint32_t)json_get_num(judged, "attempt", 1),
		.seconds = success->duration_seconds,
		.before_seconds = -1,
		.state = PAST_DONE,
		.exit_code = 0,
		.command = success->command,
		.dir = success->dir && *success->dir ? success->dir : NULL,
		.reasons = keep_copy(reader, judged, "reasons"),
		.resources = keep_copy(reader, judged, "resources"),
		.config = keep_copy(reader, judged, "config"),
		.tools = keep_copy(reader, judged, "tools"),
		.metrics = keep_copy(reader, judged, METRICS_MEMBER),
		.restored = keep_copy(reader, judged, "restored_from"),
	};
	attempt->inputs = files_of(reader->arena, success, ROLE_INPUT, &attempt->input_count);
	attempt->outputs = files_of(reader->arena, success, ROLE_OUTPUT, &attempt->output_count);
	if (!attempt->number)
		attempt->number = 1;
	made->stages[at] = (struct past_stage){
		.name = attempt->stage, .state = PAST_DONE, .fraction = -1, .last_attempt = at};
	made->stage_count = made->attempt_count;
	if (clock_parse_iso(json_get_str(judged, "timestamp", ""), &making->starts[at]) < 0)
		making->starts[at] = end - (int64_t)(success->duration_seconds * 1e9);
	making->seconds[at] = success->duration_seconds > 0 ? success->duration_seconds : 0;
}

/* Times count from the start of what was made first. */
static void set_times(struct making *making)
{
	struct past_run *made = &making->reader->model;

	for (uint32_t i = 0; i < made->attempt_count; i++) {
		if (!i || making->starts[i] < made->begin_ns)
			made->begin_ns = making->starts[i];
	}
	for (uint32_t i = 0; i < made->attempt_count; i++) {
		struct past_attempt *attempt = &made->attempts[i];
		attempt->start = (double)(making->starts[i] - made->begin_ns) / 1e9;
		attempt->end = attempt->start + making->seconds[i];
		if (attempt->end > made->seconds)
			made->seconds = made->last_at = attempt->end;
	}
}

struct past_run *past_made(
	struct arena *arena, const struct graph *graph, const char *const *dirs, struct err *err)
{
	struct past_reader *reader = past_reader_new(arena);
	struct past_run *made = &reader->model;
	size_t count = (size_t)graph->stage_count + 1;
	struct making making = {.reader = reader,
		.graph = graph,
		.starts = arena_alloc(arena, count * sizeof *making.starts),
		.seconds = arena_alloc(arena, count * sizeof *making.seconds)};

	made->attempts = arena_alloc(arena, count * sizeof *made->attempts);
	made->stages = arena_alloc(arena, count * sizeof *made->stages);
	made->pipeline = graph_text(graph, graph->pipeline);
	made->job = graph_text(graph, graph->job);
	made->root = graph_text(graph, graph->root);
	made->version = RESTAGE_VERSION;
	made->host = "";
	made->selected = made->definition_stages = graph->stage_count;
	made->has_begun = made->has_ended = true;
	made->outcome = "success";
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		uint32_t stage = graph->order[i];
		const struct record *record = record_get(arena, graph, stage, dirs[stage], err);
		if (!record) {
			past_reader_free(reader);
			return NULL;
		}
		if (!record->success.is_known || record->success.is_skip)
			continue;
		json *manifest JSON_LOCAL = manifest_tree(dirs[stage], NULL);
		if (manifest)
			add_success(&making, stage, record, manifest_judged(manifest));
	}
	set_times(&making);
	return made;
}
