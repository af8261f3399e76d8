/* Looking for what nobody recorded.
 *
 * Ours in a stage's directory are its log, its manifest and its work directory. A directory with
 * nothing tracked in it is told as one. For each finding the line is given that would declare
 * it. */
#include "run/ask/verify_tree.h"

#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "model/command/template.h"
#include "model/graph/job_paths.h"
#include "record/manifest/record.h"
#include "run/ask/claims.h"
#include "run/ask/orphans.h"

struct walk {
	struct verify_tree *tree;
	struct claims tracked; /* recorded paths, and what is above them and above stages */
	struct map stages;     /* directories of stages -> stage */
	uint32_t stage;        /* whose directory is walked */
	const char *skip; /* directory whose content is dealt with, relative to the stage's; NULL */
};

static const char *dir_of(const struct verify_tree *tree, uint32_t stage)
{
	return graph_text(tree->graph, tree->graph->stages[stage].dir);
}

void findings_add(struct findings *findings, const struct verify_finding *finding)
{
	MEM_PUSH(findings->items, findings->count, findings->cap, *finding);
}

static void fill(struct walk *walk)
{
	const struct verify_tree *tree = walk->tree;

	for (uint32_t i = 0; i < tree->graph->stage_count; i++) {
		claims_record(&walk->tracked, i, &tree->records[i]);
		map_put(&walk->stages, dir_of(tree, i), i);
		claims_above(&walk->tracked, dir_of(tree, i));
	}
}

static bool is_ours(const char *rel)
{
	return strcmp(rel, STAGE_LOG_FILE) == 0 || strcmp(rel, MANIFEST_FILE) == 0 ||
	       strcmp(rel, STAGE_FAILED) == 0 || stage_is_kept_log(rel) ||
	       (text_starts(rel, WORK_DIR) && !strchr(rel, '/')) || fs_is_aside(rel, MANIFEST_FILE);
}

static bool has_label(const struct graph *graph, uint32_t stage, const char *name)
{
	const struct stage *s = &graph->stages[stage];

	for (uint32_t u = s->first_use; u < s->first_use + stage_use_count(s); u++) {
		if (text_eq(graph_text(graph, graph->labels[graph->uses[u].label].name), name))
			return true;
	}
	return false;
}

/* "Model cache.bin" -> "model_cache", with a number behind it if the stage has such a label. */
static const char *make_label(const struct walk *walk, const char *rel)
{
	struct arena *arena = walk->tree->arena;
	char *name = path_stem(arena, rel);
	const char *label = name;

	for (char *p = name; *p; p++)
		*p = isalnum((unsigned char)*p) ? (char)tolower((unsigned char)*p) : '_';
	if (strlen(name) > 30)
		name[30] = '\0';
	if (!*name)
		label = name = arena_strdup(arena, "file");
	for (unsigned n = 2; has_label(walk->tree->graph, walk->stage, label); n++)
		label = arena_fmt(arena, "%s_%u", name, n);
	return label;
}

/* The line that would declare it; NULL for a name that cannot stand in an INI file. */
static const char *make_line(const struct walk *walk, const char *rel, bool is_dir)
{
	struct arena *arena = walk->tree->arena;
	struct buf value BUF_LOCAL = {0};
	const char *line = NULL;
	size_t len = strlen(rel);

	template_add_literal(&value, rel);
	if (!strpbrk(rel, "\r\n") && !isspace((unsigned char)rel[0]) &&
		!isspace((unsigned char)rel[len - 1]))
		line = arena_fmt(arena, "output.%s = %s%s", make_label(walk, rel), buf_text(&value),
			is_dir ? "/" : "");
	return line;
}

static bool is_empty_dir(struct arena *arena, const char *path)
{
	char **names;
	size_t count = 0;

	return fs_list(arena, path, &names, &count, NULL) == 0 && count == 0;
}

static int visit(void *ctx, const char *rel, char type)
{
	struct walk *walk = ctx;
	struct arena *arena = walk->tree->arena;
	const char *path;

	if (walk->skip && path_is_under(walk->skip, rel))
		return 0;
	path = path_join(arena, dir_of(walk->tree, walk->stage), rel);
	if (is_ours(rel) || map_get(&walk->tracked.places, path) != NONE ||
		map_get(&walk->stages, path) != NONE) {
		walk->skip = arena_strdup(arena, rel);
		return 0;
	}
	if (type == 'd' && map_get(&walk->tracked.above, path) != NONE)
		return 0;
	walk->skip = arena_strdup(arena, rel);
	if (type == 'd' && is_empty_dir(arena, path))
		return 0;
	findings_add(walk->tree->findings,
		&(struct verify_finding){
			.kind = VERIFY_UNTRACKED,
			.stage = walk->stage,
			.path = type == 'd' ? arena_fmt(arena, "%s/", path) : path,
			.role = ROLE_OUTPUT,
			.text = make_line(walk, rel, type == 'd'),
		});
	return 0;
}

