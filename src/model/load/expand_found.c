/* Files that a command names and nothing declares: they are inputs, too. */
#include <string.h>

#include "base/path.h"
#include "base/text.h"
#include "model/command/command.h"
#include "model/graph/job_paths.h"
#include "model/load/expand_glob.h"
#include "model/load/expand_marks.h"
#include "model/load/expand_path.h"
#include "model/load/expand_stage.h"
#include "model/load/file_type.h"
#include "model/load/loader.h"

struct finder {
	struct expand *x;
	const struct def_line *line;
	const char *base; /* where the words count from, relative to the root */
	bool is_in_work;
	uint32_t count;
	struct map told; /* words that were told to be mistakes */
};

static uint32_t label_of(struct loader *loader, const char *path)
{
	const char *type = file_type(loader->arena, path);
	bool is_program = strcmp(type, LABEL_PROGRAM) == 0;

	if (is_program && loader->program_label != NONE)
		return loader->program_label;
	struct label label = {
		.name = build_text(&loader->build, type),
		.role = ROLE_INPUT,
		.origin = ORIGIN_COMMAND,
	};
	label.type = label.name;
	uint32_t id = build_label(&loader->build, &label);
	if (is_program)
		loader->program_label = id;
	return id;
}

/* Does one of the stage's own outputs lie there in its work directory, or around it? */
static bool is_own_output(const struct finder *finder, const char *word)
{
	struct loader *loader = finder->x->loader;
	const struct graph *graph = loader->build.graph;
	const struct instance *instance = &loader->instances[finder->x->instance];

	for (uint32_t i = 0; i < instance->made_count; i++) {
		const char *path = file_path(graph, loader->made[instance->first_made + i].file);
		const char *rest = path_below(graph_text(graph, instance->dir), path);
		if (path_is_under(rest ? rest : path, word))
			return true;
	}
	return false;
}

static const struct def_line *line_with(const struct finder *finder, const char *text)
{
	struct def_text *definition = &finder->x->loader->text;
	uint32_t first = (uint32_t)(finder->line - definition->lines);
	uint32_t count = def_value_lines(definition, first);

	for (uint32_t i = 0; i < count; i++) {
		if (strstr(definition->lines[first + i].value, text))
			return &definition->lines[first + i];
	}
	return finder->line;
}

/* Does something of that name lie below the root, or will a stage make it there? */
static bool lies_in_root(struct loader *loader, const char *path, uint32_t file)
{
	if (file != NONE && file < loader->made_files)
		return true;
	char type = expand_probe(loader, path);
	return type == 'f' || (type == 'd' && strchr(path, '/'));
}

/* A bare word means nothing of the root in the work directory. */
static void look_at_bare(struct finder *finder, const char *word)
{
	struct loader *loader = finder->x->loader;
	struct buf found BUF_LOCAL = {0};

	expand_path(loader, "", word, &found);
	const char *path = buf_text(&found);
	uint32_t name = build_find_text(&loader->build, path, found.len);
	if (!is_own_output(finder, path) && map_get(&finder->told, word) == NONE &&
		lies_in_root(loader, path, build_find_file(&loader->build, name))) {
		map_put(&finder->told, word, 1);
		expand_mistake(finder->x, line_with(finder, word),
			"'%s' lies below the root, but with 'dir = work' the command runs in an "
			"empty directory: write {{root}}/%s, or track_command = no if it means no "
			"file of the root",
			word, path);
	}
}

/* The file that a word may be: one that another stage makes, or that lies under the root. */
static void take_word(struct finder *finder, const char *path, size_t len)
{
	struct loader *loader = finder->x->loader;
	uint32_t name = build_find_text(&loader->build, path, len);
	uint32_t file = build_find_file(&loader->build, name);

	if (path_is_outside(path) || (file != NONE && is_used(loader, file, finder->x->instance)))
		return;
	if (file != NONE && absent_of(loader, file))
		return;
	bool is_made = file != NONE && file < loader->made_files;
	if (!is_made && (path_is_under(loader->job_dir, path) || expand_probe(loader, path) != 'f'))
		return;
	file = build_file(&loader->build, path);
	mark_used(loader, file, finder->x->instance, NONE);
	build_use(&loader->build, file, label_of(loader, path));
	finder->count++;
}

static void found_word(void *ctx, const char *text, size_t len)
{
	struct finder *finder = ctx;
	struct loader *loader = finder->x->loader;
	struct buf path BUF_LOCAL = {0};

	if (!len || len > 4000 || text[0] == '-')
		return;
	const char *word = arena_strndup(loader->arena, text, len);
	expand_path(loader, finder->base, word, &path);
	if (finder->is_in_work && path_is_under(finder->base, buf_text(&path)))
		look_at_bare(finder, word);
	else
		take_word(finder, buf_text(&path), path.len);
}

uint32_t expand_found(
	struct expand *x, const struct stage *stage, const struct def_line *line, const char *text)
{
	struct loader *loader = x->loader;
	const struct graph *graph = loader->build.graph;
	struct finder finder = {.x = x, .line = line, .base = ""};
	struct command_reader reader = {.word = found_word, .ctx = &finder, .modules = ""};

	if (x->runs_elsewhere) {
		const char *dir = graph_text(graph, graph->settings[stage->settings].dir);
		finder.is_in_work = text_eq(dir, DIR_WORK);
		finder.base = finder.is_in_work ? stage_work_dir(loader->arena,
							  graph_text(graph, stage->dir), true)
						: path_norm(loader->arena, dir);
		reader.root = loader->root;
		if (finder.is_in_work)
			reader.modules = arena_fmt(loader->arena, "%s/", loader->root);
	}
	command_words(text, &reader);
	map_free(&finder.told);
	return finder.count;
}
