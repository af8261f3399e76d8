#include "run/job/stage_dirs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"
#include "record/manifest/manifest_read.h"

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
	struct map renamed; /* instance that is called otherwise by now ("asr/ep1") -> index */
	const char **was;   /* what its directory is called */
	uint32_t renamed_count, was_cap;
};

static void moves_free(struct moves *moves)
{
	map_free(&moves->present);
	map_free(&moves->by_decl);
	map_free(&moves->renamed);
	free(moves->was);
}

/* The directory of the stage's declaration as it is now. */
static const char *decl_dir_now(struct arena *arena, const struct graph *graph,
	const struct moves *moves, const struct stage *stage)
{
	uint32_t move =
		moves->count ? map_get(&moves->by_decl, graph_text(graph, stage->decl)) : NONE;

	return move == NONE ? decl_dir(arena, graph, stage) : moves->from[move];
}

/* Instances of one stage: these of the graph, and what lies in their directory. */
struct family {
	const struct graph *graph;
	uint32_t first, count;
	const char *dir;
	char **entries;
	size_t entry_count;
	struct map names;  /* entries */
	struct map values; /* of an entry's manifest -> entry */
	struct map older;  /* name that an entry's manifest has, which tells no values -> entry */
};

/* May an instance be called otherwise than its directory is? Names are made of values, so only
 * where one is missing and another is left over, or where names are given. */
static bool may_be_renamed(const struct family *family)
{
	const struct graph *graph = family->graph;
	struct map own MAP_LOCAL = {0};
	bool is_missing = false, is_named = false, is_left = false;

	for (uint32_t i = family->first; i < family->first + family->count; i++) {
		const char *name = graph_text(graph, graph->stages[i].instance);
		map_put(&own, name, i);
		is_missing |= map_get(&family->names, name) == NONE;
		is_named |= graph->stages[i].plain != 0;
	}
	for (size_t i = 0; i < family->entry_count; i++)
		is_left |= map_get(&own, family->entries[i]) == NONE;
	return is_named || (is_missing && is_left);
}

static void read_entries(struct arena *arena, struct family *family)
{
	const char *decl = graph_text(family->graph, family->graph->stages[family->first].decl);
	size_t len = strlen(decl);

	for (size_t i = 0; i < family->entry_count; i++) {
		const char *dir = path_join(arena, family->dir, family->entries[i]);
		struct buf values BUF_LOCAL = {0};
		json *manifest JSON_LOCAL = manifest_tree(dir, NULL);
		const char *name = json_get_str(manifest, "stage", "");
		bool is_ours = text_starts(name, decl) && name[len] == '/';
		bool is_known = is_ours && manifest_values(arena, manifest, &values);
		/* of two with the same values, the one that is where it says */
		if (is_known && strcmp(name + len + 1, family->entries[i]) == 0)
			map_set(&family->values, arena_strdup(arena, buf_text(&values)),
				(uint32_t)i);
		else if (is_known)
			map_put(&family->values, arena_strdup(arena, buf_text(&values)),
				(uint32_t)i);
		else if (is_ours)
			map_put(&family->older, arena_strdup(arena, name + len + 1), (uint32_t)i);
	}
}

static void find_renamed(struct arena *arena, const struct family *family, struct moves *moves)
{
	const struct graph *graph = family->graph;
	struct buf values BUF_LOCAL = {0};

	for (uint32_t i = family->first; i < family->first + family->count; i++) {
		const struct stage *stage = &graph->stages[i];
		buf_reset(&values);
		stage_values(graph, i, &values);
		uint32_t entry = map_get(&family->values, buf_text(&values));
		if (entry == NONE && stage->plain)
			entry = map_get(&family->older, graph_text(graph, stage->plain));
		if (entry == NONE ||
			strcmp(family->entries[entry], graph_text(graph, stage->instance)) == 0)
			continue;
		MEM_ROOM(moves->was, moves->renamed_count, moves->was_cap);
		moves->was[moves->renamed_count] = arena_strdup(arena, family->entries[entry]);
		map_put(&moves->renamed, stage_name(graph, i), moves->renamed_count++);
	}
}

static int look_at_family(
	struct arena *arena, struct family *family, struct moves *moves, struct err *err)
{
	if (fs_list(arena, family->dir, &family->entries, &family->entry_count, err) < 0)
		return -1;
	for (size_t i = 0; i < family->entry_count; i++) {
		if (strcmp(family->entries[i], MANIFEST_FILE) == 0)
			family->entries[i--] = family->entries[--family->entry_count];
		else
			map_put(&family->names, family->entries[i], 0);
	}
	if (may_be_renamed(family)) {
		read_entries(arena, family);
		find_renamed(arena, family, moves);
	}
	map_free(&family->names);
	map_free(&family->values);
	map_free(&family->older);
	return 0;
}

