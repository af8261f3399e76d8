#include "record/manifest/sum.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/json_write.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/graph/graph.h"
#include "record/manifest/attempt.h"
#include "record/manifest/manifest_read.h"

#define GROUPS_MAX 1000 /* programs that commands name may differ by instance */

/* Files of one label, of all instances. */
struct group {
	const struct label *label; /* NULL: reported outputs */
	const char *type;
	const char *path;  /* of the first */
	size_t head, tail; /* what all paths begin and end with; head == length: they are one */
	uint32_t files;
	uint64_t bytes;
};

struct groups {
	const struct sum *sum;
	struct arena arena;
	struct map by_name;
	struct group *items;
	uint32_t count, cap;
};

static struct group *group_of(
	struct groups *groups, const char *name, const struct label *label, const char *path)
{
	if (groups->count >= GROUPS_MAX && map_get(&groups->by_name, name) == NONE)
		return NULL;
	uint32_t at = map_put(&groups->by_name, name, groups->count);
	if (at < groups->count)
		return &groups->items[at];
	MEM_ROOM(groups->items, groups->count, groups->cap);
	groups->items[groups->count++] = (struct group){
		.label = label,
		.path = path,
		.head = strlen(path),
		.tail = strlen(path),
	};
	return &groups->items[at];
}

static void add_path(struct group *group, const char *path, uint64_t bytes)
{
	size_t len = strlen(path), own = strlen(group->path), head = 0, tail = 0;

	group->files++;
	group->bytes += bytes;
	if (strcmp(path, group->path) == 0)
		return;
	while (head < group->head && path[head] == group->path[head])
		head++;
	while (tail < group->tail && tail < len - head && tail < own - head &&
		path[len - 1 - tail] == group->path[own - 1 - tail])
		tail++;
	group->head = head;
	group->tail = tail;
}

static void add_file(struct groups *groups, const struct use *use)
{
	const struct graph *graph = groups->sum->graph;
	const struct label *label = &graph->labels[use->label];
	const char *path = file_path(graph, use->file);
	const char *key = label->origin == ORIGIN_COMMAND ? path : graph_text(graph, label->name);
	uint32_t mark = groups->sum->turn * (ROLE_INTERMEDIATE + 1) + label->role + 1;
	bool is_gone = label->role == ROLE_INTERMEDIATE && !(label->flags & LABEL_RETAINED);
	uint64_t bytes = 0;

	if (groups->sum->seen[use->file] == mark ||
		(!groups->sum->size(groups->sum->ctx, use->file, &bytes) && !is_gone))
		return;
	groups->sum->seen[use->file] = mark;
	struct group *group =
		group_of(groups, arena_fmt(&groups->arena, "%u %s", label->role, key), label, path);
	if (!group)
		return;
	group->type = graph_text(graph, label->type);
	add_path(group, path, is_gone ? 0 : bytes);
}

static void add_reported(struct groups *groups)
{
	for (uint32_t i = 0; i < groups->sum->output_count; i++) {
		const struct sum_output *output = &groups->sum->outputs[i];
		const char *name = arena_fmt(&groups->arena, "reported %s", output->type);
		struct group *group = group_of(groups, name, NULL, output->path);

		if (!group)
			continue;
		group->type = output->type;
		add_path(group, output->path, output->bytes);
	}
}

static void put_path(struct json_writer *w, const struct group *group)
{
	size_t len = strlen(group->path);
	struct buf path BUF_LOCAL = {0};

	buf_add(&path, group->path, group->head);
	if (group->head < len) {
		buf_char(&path, '*');
		buf_str(&path, group->path + len - group->tail);
	}
	json_write_name(w, "path", buf_text(&path));
}

static void put_groups(struct json_writer *w, const struct groups *groups, enum file_role role)
{
	const struct graph *graph = groups->sum->graph;

	json_write_array(w, manifest_file_lists[role]);
	for (uint32_t i = 0; i < groups->count; i++) {
		const struct group *group = &groups->items[i];
		const struct label *label = group->label;

		if ((label ? label->role : ROLE_OUTPUT) != role)
			continue;
		json_write_object(w, NULL);
		json_write_str(w, "type", role == ROLE_INTERMEDIATE ? "intermediate" : group->type);
		put_path(w, group);
		if (role == ROLE_INTERMEDIATE) {
			json_write_bool(w, "retained", label->flags & LABEL_RETAINED);
			json_write_str(w, "reason", graph_text(graph, label->reason));
		}
		json_write_num(w, "size_bytes", (double)group->bytes);
		json_write_num(w, "files", group->files);
		if (label)
			json_write_str(w, "label", graph_text(graph, label->name));
		json_write_end(w);
	}
	json_write_end(w);
}

/* What instances used that ran, and made that succeeded. */
static void gather(struct groups *groups)
{
	const struct sum *sum = groups->sum;

	for (uint32_t i = 0; i < sum->count; i++) {
		const struct sum_instance *instance = &sum->instances[i];
		const struct stage *s = &sum->graph->stages[instance->stage];
		uint32_t count =
			instance->status == RECORD_SUCCESS ? stage_use_count(s) : s->input_count;

		if (instance->status == RECORD_NONE)
			continue;
		for (uint32_t k = 0; k < count; k++)
			add_file(groups, &sum->graph->uses[s->first_use + k]);
	}
	add_reported(groups);
}

