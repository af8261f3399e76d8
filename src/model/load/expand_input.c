/* Declared inputs: one path a line, or a pattern, or the files of another stage. */
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/path.h"
#include "base/text.h"
#include "model/command/template.h"
#include "model/load/definition.h"
#include "model/load/definition_places.h"
#include "model/load/expand_glob.h"
#include "model/load/expand_marks.h"
#include "model/load/expand_path.h"
#include "model/load/expand_stage.h"
#include "model/load/expand_text.h"
#include "model/load/expand_upstream.h"
#include "model/load/loader.h"
#include "model/load/made_list.h"

/* With what the label leaves out, if it is a directory. */
static uint32_t file_of(struct expand *x, uint32_t slot, uint32_t file)
{
	struct loader *loader = x->loader;
	const struct graph *graph = loader->build.graph;

	if (!x->input_exclude || graph->files[file].exclude)
		return file;
	const struct def_line *line = label_exclude_line(loader, slot);
	bool is_made = file < loader->made_files;
	if (!line && (is_made || expand_probe(loader, file_path(graph, file)) != 'd'))
		return file;
	if (!is_made)
		return build_file_excluding(
			&loader->build, file_path(graph, file), x->input_exclude);
	expand_mistake(x, line,
		"'%s': '%s' is made by a stage, and what a stage makes counts whole: let it make "
		"what is left out here as another output",
		expand_line_key(loader, line), file_path(graph, file));
	return file;
}

/* In a directory that is read as a whole nothing counts as absent. */
static void warn_of_left_over(struct expand *x, uint32_t file)
{
	struct loader *loader = x->loader;
	const struct def_line *line = &loader->text.lines[x->input_line];
	const char *path = file_path(loader->build.graph, file);
	const struct made *made = loader->absent && !loader->instances[x->instance].is_disabled
					  ? glob_left_over(loader, path)
					  : NULL;

	if (!made)
		return;
	const char *maker = loader->decls[loader->instances[made->instance].decl].name;
	diag_warn(loader->text.diags, def_line_file(&loader->text, line)->name, line->number,
		"stage '%s': '%s' holds '%s', which stage '%s' made before it was disabled; "
		"'restage clean %s' removes it",
		x->decl->name, path, file_path(loader->build.graph, made->file), maker, maker);
}

/* The same file twice under one label is one input. */
static void add_file(struct expand *x, uint32_t slot, uint32_t file)
{
	struct loader *loader = x->loader;

	uint32_t absent = absent_of(loader, file);

	if (absent)
		x->absent_of = absent;
	file = file_of(x, slot, file);
	if (absent || is_used_as(loader, file, x->instance, slot))
		return;
	mark_used(loader, file, x->instance, slot);
	warn_of_left_over(x, file);
	uint32_t label = expand_label(x, slot, false);
	if (x->more_flags) {
		struct label more = loader->build.graph->labels[label];
		more.flags |= x->more_flags;
		label = build_label(&loader->build, &more);
	}
	uint32_t use = build_use(&loader->build, file, label);
	if (loader->request->places)
		places_note(loader->request->places, use, x->input_line);
}

static void add_path(struct expand *x, uint32_t slot, const char *text)
{
	struct buf path BUF_LOCAL = {0};

	expand_path(x->loader, "", text, &path);
	add_file(x, slot, build_file(&x->loader->build, buf_text(&path)));
}

/* {{asr.transcript}} alone, or with `else`: its files as they are, without a detour by their
 * names. */
static bool is_whole_upstream(const char *text, struct template_hole *hole)
{
	size_t pos = 0;

	return text_starts(text, "{{") && template_next(text, &pos, hole, NULL, false, NULL) == 1 &&
	       hole->offset == 0 && text[hole->len] == '\0' && !hole->filter_count &&
	       placeholder_find(hole->name, hole->name_len) == PLACEHOLDER_UPSTREAM;
}

