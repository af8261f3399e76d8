#include "run/engine/listener.h"
#include "view/graph/graph_view.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/map.h"
#include "base/mem.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"

struct graph_file {
	struct listener listener;
	struct err err;
	uint8_t *state; /* enum view_state by stage; NULL before the run begins */
	double *seconds;
	uint32_t count; /* of stages; there may be more later */
	bool has_run;   /* some stage was started */
};

static void make_room(struct graph_file *picture, const struct graph *graph)
{
	size_t count = (size_t)graph->stage_count + 1;

	picture->state = mem_grow(picture->state, count, sizeof *picture->state);
	picture->seconds = mem_grow(picture->seconds, count, sizeof *picture->seconds);
	for (; picture->count < graph->stage_count; picture->count++) {
		picture->state[picture->count] = STATE_UNKNOWN;
		picture->seconds[picture->count] = -1;
	}
}

/* What is known of the stages, by the numbers that they have in another graph. */
static void renumber(
	struct graph_file *picture, const struct graph *graph, const struct graph *other)
{
	struct graph_file was = *picture;
	struct map ids MAP_LOCAL = {0};

	for (uint32_t i = 0; i < graph->stage_count; i++)
		map_put(&ids, stage_name(graph, i), i);
	picture->state = NULL;
	picture->seconds = NULL;
	picture->count = 0;
	make_room(picture, other);
	for (uint32_t i = 0; i < other->stage_count; i++) {
		uint32_t id = map_get(&ids, stage_name(other, i));
		if (id >= was.count)
			continue;
		picture->state[i] = was.state[id];
		picture->seconds[i] = was.seconds[id];
	}
	free(was.state);
	free(was.seconds);
}

static void draw(struct graph_file *picture, const struct graph *graph)
{
	struct arena arena ARENA_LOCAL = {0};
	struct buf out BUF_LOCAL = {0};
	bool *critical MEM_LOCAL = mem_alloc((size_t)graph->stage_count + 1);
	struct graph_view view = {
		.graph = graph,
		.state = picture->state,
		.seconds = picture->seconds,
		.on_critical_path = critical,
	};

	graph_view_critical(graph, picture->seconds, critical);
	graph_dot(&out, &view);
	const char *path = job_path(&arena, graph, JOB_GRAPH);
	struct buf old BUF_LOCAL = {0};
	bool is_same = fs_read(path, out.len + 1, &old, NULL) == 0 && old.len == out.len &&
		       memcmp(old.data, out.data, out.len) == 0;
	if (!is_same)
		fs_replace(path, out.data, out.len, &picture->err);
}

static void hear_settled(
	struct graph_file *picture, const struct run_event *event, enum view_state state)
{
	picture->state[event->stage] = (uint8_t)state;
	if (event->attempt && state == STATE_DONE)
		picture->seconds[event->stage] = event->attempt->duration_seconds;
	else if (event->before_seconds >= 0)
		picture->seconds[event->stage] = event->before_seconds;
}

static void hear(void *ctx, const struct run_event *event)
{
	struct graph_file *picture = ctx;

	if (picture->count < event->graph->stage_count &&
		(event->kind == RUN_BEGIN || picture->state))
		make_room(picture, event->graph);
	/* One that was killed before it drew what it had run; a stage that is said to be otherwise
	 * than before, though it did not run; another definition. */
	if ((event->kind == RUN_BEGIN || event->kind == STAGE_FRESH || event->kind == STAGE_SKIP) &&
		(event->count || event->total))
		picture->has_run = true;
	if (!picture->state)
		return;
	switch (event->kind) {
	case STAGE_FRESH:
		hear_settled(picture, event, STATE_FRESH);
		break;
	case STAGE_SKIP:
		hear_settled(picture, event, event->attempt ? STATE_DONE : STATE_DISABLED);
		break;
	case STAGE_BLOCKED:
		hear_settled(picture, event, STATE_BLOCKED);
		break;
	case STAGE_START:
		picture->has_run = true;
		break;
	case STAGE_DONE:
		hear_settled(
			picture, event, event->attempt->restored ? STATE_RESTORED : STATE_DONE);
		break;
	case STAGE_FAIL:
		hear_settled(picture, event, STATE_FAILED);
		break;
	case RUN_END:
		if (event->normal)
			renumber(picture, event->graph, event->normal);
		if (picture->has_run && !event->is_lost)
			draw(picture, event->normal ? event->normal : event->graph);
		break;
	default:
		break;
	}
}

static void graph_file_free(void *ctx)
{
	struct graph_file *picture MEM_LOCAL = ctx;

	free(picture->state);
	free(picture->seconds);
}

struct listener *graph_file_new(void)
{
	struct graph_file *picture = mem_alloc(sizeof *picture);

	picture->listener = (struct listener){
		.hear = hear, .free = graph_file_free, .err = &picture->err, .ctx = picture};
	return &picture->listener;
}
