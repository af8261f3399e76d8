/* Parameters.
 *
 * Three sources, each above the one before: the JSON files that [pipeline] params_file names
 * (nested objects by dotted names, {"train": {"seed": 7}} is train.seed, elements of arrays by
 * their place, langs.0), the lines of [params], and -p NAME=VALUE. A value in [params] may name
 * other parameters; what comes from JSON or the command line is taken as it is. */
#include "model/load/params.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/load/definition.h"
#include "model/load/expand_hint.h"
#include "model/load/expand_path.h"
#include "model/load/expand_text.h"
#include "model/load/loader.h"

#define FILE_MAX ((size_t)64 << 20)

static struct param *find(struct params *params, const char *name)
{
	uint32_t id = map_get(&params->ids, name);

	return id == NONE ? NULL : &params->items[id];
}

/* Adds it, or takes the place of one of a lower source. `name` lives in the arena. */
static struct param *set(struct params *params, const char *name, const char *value)
{
	struct param *param = find(params, name);

	if (!param) {
		MEM_ROOM(params->items, params->count, params->cap);
		map_put(&params->ids, name, params->count);
		param = &params->items[params->count++];
	}
	*param = (struct param){.name = name, .value = value};
	return param;
}

struct reading {
	struct loader *loader;
	const char *file;
	struct map seen; /* names of this file */
};

static const char *scalar_text(struct arena *arena, const json *node)
{
	struct buf text = {0};

	if (json_is_null(node))
		return "";
	if (json_is_string(node))
		return arena_strdup(arena, json_str(node, ""));
	json_format_line(node, &text);
	const char *copy = arena_strdup(arena, buf_text(&text));
	buf_free(&text);
	return copy;
}

static bool is_container(const json *node)
{
	return json_is_object(node) || json_is_array(node);
}

static void add_node(struct reading *reading, const char *name, const json *node);

/* What an object or array holds, by name or place. The parser limits the depth. */
static void add_members(struct reading *reading, const char *prefix, const json *node)
{
	struct arena *arena = reading->loader->arena;
	bool is_array = json_is_array(node);
	unsigned place = 0;

	for (const json *child = json_first(node); child; child = json_next(child), place++) {
		const char *part = is_array ? arena_fmt(arena, "%u", place) : json_key(child);
		add_node(reading,
			prefix ? arena_fmt(arena, "%s.%s", prefix, part)
			       : arena_strdup(arena, part),
			child);
	}
}

static void add_node(struct reading *reading, const char *name, const json *node)
{
	if (is_container(node)) {
		add_members(reading, name, node);
		return;
	}
	if (map_get(&reading->seen, name) != NONE)
		diag_add(reading->loader->text.diags, reading->file, 0,
			"parameter '%s' is given twice", name);
	map_put(&reading->seen, name, 0);
	set(&reading->loader->params, name, scalar_text(reading->loader->arena, node));
}

/* "line 7: ..." as a place and its mistake. */
static void tell_json(struct loader *loader, const char *file, const char *text)
{
	unsigned number = 0;
	int len = 0;

	if (sscanf(text, "line %u: %n", &number, &len) == 1 && len)
		text += len;
	diag_add(loader->text.diags, file, number, "%s", text);
}

static void parse_file(struct loader *loader, const char *name, const struct buf *content)
{
	struct reading reading = {.loader = loader, .file = name};
	struct err err = {0};
	json *root = json_parse(buf_text(content), content->len, &err);

	if (!root)
		tell_json(loader, name, err.text);
	else if (!json_is_object(root))
		diag_add(loader->text.diags, name, 1, "the file holds no JSON object");
	else
		add_members(&reading, NULL, root);
	json_free(root);
	map_free(&reading.seen);
}

static void read_file(struct loader *loader, const struct def_line *line)
{
	struct buf content = {0}, path = {0};
	struct err err = {0};
	const char *name = arena_strdup(loader->arena, line->value);

	expand_path(loader, "", name, &path);
	if (strstr(name, "{{")) {
		def_mistake(&loader->text, line, "'params_file' takes no placeholders");
	} else if (fs_read(buf_text(&path), FILE_MAX, &content, &err) != 0) {
		def_mistake(&loader->text, line, "%s", err.text);
	} else {
		struct digest digest = digest_bytes(buf_text(&content), content.len);
		build_source(&loader->build, SOURCE_PARAMS, name, buf_text(&path), &digest);
		parse_file(loader, name, &content);
	}
	buf_free(&content);
	buf_free(&path);
}

static void add_file(struct loader *loader, uint32_t at)
{
	if (def_head(loader->text.keys[loader->text.lines[at].key].text) != HEAD_PARAMS_FILE)
		return;
	uint32_t count = def_value_lines(&loader->text, at);
	for (uint32_t i = 0; i < count; i++) {
		if (*loader->text.lines[at + i].value)
			read_file(loader, &loader->text.lines[at + i]);
	}
}

