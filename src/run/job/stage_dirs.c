#include "run/job/stage_dirs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/map.h"
#include "base/path.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"

/* "out/job/04_asr/ep1" -> "04_asr" of the stage */
static const char *decl_dir(
	struct arena *arena, const struct graph *graph, const struct stage *stage)
{
	const char *dir = graph_text(graph, stage->dir);

	return stage->instance ? path_dir(arena, dir) : dir;
}

struct moves {          /* of declarations whose directory has another number */
	bool is_listed; /* what there is in the job's directory is in `present` */
	struct map present;
	struct map by_decl;      /* name -> index */
	const char **from, **to; /* paths */
	uint32_t count;
};

static void moves_free(struct moves *moves)
{
	map_free(&moves->present);
	map_free(&moves->by_decl);
}

/* A declaration whose directory is not there, but one of its name under another number is, was
 * renumbered. If several are (left over from copies), the highest number wins: any would do,
 * contents are judged. */
static int find_moves(
	struct arena *arena, const struct graph *graph, struct moves *moves, struct err *err)
{
	char **names;
	size_t count;
	const char *job_dir = graph_text(graph, graph->job_dir);
	struct map decls = {0};
	struct fs_stat stat;

	memset(moves, 0, sizeof *moves);
	moves->is_listed = fs_stat(job_dir, &stat, NULL) == 0 && stat.type == 0;
	if (!fs_is_dir(job_dir))
		return 0;
	if (fs_list(arena, job_dir, &names, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		map_put(&moves->present, names[i], 0);
	moves->is_listed = true;
	for (uint32_t i = 0; i < graph->stage_count; i++)
		map_put(&decls, graph_text(graph, graph->stages[i].decl), i);
	moves->from = arena_alloc(arena, (count + 1) * sizeof *moves->from);
	moves->to = arena_alloc(arena, (count + 1) * sizeof *moves->to);
	for (size_t i = 0; i < count; i++) {
		const char *decl = job_without_number(names[i]);
		uint32_t stage = map_get(&decls, decl);
		if (stage == NONE || decl == names[i])
			continue;
		const char *to = decl_dir(arena, graph, &graph->stages[stage]);
		if (map_get(&moves->present, path_base(to)) != NONE)
			continue;
		uint32_t index = map_put(&moves->by_decl, decl, moves->count);
		if (index == moves->count)
			moves->count++;
		moves->from[index] = job_path(arena, graph, names[i]);
		moves->to[index] = to;
	}
	map_free(&decls);
	return 0;
}

static bool may_have_dir(
	struct arena *arena, const struct graph *graph, const struct moves *moves, uint32_t stage)
{
	const struct stage *s = &graph->stages[stage];

	if (!moves->is_listed)
		return true;
	if (moves->count && map_get(&moves->by_decl, graph_text(graph, s->decl)) != NONE)
		return true;
	const char *dir = moves->present.count ? path_base(decl_dir(arena, graph, s)) : NULL;
	return dir && map_get(&moves->present, dir) != NONE;
}

const char **stage_dirs_find(struct arena *arena, const struct graph *graph, struct err *err)
{
	struct moves moves;
	const char **dirs = arena_alloc(arena, (graph->stage_count + 1) * sizeof *dirs);

	if (find_moves(arena, graph, &moves, err) < 0)
		return NULL;
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		const struct stage *stage = &graph->stages[i];
		uint32_t move = moves.count
					? map_get(&moves.by_decl, graph_text(graph, stage->decl))
					: NONE;
		if (move == NONE)
			dirs[i] = graph_text(graph, stage->dir);
		else if (stage->instance)
			dirs[i] = arena_fmt(arena, "%s/%s", moves.from[move],
				graph_text(graph, stage->instance));
		else
			dirs[i] = moves.from[move];
	}
	moves_free(&moves);
	return dirs;
}

/* A path that lies, by its stage's present number, below a directory which still has another. */
static const char *path_now(
	struct arena *arena, const struct graph *graph, const struct moves *moves, const char *path)
{
	const char *below = path_below(graph_text(graph, graph->job_dir), path);

	if (!below)
		return path;
	const char *decl = job_without_number(arena_strndup(arena, below, strcspn(below, "/")));
	uint32_t move = map_get(&moves->by_decl, decl);
	const char *rest = move == NONE ? NULL : path_below(moves->to[move], path);

	if (!rest)
		return path;
	return *rest ? path_join(arena, moves->from[move], rest) : moves->from[move];
}

static void set_now(struct arena *arena, const struct graph *graph, const struct moves *moves,
	struct buf *text, uint32_t *offset)
{
	const char *path = graph_text(graph, *offset);
	const char *now = path_now(arena, graph, moves, path);

	if (now == path)
		return;
	*offset = (uint32_t)text->len;
	buf_add(text, now, strlen(now) + 1);
}

static void *copied(struct arena *arena, const void *data, size_t size)
{
	void *own = arena_alloc(arena, size + 1);

	if (size)
		memcpy(own, data, size);
	return own;
}

const struct graph *stage_dirs_follow(
	struct arena *arena, const struct graph *graph, bool *has_dir, struct err *err)
{
	struct moves moves;
	struct graph *now = arena_alloc(arena, sizeof *now);
	struct buf text = {0};

	if (find_moves(arena, graph, &moves, err) < 0)
		return NULL;
	if (moves.count) {
		*now = *graph;
		now->stages =
			copied(arena, graph->stages, graph->stage_count * sizeof *now->stages);
		now->files = copied(arena, graph->files, graph->file_count * sizeof *now->files);
		buf_add(&text, graph->text, graph->text_size);
		for (uint32_t i = 0; i < graph->stage_count; i++)
			set_now(arena, graph, &moves, &text, &now->stages[i].dir);
		for (uint32_t i = 0; i < graph->file_count; i++)
			set_now(arena, graph, &moves, &text, &now->files[i].path);
		now->text = copied(arena, text.data, text.len);
		now->text_size = (uint32_t)text.len;
		buf_free(&text);
	}
	for (uint32_t i = 0; i < graph->stage_count; i++)
		has_dir[i] = may_have_dir(arena, graph, &moves, i);
	moves_free(&moves);
	return moves.count ? now : graph;
}

int stage_dirs_renumber(const struct graph *graph, struct err *err)
{
	struct arena arena = {0};
	struct moves moves;
	int status = find_moves(&arena, graph, &moves, err);

	for (uint32_t i = 0; status == 0 && i < moves.count; i++) {
		if (rename(moves.from[i], moves.to[i]) < 0 && errno != ENOENT)
			status = err_sys(
				err, errno, "rename to the stage's present number", moves.from[i]);
	}
	moves_free(&moves);
	arena_free(&arena);
	return status;
}
