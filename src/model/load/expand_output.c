/* What stages make: outputs and intermediates, of all instances.
 *
 * A path is relative to the stage's directory and stays below it. {{root}}/... puts a file
 * elsewhere under the root, but not among restage's own files. Two makers of one file, and files
 * inside one another, are found when the whole graph is known (build_edges.c). */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "model/graph/job_paths.h"
#include "model/load/definition_scope.h"
#include "model/load/definition_steps.h"
#include "model/load/expand_each.h"
#include "model/load/expand_glob.h"
#include "model/load/expand_path.h"
#include "model/load/expand_stage.h"
#include "model/load/expand_text.h"
#include "model/load/loader.h"
#include "model/load/made_list.h"

static uint32_t add_instance(struct loader *loader, struct decl *decl, uint32_t nth)
{
	struct instance instance = {
		.decl = (uint32_t)(decl - loader->decls),
		.dir = decl->dir,
		.first_made = loader->made_count,
	};

	if (decl->each_count) {
		struct buf text BUF_LOCAL = {0};
		each_add_name(decl, nth, false, &text);
		instance.name = build_text(&loader->build, buf_text(&text));
		buf_reset(&text);
		buf_str(&text, graph_text(loader->build.graph, decl->dir));
		buf_char(&text, '/');
		buf_str(&text, graph_text(loader->build.graph, instance.name));
		instance.dir = build_text(&loader->build, buf_text(&text));
	}
	MEM_ROOM(loader->instances, loader->instance_count, loader->instance_cap);
	loader->instances[loader->instance_count] = instance;
	return loader->instance_count++;
}

/* The definition's own file that lies at that place or below it; NULL. */
static const char *definition_at(const struct loader *loader, const char *path)
{
	const struct graph *graph = loader->build.graph;

	for (uint32_t i = 0; i < graph->source_count; i++) {
		const struct source *source = &graph->sources[i];
		const char *at = graph_text(graph, source->path);
		if (source_is_file(source->kind) && path_is_under(path, at))
			return at;
	}
	return NULL;
}

/* Does the path lead to what restage keeps in the directory of another job? */
static bool is_of_other_job(struct loader *loader, const char *path)
{
	const char *below = path_below(loader->out, path);
	const char *in_job = below ? strchr(below, '/') : NULL;

	if (!in_job || path_is_under(loader->job_dir, path))
		return false;
	size_t head = (size_t)(in_job - path);
	const char *state =
		stage_path(loader->arena, arena_strndup(loader->arena, path, head), JOB_STATE);
	return text_eq(path_base(path), MANIFEST_FILE) || expand_probe(loader, state) == 'd';
}

/* `text` is what the user wrote, `path` what it comes to. */
static bool check_path(struct expand *x, const struct def_line *line, const char *dir,
	const char *text, const char *path)
{
	const char *below = path_below(dir, path);
	const char *own = job_own_place(below, path_below(x->loader->job_dir, path));

	if (path_is_outside(path))
		return expand_mistake(
			x, line, "'%s' lies outside the root %s", text, x->loader->root);
	if (*text != '/' && (!below || !*below))
		return expand_mistake(x, line,
			"'%s' leaves the stage's directory; write {{root}}/... for a place elsewhere",
			text);
	if (own)
		return expand_mistake(x, line, "'%s' is the place of %s", text, own);
	if (strcmp(path, ".") == 0)
		return expand_mistake(x, line, "'%s' is the root itself", text);
	if (!below && definition_at(x->loader, path))
		return expand_mistake(x, line,
			"'%s' is the place of '%s', which the pipeline is made from", text,
			definition_at(x->loader, path));
	if (!below && is_of_other_job(x->loader, path))
		return expand_mistake(x, line, "'%s' lies in the directory of another job", text);
	if (path_has_long_name(path))
		return expand_mistake(x, line, "'%s' has a name of over 255 bytes", text);
	return true;
}

static bool add_made(struct expand *x, uint32_t slot, const struct def_line *line)
{
	struct loader *loader = x->loader;
	struct buf text BUF_LOCAL = {0}, path BUF_LOCAL = {0};

	x->empty_cell = 0;
	bool is_good = expand_text(x, line, line->value, &text);

	if (is_good && x->empty_cell)
		is_good = expand_mistake(x, line,
			"'%s' names a cell of line %u of its table, which is empty: name another "
			"by {{each.KEY.COLUMN | else TEXT}}",
			expand_line_key(loader, line), x->empty_cell);
	if (is_good && !text.len)
		is_good = expand_mistake(x, line, "'%s' is empty", expand_line_key(loader, line));
	if (is_good) {
		const char *dir =
			graph_text(loader->build.graph, loader->instances[x->instance].dir);
		expand_path(loader, dir, buf_text(&text), &path);
		is_good = check_path(x, line, dir, buf_text(&text), buf_text(&path));
	}
	if (is_good) {
		MEM_ROOM(loader->made, loader->made_count, loader->made_cap);
		loader->made[loader->made_count++] = (struct made){
			.key = loader->scope.labels.at[slot].key,
			.slot = slot,
			.file = build_file(&loader->build, buf_text(&path)),
			.instance = x->instance,
			.is_dir = text.data[text.len - 1] == '/',
		};
		loader->instances[x->instance].made_count++;
	}
	return is_good;
}

/* All lines of one label. An empty first line only puts the list below its key. */
static bool add_label(struct expand *x, uint32_t slot)
{
	struct def_text *text = &x->loader->text;
	uint32_t first = x->loader->scope.labels.at[slot].line;
	uint32_t count = def_value_lines(text, first);
	bool is_good = true;

	for (uint32_t i = 0; i < count; i++) {
		const struct def_line *line = &text->lines[first + i];
		if (*line->value || count == 1)
			is_good &= add_made(x, slot, line);
	}
	return is_good;
}