/* Instances stand together, by their stage. */
static int find_all_renamed(
	struct arena *arena, const struct graph *graph, struct moves *moves, struct err *err)
{
	for (uint32_t i = 0, end; i < graph->stage_count; i = end) {
		const struct stage *stage = &graph->stages[i];
		for (end = i + 1; end < graph->stage_count; end++) {
			if (graph->stages[end].decl != stage->decl)
				break;
		}
		if (!stage->instance)
			continue;
		struct family family = {.graph = graph, .first = i, .count = end - i};
		family.dir = decl_dir_now(arena, graph, moves, stage);
		if (fs_is_dir(family.dir) && look_at_family(arena, &family, moves, err) < 0)
			return -1;
	}
	return 0;
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
	struct map decls MAP_LOCAL = {0};
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
	return find_all_renamed(arena, graph, moves, err);
}

/* What the directory of an instance is called. */
static const char *instance_now(
	const struct graph *graph, const struct moves *moves, const struct stage *stage)
{
	uint32_t renamed = moves->renamed_count
				   ? map_get(&moves->renamed, graph_text(graph, stage->name))
				   : NONE;

	return renamed == NONE ? graph_text(graph, stage->instance) : moves->was[renamed];
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
		if (!moves.count && !moves.renamed_count)
			dirs[i] = graph_text(graph, stage->dir);
		else if (stage->instance)
			dirs[i] =
				arena_fmt(arena, "%s/%s", decl_dir_now(arena, graph, &moves, stage),
					instance_now(graph, &moves, stage));
		else
			dirs[i] = decl_dir_now(arena, graph, &moves, stage);
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
	size_t head = strcspn(below, "/"), len = below[head] ? strcspn(below + head + 1, "/") : 0;
	const char *decl = job_without_number(arena_strndup(arena, below, head));
	uint32_t move = map_get(&moves->by_decl, decl), renamed = NONE;
	const char *to = move == NONE ? arena_strndup(arena, path, (size_t)(below + head - path))
				      : moves->to[move];
	const char *rest = path_below(to, path);

	if (rest && len && moves->renamed_count)
		renamed = map_get(&moves->renamed,
			arena_fmt(arena, "%s/%.*s", decl, (int)len, below + head + 1));
	if (!rest || (move == NONE && renamed == NONE))
		return path;
	if (renamed != NONE)
		rest = arena_fmt(arena, "%s%s", moves->was[renamed], rest + len);
	const char *from = move == NONE ? to : moves->from[move];
	return *rest ? path_join(arena, from, rest) : from;
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
	bool has_any = moves.count || moves.renamed_count;
	if (has_any) {
		*now = *graph;
		now->stages =
			copied(arena, graph->stages, graph->stage_count * sizeof *now->stages);
		now->files = copied(arena, graph->files, graph->file_count * sizeof *now->files);
		now->lists = copied(arena, graph->lists, graph->list_count * sizeof *now->lists);
		buf_add(&text, graph->text, graph->text_size);
		for (uint32_t i = 0; i < graph->stage_count; i++)
			set_now(arena, graph, &moves, &text, &now->stages[i].dir);
		for (uint32_t i = 0; i < graph->file_count; i++)
			set_now(arena, graph, &moves, &text, &now->files[i].path);
		for (uint32_t i = 0; i < graph->list_count; i++)
			set_now(arena, graph, &moves, &text, &now->lists[i].path);
		now->text = copied(arena, text.data, text.len);
		now->text_size = (uint32_t)text.len;
		buf_free(&text);
	}
	for (uint32_t i = 0; i < graph->stage_count; i++)
		has_dir[i] = may_have_dir(arena, graph, &moves, i);
	moves_free(&moves);
	return has_any ? now : graph;
}

/* The new name may be taken by another that is renamed, too, or by an instance that is gone: so all
 * go aside first. What a killed run leaves there is found by the next one. */
static int rename_aside(struct arena *arena, const struct graph *graph, const struct moves *moves,
	bool is_back, struct err *err)
{
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		const char *dir = graph_text(graph, graph->stages[i].dir);
		uint32_t renamed = map_get(&moves->renamed, stage_name(graph, i));
		if (renamed == NONE)
			continue;
		const char *top = path_dir(arena, dir);
		const char *aside =
			arena_fmt(arena, "%s/.renamed.%d.%u", top, (int)getpid(), renamed);
		const char *was = path_join(arena, top, moves->was[renamed]);
		const char *gone = arena_fmt(arena, "%s/.gone.%d.%u", top, (int)getpid(), renamed);
		if (is_back && fs_is_dir(dir) && rename(dir, gone) < 0)
			return err_sys(err, errno, "rename what is at an instance's name", dir);
		if (rename(is_back ? aside : was, is_back ? dir : aside) < 0 && errno != ENOENT)
			return err_sys(err, errno, "rename to the instance's present name", was);
	}
	return 0;
}

int stage_dirs_renumber(const struct graph *graph, struct err *err)
{
	struct arena arena ARENA_LOCAL = {0};
	struct moves moves;
	int status = find_moves(&arena, graph, &moves, err);

	for (uint32_t i = 0; status == 0 && i < moves.count; i++) {
		if (rename(moves.from[i], moves.to[i]) < 0 && errno != ENOENT)
			status = err_sys(
				err, errno, "rename to the stage's present number", moves.from[i]);
	}
	if (status == 0 && moves.renamed_count)
		status = rename_aside(&arena, graph, &moves, false, err);
	if (status == 0 && moves.renamed_count)
		status = rename_aside(&arena, graph, &moves, true, err);
	moves_free(&moves);
	return status;
}
