/* `dir`: where a stage's command runs. What it may be is looked at when the stage's files are
 * known: a directory that another stage makes has to be one of its inputs, so that it waits for it,
 * and runs again when that is another. */
#include <string.h>

#include "base/path.h"
#include "model/load/expand_glob.h"
#include "model/load/expand_marks.h"
#include "model/load/expand_stage.h"
#include "model/load/loader.h"

/* The file of that path, or the directory around it, that a stage makes; NONE. */
static uint32_t made_around(const struct loader *loader, const char *path)
{
	for (size_t len = strlen(path); len;) {
		uint32_t file =
			build_find_file(&loader->build, build_find_text(&loader->build, path, len));
		if (file < loader->made_files)
			return file;
		while (len && path[--len] != '/') {
		}
	}
	return NONE;
}

static uint32_t maker_of(const struct loader *loader, uint32_t file)
{
	const struct made *made = loader->made;

	while (made->file != file)
		made++;
	return made->instance;
}

static void check_made(
	struct expand *x, const struct def_line *line, const char *dir, uint32_t file)
{
	struct loader *loader = x->loader;
	uint32_t maker = maker_of(loader, file);

	if (maker == x->instance)
		expand_mistake(x, line,
			"'dir' is '%s', which the stage makes itself: its outputs are made aside; "
			"'dir = work' is the directory in which they are made",
			dir);
	else if (!is_used(loader, file, x->instance))
		expand_mistake(x, line,
			"'dir' is '%s', which stage '%s' makes: declare it as an input, too, so "
			"that this stage waits for it: input.dir = %s",
			dir, loader->decls[loader->instances[maker].decl].name,
			file_path(loader->build.graph, file));
}

static void check_place(struct expand *x, const struct def_line *line, const char *dir)
{
	struct loader *loader = x->loader;

	if (path_is_under(loader->job_dir, dir)) {
		expand_mistake(x, line,
			"'dir' is '%s', which lies in the directory of the job: 'dir = work' is the "
			"directory in which the stage makes its outputs; to go into what another "
			"stage made write 'cd {{input.NAME}} && ...'",
			dir);
		return;
	}
	uint32_t file = made_around(loader, dir);
	if (file != NONE) {
		check_made(x, line, dir, file);
		return;
	}
	char type = expand_probe(loader, dir);
	if (type == '0')
		expand_mistake(x, line, "'dir' is '%s', and there is no such directory below %s",
			dir, loader->root);
	else if (type != 'd')
		expand_mistake(x, line, "'dir' is '%s', which is no directory", dir);
}

/* One that is made for elsewhere, against those for the stage's own directory: with `dir = work`
 * all are made beside one another. */
static void check_output(struct expand *x, const struct def_line *line, const char *path)
{
	const struct loader *loader = x->loader;
	const struct graph *graph = loader->build.graph;
	const struct instance *instance = &loader->instances[x->instance];

	for (uint32_t i = 0; i < instance->made_count; i++) {
		const char *rest = path_below(graph_text(graph, instance->dir),
			file_path(graph, loader->made[instance->first_made + i].file));
		if (rest && (path_is_under(rest, path) || path_is_under(path, rest)))
			expand_mistake(x, line,
				"with 'dir = work' outputs '%s' and '{{root}}/%s' would meet in the "
				"work directory; name one of them otherwise",
				rest, path);
	}
}

static void check_outputs(struct expand *x, const struct def_line *line)
{
	const struct loader *loader = x->loader;
	const struct graph *graph = loader->build.graph;
	const struct instance *instance = &loader->instances[x->instance];

	for (uint32_t i = 0; i < instance->made_count; i++) {
		const char *path = file_path(graph, loader->made[instance->first_made + i].file);
		if (!path_is_under(graph_text(graph, instance->dir), path))
			check_output(x, line, path);
	}
}

void expand_dir(struct expand *x, const struct stage *stage)
{
	struct loader *loader = x->loader;
	uint32_t at = loader->scope.single[DEF_SETTING + SETTING_DIR];
	const struct graph *graph = loader->build.graph;
	const char *dir = graph_text(graph, graph->settings[stage->settings].dir);

	if (!*dir || at == NONE || loader->instances[x->instance].is_disabled)
		return;
	if (strcmp(dir, DIR_WORK) == 0)
		check_outputs(x, &loader->text.lines[at]);
	else
		check_place(x, &loader->text.lines[at], path_norm(loader->arena, dir));
}