static uint32_t count_of(const struct sum *sum, enum record_status status)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < sum->count; i++)
		count += sum->instances[i].status == status;
	return count;
}

/* One that failed is a failure; what is not there yet is under way. */
static enum record_status status_of(const struct sum *sum)
{
	uint32_t skipped = count_of(sum, RECORD_SKIPPED);

	if (count_of(sum, RECORD_FAILED))
		return RECORD_FAILED;
	if (skipped == sum->count)
		return RECORD_SKIPPED;
	return count_of(sum, RECORD_SUCCESS) + skipped == sum->count ? RECORD_SUCCESS
								     : RECORD_RUNNING;
}

static void put_counts(struct json_writer *w, const struct sum *sum)
{
	json_write_object(w, "instances");
	json_write_num(w, "total", sum->count);
	for (int status = RECORD_RUNNING; status <= RECORD_UNREADABLE; status++) {
		uint32_t count = count_of(sum, (enum record_status)status);
		if (count)
			json_write_num(w, manifest_statuses[status], count);
	}
	if (count_of(sum, RECORD_NONE))
		json_write_num(w, "not_run", count_of(sum, RECORD_NONE));
	json_write_end(w);
}

static bool is_common(const struct sum *sum, const struct pair *pair)
{
	const struct graph *graph = sum->graph;

	for (uint32_t i = 1; i < sum->count; i++) {
		struct span config = graph->stages[sum->instances[i].stage].config;
		const char *value = graph_pair(graph, config, graph_text(graph, pair->name));
		if (!text_eq(value, graph_text(graph, pair->value)))
			return false;
	}
	return true;
}

static void put_config(struct json_writer *w, const struct sum *sum)
{
	const struct graph *graph = sum->graph;
	struct span config = graph->stages[sum->instances[0].stage].config;

	json_write_object(w, "config");
	for (uint32_t i = 0; i < config.count; i++) {
		const struct pair *pair = &graph->pairs[config.first + i];
		if (is_common(sum, pair))
			json_write_str(
				w, graph_text(graph, pair->name), graph_text(graph, pair->value));
	}
	json_write_end(w);
}

static void put_times(struct json_writer *w, const struct sum *sum, enum record_status status)
{
	int64_t began = 0, ended = 0;
	char text[CLOCK_ISO_SIZE];
	double seconds = 0;

	for (uint32_t i = 0; i < sum->count; i++) {
		const struct sum_instance *instance = &sum->instances[i];
		double took = instance->seconds > 0 ? instance->seconds : 0;
		int64_t start = instance->written_ns - (int64_t)(took * 1e9);

		seconds += took;
		if (!instance->written_ns)
			continue;
		began = !began || start < began ? start : began;
		ended = instance->written_ns > ended ? instance->written_ns : ended;
	}
	clock_iso(began, text);
	json_write_str(w, "timestamp", text);
	json_write_str(w, "status", manifest_statuses[status]);
	json_write_num(w, "duration_seconds", (double)(int64_t)(seconds * 1e6 + 0.5) / 1e6);
	clock_iso(ended, text);
	json_write_str(w, "completed_at", status == RECORD_RUNNING ? NULL : text);
}

void sum_format(const struct sum *sum, struct buf *out)
{
	const struct graph *graph = sum->graph;
	const struct stage *stage = &graph->stages[sum->instances[0].stage];
	struct json_writer writer = {.out = out, .is_pretty = true}, *w = &writer;
	struct groups groups = {.sum = sum};
	enum record_status status = status_of(sum);

	gather(&groups);
	json_write_document(w, MANIFEST_SCHEMA);
	json_write_str(w, "stage", graph_text(graph, stage->decl));
	json_write_num(w, "stage_number", stage->number);
	put_times(w, sum, status);
	json_write_str(w, "pipeline", graph_text(graph, graph->pipeline));
	json_write_str(w, "job", graph_text(graph, graph->job));
	json_write_name(w, "stage_dir", sum->dir);
	put_counts(w, sum);
	for (int role = 0; role <= ROLE_INTERMEDIATE; role++)
		put_groups(w, &groups, (enum file_role)role);
	put_config(w, sum);
	json_write_object(w, "resources");
	json_write_end(w);
	manifest_write_notes(w, "errors", sum->errors, sum->error_count, true);
	manifest_write_notes(w, "warnings", sum->warnings, sum->warning_count, false);
	if (status == RECORD_SKIPPED)
		json_write_str(w, "reason", graph_text(graph, stage->skip_reason));
	json_write_finish(w);
	free(groups.items);
	map_free(&groups.by_name);
	arena_free(&groups.arena);
}

bool sum_is(const json *manifest)
{
	return json_is(json_get(manifest, "instances"), JSON_OBJECT) && !json_get(manifest, "run");
}
