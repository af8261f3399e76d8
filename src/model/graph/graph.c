#include "model/graph/graph.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/exclude.h"
#include "base/mem.h"
#include "base/path.h"

#define FREE(array, count) free(graph->array);

#define TRACK(way, name, counts) {name, counts},

const struct track tracks[TRACK_COUNT] = {TRACKS(TRACK)};

uint8_t track_parse(const char *name)
{
	uint8_t track = 0;

	while (track < TRACK_COUNT && strcmp(tracks[track].name, name) != 0)
		track++;
	return track;
}

void graph_free(struct graph *graph)
{
	if (!graph)
		return;
	if (graph->block) {
		free(graph->block);
	} else {
		GRAPH_ARRAYS(FREE)
	}
	free(graph);
}

uint32_t graph_find_stage(const struct graph *graph, const char *name)
{
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		if (strcmp(stage_name(graph, i), name) == 0)
			return i;
	}
	return NONE;
}

const char *file_view(const struct graph *graph, uint32_t file)
{
	uint32_t producer = file < graph->file_count ? graph->files[file].producer : NONE;

	if (producer == NONE || !(graph->stages[producer].flags & STAGE_VIEWED))
		return NULL;
	const struct stage *s = &graph->stages[producer];
	const struct use *outputs = &graph->uses[s->first_use + s->input_count];
	for (uint32_t i = 0; i < s->output_count; i++) {
		uint32_t view = outputs[i].file == file ? graph->labels[outputs[i].label].view : 0;
		if (view)
			return graph_text(graph, view);
	}
	return NULL;
}

const char *file_exclude(const struct graph *graph, uint32_t file)
{
	const struct file *f = &graph->files[file];
	const char *exclude = graph_text(graph, f->exclude);

	if (f->producer != NONE)
		return NULL;
	if (!f->exclude)
		return EXCLUDE_USUAL;
	return exclude[strspn(exclude, " ")] ? exclude : NULL;
}

uint32_t graph_find_file(const struct graph *graph, const char *path)
{
	for (uint32_t i = 0; i < graph->file_count; i++) {
		if (strcmp(file_path(graph, i), path) == 0)
			return i;
	}
	return NONE;
}

const struct pool *graph_pool(const struct graph *graph, const char *name)
{
	for (uint32_t i = 0; i < graph->pool_count; i++) {
		if (strcmp(graph_text(graph, graph->pools[i].name), name) == 0)
			return &graph->pools[i];
	}
	return NULL;
}

void graph_gpus(const struct graph *graph, uint32_t count, struct buf *out)
{
	const struct pool *pool = graph_pool(graph, POOL_GPU);
	const char *ids = pool ? graph_text(graph, pool->ids) : "";

	for (uint32_t i = 0; i < count; i++) {
		size_t len = strcspn(ids, ",");
		if (i)
			buf_char(out, ',');
		if (len)
			buf_add(out, ids, len);
		else
			buf_fmt(out, "%u", i);
		ids += len + (ids[len] == ',');
	}
}

const char *graph_pair(const struct graph *graph, struct span span, const char *name)
{
	for (uint32_t i = 0; i < span.count; i++) {
		const struct pair *pair = &graph->pairs[span.first + i];
		if (strcmp(graph_text(graph, pair->name), name) == 0)
			return graph_text(graph, pair->value);
	}
	return NULL;
}

bool graph_is_tool(const struct graph *graph, const struct use *use)
{
	const struct label *label = &graph->labels[use->label];

	return label->origin == ORIGIN_COMMAND && graph->files[use->file].producer == NONE &&
	       strcmp(graph_text(graph, label->type), LABEL_PROGRAM) == 0;
}

/* A file inside the output directory of a stage that this one needs will be there when it runs. */
bool graph_makes_around(const struct graph *graph, uint32_t stage, uint32_t file)
{
	const struct stage *s = &graph->stages[stage];
	const char *path = file_path(graph, file);

	for (uint32_t i = 0; i < s->needs.count; i++) {
		const struct stage *m = &graph->stages[graph->edges[s->needs.first + i]];
		uint32_t first = m->first_use + m->input_count;
		for (uint32_t k = 0; k < m->output_count + m->intermediate_count; k++) {
			const char *made = file_path(graph, graph->uses[first + k].file);
			if (path_is_under(made, path) || path_is_under(path, made))
				return true;
		}
	}
	return false;
}