/* Returns the number of its files; there may be more of a list that is not known. */
static uint32_t add_upstream(struct expand *x, uint32_t slot, const struct def_line *line,
	const struct template_hole *hole)
{
	struct upstream upstream;
	const char *name = arena_strndup(x->loader->arena, hole->name, hole->name_len);

	if (!upstream_find(x, line, name, hole->name_len, hole->other, &upstream))
		return 0;
	uint32_t count = upstream.file_count;
	for (uint32_t i = 0; i < count; i++)
		add_file(x, slot, upstream.files[i]);
	count += upstream.is_open;
	upstream_free(&upstream);
	return count;
}

/* A pattern never means the stage's own outputs. */
static bool is_own(const struct expand *x, const char *path)
{
	const struct loader *loader = x->loader;
	const char *dir = graph_text(loader->build.graph, loader->instances[x->instance].dir);

	return path_is_under(dir, path);
}

static void add_matches(
	struct expand *x, uint32_t slot, const struct def_line *line, const char *value)
{
	struct loader *loader = x->loader;
	struct buf text BUF_LOCAL = {0}, pattern BUF_LOCAL = {0};
	struct path_list found;
	uint32_t count = 0;

	x->escape_globs = true;
	bool is_good = expand_text(x, line, value, &text);
	x->escape_globs = false;
	expand_path(loader, "", buf_text(&text), &pattern);
	made_list_wait_pattern(x, buf_text(&pattern));
	if (is_good && expand_glob_made(x, line, buf_text(&pattern), &found)) {
		for (uint32_t i = 0; i < found.count; i++) {
			if (is_own(x, found.at[i]))
				continue;
			add_file(x, slot, build_file(&loader->build, found.at[i]));
			count++;
		}
		free(found.at);
		if (!count && !x->absent_of && !label_is(x, slot, ATTR_OPTIONAL, false))
			expand_mistake(x, line, "input '%s': nothing matches '%s'%s",
				loader->text.keys[loader->scope.labels.at[slot].key].parse.name,
				buf_text(&text),
				*value == '[' && strchr(value, ',')
					? "; several files stand one a line"
					: "");
	}
}

static void add_text(
	struct expand *x, uint32_t slot, const struct def_line *line, const char *value)
{
	struct buf text BUF_LOCAL = {0};

	x->pick = 0;
	do {
		x->pick_count = 0;
		x->has_glob = expand_is_glob(value);
		buf_reset(&text);
		uint32_t empty_cell = x->empty_cell;
		x->empty_cell = 0;
		if (!expand_text(x, line, value, &text))
			break;
		if (x->pick_count == UINT32_MAX) /* of no files there is none */
			break;
		if (x->empty_cell)
			continue;
		x->empty_cell = empty_cell;
		if (!text.len && x->is_nothing)
			continue;
		if (!text.len)
			expand_mistake(x, line, "'%s' is empty", expand_line_key(x->loader, line));
		else if (x->has_glob && !expand_is_literal(x->loader, buf_text(&text)))
			add_matches(x, slot, line, value);
		else
			add_path(x, slot, buf_text(&text));
	} while (++x->pick < x->pick_count);
}

/* What is read where there are no files of the placeholder: now, or (a stage may yet be skipped)
 * when it comes to it. */
static void add_other(struct expand *x, uint32_t slot, const struct def_line *line,
	const struct template_hole *hole, bool is_sure)
{
	struct template_hole nested;
	struct buf text BUF_LOCAL = {0}, value BUF_LOCAL = {0};

	if (template_other(hole, &nested, &text))
		template_add_hole(&value, &nested);
	else
		template_add_literal(&value, buf_text(&text));
	x->more_flags = is_sure ? 0 : LABEL_ELSE;
	if (value.len)
		add_text(x, slot, line, buf_text(&value));
	else if (is_sure)
		x->is_nothing = true;
	x->more_flags = 0;
}