static void add_line(struct loader *loader, uint32_t at)
{
	const struct def_line *line = &loader->text.lines[at];

	set(&loader->params, loader->text.keys[line->key].text, NULL)->line = line;
}

static void add_option(struct loader *loader, const char *option)
{
	const char *equals = strchr(option, '=');
	struct diags *diags = loader->text.diags;

	if (!equals || equals == option) {
		diag_add(diags, "-p", 0, "'%s' is not NAME=VALUE", option);
		return;
	}
	const char *name = arena_strndup(loader->arena, option, (size_t)(equals - option));
	struct param *param = find(&loader->params, name);
	if (param) {
		param->value = arena_strdup(loader->arena, equals + 1);
		param->line = NULL;
		return;
	}
	const char **names = mem_grow(NULL, loader->params.count + 1, sizeof *names);
	assert(loader->params.items || !loader->params.count);
	for (uint32_t i = 0; i < loader->params.count; i++)
		names[i] = loader->params.items[i].name;
	diag_add(diags, "-p", 0, "there is no parameter '%s'%s", name,
		loader->params.count ? hint_nearest(loader, name, names, loader->params.count)
				     : "; the pipeline has none");
	free(names);
}

static void fill_in(struct loader *loader, uint32_t id)
{
	struct params *params = &loader->params;
	struct expand x = {
		.loader = loader,
		.instance = NONE,
		.may = MAY_GLOBALS,
		.where = "[params]",
	};
	struct buf text = {0};

	params->busy[params->depth++] = id;
	params->items[id].is_busy = true;
	bool is_good = expand_value(&x, params->items[id].line, &text);
	params->items[id].is_busy = false;
	params->depth--;
	if (is_good)
		params->items[id].value = arena_strdup(loader->arena, buf_text(&text));
	else
		params->items[id].is_broken = true;
	buf_free(&text);
}

/* "a -> b -> a": those that are being filled in, from this one on. */
static void tell_cycle(struct loader *loader, uint32_t id)
{
	const struct params *params = &loader->params;
	struct buf way = {0};
	bool is_in = false;

	for (uint32_t i = 0; i < params->depth; i++) {
		is_in |= params->busy[i] == id;
		if (is_in)
			buf_fmt(&way, "%s -> ", params->items[params->busy[i]].name);
	}
	def_mistake(&loader->text, params->items[id].line,
		"parameter '%s' is made from itself: %s%s", params->items[id].name, buf_text(&way),
		params->items[id].name);
	buf_free(&way);
}

const char *params_value(struct loader *loader, const char *name, bool *is_known)
{
	struct params *params = &loader->params;
	uint32_t id = map_get(&params->ids, name);

	*is_known = id != NONE;
	if (id == NONE)
		return NULL;
	struct param *param = &params->items[id];
	if (param->value || param->is_broken)
		return param->value;
	if (param->is_busy) {
		tell_cycle(loader, id);
		param->is_broken = true;
		return NULL;
	}
	if (params->depth == PARAMS_DEPTH_MAX) {
		def_mistake(&loader->text, param->line,
			"more than %d parameters are made from one another", PARAMS_DEPTH_MAX);
		return NULL;
	}
	fill_in(loader, id);
	return params->items[id].value;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct param *)a)->name, ((const struct param *)b)->name);
}

/* To the graph, sorted; the order of the items is nobody's business afterwards. */
static void publish(struct loader *loader)
{
	struct params *params = &loader->params;
	struct graph *graph = loader->build.graph;
	struct param *sorted = mem_grow(NULL, params->count + 1, sizeof *sorted);

	if (params->count)
		memcpy(sorted, params->items, params->count * sizeof *sorted);
	qsort(sorted, params->count, sizeof *sorted, by_name);
	for (uint32_t i = 0; i < params->count; i++) {
		uint32_t pair = build_pair(&loader->build, sorted[i].name, sorted[i].value);
		if (!i)
			graph->params.first = pair;
	}
	graph->params.count = params->count;
	free(sorted);
}

void params_load(struct loader *loader)
{
	bool is_known;

	definition_each_line(loader, SECTION_PIPELINE, add_file);
	definition_each_line(loader, SECTION_PARAMS, add_line);
	for (size_t i = 0; i < loader->request->param_count; i++)
		add_option(loader, loader->request->params[i]);
	for (uint32_t i = 0; i < loader->params.count; i++)
		params_value(loader, loader->params.items[i].name, &is_known);
	publish(loader);
}

void params_free(struct params *params)
{
	free(params->items);
	map_free(&params->ids);
}