static struct expand output_context(struct loader *loader, struct decl *decl, uint32_t instance)
{
	return (struct expand){
		.loader = loader,
		.decl = decl,
		.instance = instance,
		.may = MAY_VALUES | MAY_PLACE | MAY_DIR | MAY_INPUT | MAY_OUTPUT,
		.where = "an output's path",
		.lists = LIST_IS_WRONG,
		.is_absolute = true,
	};
}

static bool is_made_label(const struct loader *loader, uint32_t slot)
{
	enum def_kind kind = loader->text.keys[loader->scope.labels.at[slot].key].parse.kind;

	return kind == DEF_OUTPUT || kind == DEF_INTERMEDIATE;
}

/* Only said by who makes a list need it be known here; what is wrong with it is told later. */
static bool may_fail(const struct loader *loader)
{
	uint32_t line = loader->scope.single[DEF_SETTING + SETTING_ALLOW_FAILURE];
	bool value = false;

	return line != NONE && text_to_bool(loader->text.lines[line].value, &value) && value;
}

static void expand_outputs(struct loader *loader, struct decl *decl)
{
	decl->first_instance = loader->instance_count;
	decl->is_known = true;
	decl->may_fail = may_fail(loader);
	if (!expand_each(loader, decl))
		decl->is_broken = true;
	for (uint32_t nth = 0; nth < decl->instance_count; nth++) {
		struct expand x = output_context(loader, decl, add_instance(loader, decl, nth));
		if (decl->is_broken)
			continue;
		struct instance *instance = &loader->instances[x.instance];
		instance->is_disabled = !expand_enabled(&x);
		if (nth == 0 && path_has_long_name(graph_text(loader->build.graph, instance->dir)))
			expand_mistake(&x, NULL, "the name of its directory is too long");
		for (uint32_t slot = 0; slot < loader->scope.labels.count; slot++) {
			if (is_made_label(loader, slot) && !add_label(&x, slot))
				decl->is_broken = true;
		}
	}
}

/* Instances stand in the order of their stages: they are the graph's stages. */
static void sort_instances(struct loader *loader)
{
	struct instance *sorted = mem_grow(NULL, loader->instance_count + 1, sizeof *sorted);
	uint32_t count = 0;

	for (uint32_t i = 0; i < loader->decl_count; i++) {
		struct decl *decl = &loader->decls[i];
		uint32_t first = count;
		for (uint32_t nth = 0; nth < decl->instance_count; nth++) {
			struct instance *instance = &sorted[count];
			*instance = loader->instances[decl->first_instance + nth];
			for (uint32_t k = 0; k < instance->made_count; k++)
				loader->made[instance->first_made + k].instance = count;
			count++;
		}
		decl->first_instance = first;
	}
	free(loader->instances);
	loader->instances = sorted;
	loader->instance_cap = loader->instance_count + 1;
}

/* What the lists of a stage name comes before it. */
static void expand_late(struct loader *loader, struct decl *decl)
{
	struct made_list_maker *makers;

	scope_enter(loader, decl, false);
	uint32_t count = made_list_makers(loader, decl, &makers);
	decl->is_open = true;
	for (uint32_t i = 0; i < count; i++) {
		struct decl *maker = &loader->decls[makers[i].decl];
		struct expand x = {.loader = loader, .decl = decl};
		if (maker->is_open)
			decl->is_broken = maker->is_broken = !expand_mistake(&x,
				&loader->text.lines[makers[i].line],
				"its values are what stage '%s' makes, whose own come from it",
				maker->name);
		else if (!maker->is_known)
			expand_late(loader, maker);
	}
	decl->is_open = false;
	if (count)
		scope_enter(loader, decl, false);
	expand_outputs(loader, decl);
}

/* A stage whose values may be files that others make comes when those are known. */
void expand_all_outputs(struct loader *loader)
{
	bool has_late = false;

	MEM_RESERVE(loader->instances, loader->decl_count, loader->instance_cap);
	for (uint32_t i = 0; i < loader->decl_count; i++) {
		struct decl *decl = &loader->decls[i];
		scope_enter(loader, decl, true);
		decl->is_late = each_may_match(loader);
		has_late |= decl->is_late;
		if (!decl->is_late)
			expand_outputs(loader, decl);
	}
	for (uint32_t i = 0; has_late && i < loader->decl_count; i++) {
		if (loader->decls[i].is_late && !loader->decls[i].is_known)
			expand_late(loader, &loader->decls[i]);
	}
	if (!has_late)
		return;
	each_check_patterns(loader);
	sort_instances(loader);
}

void expand_depfile(struct expand *x, struct stage *stage)
{
	struct loader *loader = x->loader;
	uint32_t line = loader->scope.single[DEF_DEPFILE];
	struct buf text BUF_LOCAL = {0}, path BUF_LOCAL = {0};

	if (line == NONE)
		return;
	const struct def_line *at = &loader->text.lines[line];
	struct expand own = output_context(loader, x->decl, x->instance);
	own.where = "'depfile'";
	const char *dir = graph_text(loader->build.graph, stage->dir);
	if (expand_single(&own, at, &text)) {
		expand_path(loader, dir, buf_text(&text), &path);
		const char *below = path_below(dir, buf_text(&path));
		const char *ours = job_own_place(below, NULL);
		if (!below || !*below)
			expand_mistake(x, at, "depfile '%s' is not below the stage's directory",
				buf_text(&text));
		else if (ours)
			expand_mistake(x, at, "'%s' is the place of %s", buf_text(&text), ours);
		else
			stage->depfile = build_text(&loader->build, below);
	}
}
