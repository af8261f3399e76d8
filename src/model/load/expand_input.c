/* Declared inputs: one path a line, or a pattern, or the files of another stage. */
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/path.h"
#include "base/text.h"
#include "model/command/template.h"
#include "model/load/expand_glob.h"
#include "model/load/expand_marks.h"
#include "model/load/expand_path.h"
#include "model/load/expand_stage.h"
#include "model/load/expand_text.h"
#include "model/load/expand_upstream.h"
#include "model/load/loader.h"

/* The same file twice under one label is one input. */
static void add_file(struct expand *x, uint32_t slot, uint32_t file)
{
	struct loader *loader = x->loader;

	if (is_used_as(loader, file, x->instance, slot))
		return;
	mark_used(loader, file, x->instance, slot);
	build_use(&loader->build, file, expand_label(x, slot, false));
}

static void add_path(struct expand *x, uint32_t slot, const char *text)
{
	struct buf path = {0};

	expand_path(x->loader, "", text, &path);
	add_file(x, slot, build_file(&x->loader->build, buf_text(&path)));
	buf_free(&path);
}

/* {{asr.transcript}} alone: its files as they are, without a detour by their names. */
static bool is_whole_upstream(const char *text, struct template_hole *hole)
{
	size_t pos = 0;

	return text_starts(text, "{{") && template_next(text, &pos, hole, NULL, false, NULL) == 1 &&
	       hole->offset == 0 && text[hole->len] == '\0' && !hole->filter_count &&
	       placeholder_find(hole->name, hole->name_len) == PLACEHOLDER_UPSTREAM;
}

static void add_upstream(struct expand *x, uint32_t slot, const struct def_line *line,
	const struct template_hole *hole)
{
	struct upstream upstream;
	const char *name = arena_strndup(x->loader->arena, hole->name, hole->name_len);

	if (!upstream_find(x, line, name, hole->name_len, &upstream))
		return;
	for (uint32_t i = 0; i < upstream.file_count; i++)
		add_file(x, slot, upstream.files[i]);
	upstream_free(&upstream);
}

/* A pattern never means the stage's own outputs. */
static bool is_own(const struct expand *x, const char *path)
{
	const struct loader *loader = x->loader;
	const char *dir = graph_text(loader->build.graph, loader->instances[x->instance].dir);

	return path_is_under(dir, path);
}

static void add_matches(struct expand *x, uint32_t slot, const struct def_line *line)
{
	struct loader *loader = x->loader;
	struct buf text = {0}, pattern = {0};
	struct path_list found;
	uint32_t count = 0;

	x->escape_globs = true;
	bool is_good = expand_text(x, line, line->value, &text);
	x->escape_globs = false;
	expand_path(loader, "", buf_text(&text), &pattern);
	if (is_good && expand_glob_made(x, line, buf_text(&pattern), &found)) {
		for (uint32_t i = 0; i < found.count; i++) {
			if (is_own(x, found.at[i]))
				continue;
			add_file(x, slot, build_file(&loader->build, found.at[i]));
			count++;
		}
		free(found.at);
		if (!count && !label_is(x, slot, ATTR_OPTIONAL, false))
			expand_mistake(x, line, "input '%s': nothing matches '%s'",
				loader->text.keys[loader->scope.labels.at[slot].key].parse.name,
				buf_text(&text));
	}
	buf_free(&text);
	buf_free(&pattern);
}

static void add_line(struct expand *x, uint32_t slot, const struct def_line *line)
{
	struct template_hole hole;
	struct buf text = {0};

	if (is_whole_upstream(line->value, &hole)) {
		add_upstream(x, slot, line, &hole);
		return;
	}
	x->pick = 0;
	do {
		x->pick_count = 0;
		x->has_glob = fs_is_glob(line->value);
		buf_reset(&text);
		if (!expand_text(x, line, line->value, &text))
			break;
		if (x->pick_count == UINT32_MAX) /* of no files there is none */
			break;
		if (!text.len)
			expand_mistake(x, line, "'%s' is empty", expand_line_key(x->loader, line));
		else if (x->has_glob && !expand_is_literal(x->loader, buf_text(&text)))
			add_matches(x, slot, line);
		else
			add_path(x, slot, buf_text(&text));
	} while (++x->pick < x->pick_count);
	buf_free(&text);
}

static void add_label(struct expand *x, uint32_t slot)
{
	struct loader *loader = x->loader;
	struct scope_label *info = &loader->scope.label_info[slot];
	uint32_t first = loader->scope.labels.at[slot].line;
	uint32_t count = def_value_lines(&loader->text, first);

	info->first_use = loader->build.graph->use_count;
	for (uint32_t i = 0; i < count; i++) {
		const struct def_line *line = &loader->text.lines[first + i];
		if (*line->value || count == 1)
			add_line(x, slot, line);
	}
	info->use_count = loader->build.graph->use_count - info->first_use;
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