static void add_line(struct expand *x, uint32_t slot, const struct def_line *line)
{
	size_t mistakes = x->loader->text.diags->error_count;
	struct template_hole hole;

	x->input_line = (uint32_t)(line - x->loader->text.lines);
	if (!is_whole_upstream(line->value, &hole)) {
		add_text(x, slot, line, line->value);
		return;
	}
	x->more_flags = hole.other && !hole.other_len ? LABEL_OPTIONAL : 0;
	uint32_t count = add_upstream(x, slot, line, &hole);
	x->more_flags = 0;
	if (hole.other && x->loader->text.diags->error_count == mistakes)
		add_other(x, slot, line, &hole, count == 0);
}

static void tell_absent(struct expand *x, uint32_t slot)
{
	struct loader *loader = x->loader;
	struct line_ref ref = loader->scope.labels.at[slot];
	const char *key = loader->text.keys[ref.key].text;

	if (!x->absent_of) {
		expand_mistake(x, &loader->text.lines[ref.line],
			"'%s' has no file, since a cell in line %u of its table is empty: write "
			"'%s.optional = yes', or name what is read instead: "
			"{{each.KEY.COLUMN | else FILE}}",
			key, x->empty_cell, key);
		return;
	}
	const struct decl *maker = &loader->decls[loader->instances[x->absent_of - 1].decl];
	expand_mistake(x, &loader->text.lines[ref.line],
		"'%s' has no file, since stage '%s' is disabled: write '%s.optional = yes', or "
		"name what is read instead: {{STAGE.LABEL | else FILE}}",
		key, maker->name, key);
}

/* What is left out of directories, where there are none. */
static void look_at_exclude(struct expand *x, uint32_t slot)
{
	struct loader *loader = x->loader;
	const struct graph *graph = loader->build.graph;
	const struct scope_label *info = &loader->scope.label_info[slot];
	const struct def_line *line = label_exclude_line(loader, slot);

	if (!line || !x->input_exclude || !info->use_count)
		return;
	for (uint32_t i = 0; i < info->use_count; i++) {
		uint32_t file = graph->uses[info->first_use + i].file;
		if (expand_probe(loader, file_path(graph, file)) != 'f')
			return;
	}
	diag_warn(loader->text.diags, def_line_file(&loader->text, line)->name, line->number,
		"'%s' leaves nothing out: none of the files is a directory",
		expand_line_key(loader, line));
}

static void add_label(struct expand *x, uint32_t slot)
{
	struct loader *loader = x->loader;
	struct scope_label *info = &loader->scope.label_info[slot];
	uint32_t first = loader->scope.labels.at[slot].line;
	uint32_t count = def_value_lines(&loader->text, first);

	info->first_use = loader->build.graph->use_count;
	x->absent_of = x->empty_cell = 0;
	x->is_nothing = false;
	x->input_slot = slot + 1;
	x->input_exclude = label_exclude(x, slot);
	for (uint32_t i = 0; i < count; i++) {
		const struct def_line *line = &loader->text.lines[first + i];
		if (*line->value || count == 1)
			add_line(x, slot, line);
	}
	info->use_count = loader->build.graph->use_count - info->first_use;
	look_at_exclude(x, slot);
	if (!info->use_count && (x->absent_of || x->empty_cell) && !x->is_nothing &&
		!loader->instances[x->instance].is_disabled &&
		!label_is(x, slot, ATTR_OPTIONAL, false))
		tell_absent(x, slot);
}

uint32_t expand_inputs(struct expand *x)
{
	struct loader *loader = x->loader;
	uint32_t before = loader->build.graph->use_count;
	struct expand inner = *x;

	inner.may = MAY_VALUES | MAY_PLACE | MAY_DIR | MAY_INPUT | MAY_UPSTREAM;
	inner.where = "an input";
	inner.lists = LIST_IS_PICKED;
	for (uint32_t slot = 0; slot < loader->scope.labels.count; slot++) {
		if (loader->text.keys[loader->scope.labels.at[slot].key].parse.kind == DEF_INPUT)
			add_label(&inner, slot);
	}
	return loader->build.graph->use_count - before;
}