static void add_stray(struct walk *walk, enum verify_kind kind, const char *path, const char *text)
{
	findings_add(walk->tree->findings, &(struct verify_finding){
						   .kind = kind,
						   .stage = NONE,
						   .path = path,
						   .role = ROLE_OUTPUT,
						   .text = text,
					   });
}

/* Directories in `dir` that are no stage's and lead to none. */
static int find_strays(struct walk *walk, const char *dir, bool is_job, struct err *err)
{
	struct arena *arena = walk->tree->arena;
	char **names;
	size_t count;

	if (fs_list(arena, dir, &names, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const char *path = path_join(arena, dir, names[i]);

		if (is_job && job_without_number(names[i]) == names[i])
			continue;
		if (fs_is_dir(path) && map_get(&walk->stages, path) == NONE &&
			map_get(&walk->tracked.above, path) == NONE &&
			!(is_job && orphans_may_not_be(
					    walk->tree->graph, job_without_number(names[i]))))
			add_stray(walk, VERIFY_UNTRACKED, arena_fmt(arena, "%s/", path),
				"directory of a stage that the definition does not have");
	}
	return 0;
}

/* Instances that are gone lie beside those that are there. */
static int find_stray_instances(struct walk *walk, struct err *err)
{
	const struct verify_tree *tree = walk->tree;
	struct map done MAP_LOCAL = {0};
	int status = 0;

	for (uint32_t i = 0; i < tree->graph->stage_count && status == 0; i++) {
		const char *dir;

		if (!tree->graph->stages[i].instance)
			continue;
		dir = path_dir(tree->arena, dir_of(tree, i));
		if (map_get(&done, dir) != NONE)
			continue;
		map_put(&done, dir, 0);
		if (fs_is_dir(dir))
			status = find_strays(walk, dir, false, err);
	}
	return status;
}

/* The directory of an orphan, and what it made elsewhere and nobody else has. */
static int tell_orphan(
	struct walk *walk, const struct graph *graph, uint32_t orphan, struct err *err)
{
	struct arena *arena = walk->tree->arena;
	const char *dir = graph_text(graph, graph->stages[orphan].dir);
	struct record record;
	const char *text = arena_fmt(arena,
		"stage '%s' is not in the definition; 'restage clean --orphans' removes what it made",
		stage_name(graph, orphan));

	if (record_load(arena, graph, orphan, dir, &record, err) < 0)
		return -1;
	add_stray(walk, VERIFY_ORPHAN, arena_fmt(arena, "%s/", dir), text);
	map_put(&walk->stages, dir, orphan);
	claims_above(&walk->tracked, dir);
	for (uint32_t i = 0; i < record.success.file_count; i++) {
		const struct record_file *file = &record.success.files[i];
		if (file->role != ROLE_INPUT && !path_is_under(dir, file->path) &&
			claims_owner(&walk->tracked, file->path) == NONE && fs_exists(file->path))
			add_stray(walk, VERIFY_ORPHAN, file->path, text);
	}
	return 0;
}

static int find_orphans(struct walk *walk, struct err *err)
{
	struct orphans orphans;
	int status = orphans_find(walk->tree->arena, walk->tree->graph, &orphans, err);

	for (uint32_t i = 0; i < orphans.count && status == 0; i++)
		status = tell_orphan(walk, orphans.graph, orphans.first + i, err);
	return status;
}

int verify_tree(struct verify_tree *tree, struct err *err)
{
	struct walk walk = {.tree = tree, .tracked.arena = tree->arena};
	const char *job_dir = graph_text(tree->graph, tree->graph->job_dir);
	int status = 0;

	fill(&walk);
	for (uint32_t i = 0; i < tree->graph->stage_count && status == 0; i++) {
		walk.stage = i;
		walk.skip = NULL;
		if (tree->wanted[i] && fs_is_dir(dir_of(tree, i)))
			status = fs_walk(dir_of(tree, i), visit, &walk, err);
	}
	if (status == 0 && tree->with_strays)
		status = find_orphans(&walk, err);
	if (status == 0 && tree->with_strays && fs_is_dir(job_dir))
		status = find_strays(&walk, job_dir, true, err);
	if (status == 0 && tree->with_strays)
		status = find_stray_instances(&walk, err);
	claims_free(&walk.tracked);
	map_free(&walk.stages);
	return status;
}