bool graph_keeps(const struct graph *graph, uint32_t stage, const char *path)
{
	const struct stage *s = &graph->stages[stage];
	uint32_t first = s->first_use + s->input_count + s->output_count;

	for (uint32_t i = 0; i < s->intermediate_count; i++) {
		const struct use *use = &graph->uses[first + i];
		if ((graph->labels[use->label].flags & LABEL_RETAINED) &&
			strcmp(file_path(graph, use->file), path) == 0)
			return true;
	}
	return false;
}

/* "demux/x" of "01_demux/x"; NULL if no number and '_' stand in front of a name. */
static const char *unnumbered(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || text[digits] != '_')
		return NULL;
	text += digits + 1;
	return *text && *text != '/' ? text : NULL;
}

bool stage_runs_in_work(const struct graph *graph, uint32_t stage)
{
	uint32_t dir = stage_settings(graph, stage)->dir;

	return dir && strcmp(graph_text(graph, dir), DIR_WORK) == 0;
}

const char *stage_run_dir(const struct graph *graph, uint32_t stage)
{
	uint32_t dir = stage_settings(graph, stage)->dir;
	const char *text = graph_text(graph, dir);

	if (!dir || stage_runs_in_work(graph, stage))
		return NULL;
	return text[0] == '.' && text[1] == '/' ? text + 2 : text;
}

const char *stage_container(const struct graph *graph, uint32_t stage)
{
	uint32_t image = stage_settings(graph, stage)->container;

	return image ? graph_text(graph, image) : NULL;
}

void graph_file_identity(const struct graph *graph, uint32_t file, struct buf *out)
{
	const char *path = file_path(graph, file), *rest;
	uint32_t producer = graph->files[file].producer;

	if (producer != NONE) {
		const struct stage *stage = &graph->stages[producer];
		rest = path_below(graph_text(graph, stage->dir), path);
		if (rest) {
			buf_char(out, '@');
			buf_str(out, graph_text(graph, stage->decl));
			if (stage->instance) {
				buf_char(out, '/');
				buf_str(out, graph_text(graph, stage->plain ? stage->plain
									    : stage->instance));
			}
			if (*rest) {
				buf_char(out, '/');
				buf_str(out, rest);
			}
			return;
		}
	}
	rest = path_below(graph_text(graph, graph->job_dir), path);
	rest = rest ? unnumbered(rest) : NULL;
	if (rest) {
		buf_char(out, '@');
		buf_str(out, rest);
		return;
	}
	if (path[0] == '@')
		buf_str(out, "./"); /* a file of the root that only looks like a stage's */
	buf_str(out, path);
}

void graph_remaining(const struct graph *graph, const double *seconds, double *remaining)
{
	for (uint32_t i = graph->stage_count; i-- > 0;) {
		uint32_t stage = graph->order[i];
		const struct span by = graph->stages[stage].needed_by;
		double longest = 0;
		for (uint32_t e = 0; e < by.count; e++) {
			double after = remaining[graph->edges[by.first + e]];
			if (after > longest)
				longest = after;
		}
		remaining[stage] = seconds[stage] + longest;
	}
}

uint32_t graph_critical_path(const struct graph *graph, const double *seconds, uint32_t *path)
{
	double *remaining;
	uint32_t count = 0, at = NONE;

	if (!graph->stage_count)
		return 0;
	remaining = mem_alloc(graph->stage_count * sizeof *remaining);
	graph_remaining(graph, seconds, remaining);
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		if (at == NONE || remaining[i] > remaining[at])
			at = i;
	}
	while (at != NONE) {
		const struct span by = graph->stages[at].needed_by;
		uint32_t next = NONE;
		path[count++] = at;
		for (uint32_t e = 0; e < by.count; e++) {
			uint32_t stage = graph->edges[by.first + e];
			if (next == NONE || remaining[stage] > remaining[next])
				next = stage;
		}
		at = next;
	}
	free(remaining);
	return count;
}
