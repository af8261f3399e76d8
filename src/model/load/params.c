/* Parameters.
 *
 * Four sources, each above the one before: the lines of [params], the files that [pipeline]
 * params_file names, in their order (params_file.c), what the job remembers (remembered.c), and -p
 * NAME=VALUE. A value in [params] may name other parameters; any other is taken as it is.
 *
 * A value of several lines is a list, an item a line, wherever it comes from; NAME.0 is its first
 * item. Dotted names that begin alike are a mapping, which has no value of its own. */
#include "model/load/params.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/order.h"
#include "base/text.h"
#include "model/graph/missing.h"
#include "model/load/definition.h"
#include "model/load/expand_hint.h"
#include "model/load/expand_path.h"
#include "model/load/expand_text.h"
#include "model/load/loader.h"
#include "model/load/params_file.h"
#include "model/load/part_params.h"
#include "model/load/remembered.h"

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
	params->has_parts |= strchr(name, '.') != NULL;
	return param;
}

static void take(void *ctx, const char *name, const char *value)
{
	struct params *params = ctx;
	struct param *param = set(params, name, value);

	param->file = params->reading;
	param->in_file = value;
}

/* The name of a file may hold the job's, which may then not be made of parameters. */
static bool file_name(struct loader *loader, const struct def_line *line, struct buf *out)
{
	struct expand x = {
		.loader = loader, .instance = NONE, .may = MAY_JOB, .where = "'params_file'"};

	if (loader->job || !strstr(line->value, "{{"))
		return expand_text(&x, line, line->value, out);
	return expand_mistake(&x, line,
		"the job's name is made of parameters itself: it cannot choose their file");
}

static void read_file(struct loader *loader, const struct def_line *line)
{
	struct buf content BUF_LOCAL = {0}, path BUF_LOCAL = {0}, named BUF_LOCAL = {0};
	size_t mistakes = loader->text.diags->error_count;
	struct err err = {0};

	if (file_name(loader, line, &named)) {
		const char *name = arena_strdup(loader->arena, buf_text(&named));
		expand_path(loader, "", name, &path);
		if (fs_read(buf_text(&path), FILE_MAX, &content, &err) != 0) {
			diag_cause(loader->text.diags, &err);
			def_mistake(&loader->text, line, "%s%s", err.text,
				missing_near_file(loader->arena, buf_text(&path)));
		} else {
			struct digest digest = digest_bytes(buf_text(&content), content.len);
			build_source(&loader->build, SOURCE_PARAMS, name, buf_text(&path), &digest);
			loader->params.reading = name;
			params_file_read(loader->arena, loader->text.diags, name, &content, take,
				&loader->params);
		}
	}
	loader->params.is_partial |= loader->text.diags->error_count > mistakes;
}

static void add_line(struct loader *loader, uint32_t at)
{
	const struct def_line *line = &loader->text.lines[at];
	struct param *param = set(&loader->params, loader->text.keys[line->key].text, NULL);

	param->line = line;
	param->part = def_part_of(&loader->text, line);
	if (param->part)
		part_params_add(loader, param->part, false, param->name, at);
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
		param->is_option = true;
		return;
	}
	const char **names MEM_LOCAL = mem_grow(NULL, loader->params.count + 1, sizeof *names);
	assert(loader->params.items || !loader->params.count);
	for (uint32_t i = 0; i < loader->params.count; i++)
		names[i] = loader->params.items[i].name;
	diag_add(diags, "-p", 0, "there is no parameter '%s'%s", name,
		loader->params.count ? hint_nearest(loader, name, names, loader->params.count)
				     : "; the pipeline has none");
}

static void fill_in(struct loader *loader, struct param *param)
{
	struct params *params = &loader->params;
	struct expand x = expand_globals(loader, "[params]");
	struct buf text BUF_LOCAL = {0};

	x.lists = LIST_IS_KEPT;
	params->busy[params->depth++] = param;
	param->is_busy = true;
	bool is_good = expand_value(&x, param->line, &text);
	param->is_busy = false;
	params->depth--;
	if (is_good)
		param->value = arena_strdup(loader->arena, buf_text(&text));
	else
		param->is_broken = true;
}

/* "a -> b -> a": those that are being filled in, from this one on. */
static void tell_cycle(struct loader *loader, const struct param *param)
{
	const struct params *params = &loader->params;
	struct buf way BUF_LOCAL = {0};
	bool is_in = false;

	for (uint32_t i = 0; i < params->depth; i++) {
		is_in |= params->busy[i] == param;
		if (is_in)
			buf_fmt(&way, "%s -> ", params->busy[i]->name);
	}
	def_mistake(&loader->text, param->line, "parameter '%s' is made from itself: %s%s",
		param->name, buf_text(&way), param->name);
}

const char *params_part(const struct loader *loader, const char *name, uint32_t *at)
{
	const struct params *params = &loader->params;
	size_t len = strlen(name);

	while (params->has_parts && *at < params->count) {
		const char *part = params->items[(*at)++].name;
		if (text_starts(part, name) && part[len] == '.')
			return part;
	}
	return NULL;
}

/* "langs.1" where langs is a parameter: its second line. */
static const char *item_value(
	struct loader *loader, const struct def_line *at, const char *name, bool *is_known)
{
	const char *dot = strrchr(name, '.');
	uint32_t place;

	*is_known = false;
	if (!dot || !text_to_u32(dot + 1, &place))
		return NULL;
	const char *whole = params_value(
		loader, at, arena_strndup(loader->arena, name, (size_t)(dot - name)), is_known);
	while (whole && place && strchr(whole, '\n')) {
		whole = strchr(whole, '\n') + 1;
		place--;
	}
	if (!whole)
		return NULL;
	*is_known = place == 0;
	return place ? NULL : arena_strndup(loader->arena, whole, strcspn(whole, "\n"));
}

static const char *value_of(struct loader *loader, struct param *param)
{
	if (param->value || param->is_broken)
		return param->value;
	if (param->is_busy) {
		tell_cycle(loader, param);
		param->is_broken = true;
		return NULL;
	}
	if (loader->params.depth == PARAMS_DEPTH_MAX) {
		def_mistake(&loader->text, param->line,
			"more than %d parameters are made from one another", PARAMS_DEPTH_MAX);
		return NULL;
	}
	fill_in(loader, param);
	return param->value;
}

const char *params_value(
	struct loader *loader, const struct def_line *at, const char *name, bool *is_known)
{
	struct param *param = find(&loader->params, name);
	/* a part's own value is below all others but those of other parts */
	bool is_low = !param || (param->line && param->part);
	struct param *local = part_params_find(loader, at, name, is_low);

	*is_known = param || local;
	if (*is_known)
		return value_of(loader, local ? local : param);
	return item_value(loader, at, name, is_known);
}

static void empty_all(struct param *items, uint32_t count)
{
	for (uint32_t i = 0; items && i < count; i++) {
		if (items[i].line && !items[i].is_broken)
			items[i].value = NULL;
	}
}

/* What was filled in before rests on other values now. */
static void empty(struct params *params)
{
	empty_all(params->items, params->count);
	empty_all(params->part_items, params->part_count);
}

static void recall(struct loader *loader)
{
	const struct definition_request *request = loader->request;
	struct remembered list;
	struct err err = {0};

	if (remembered_read(loader->arena, loader->job_dir, request->forget, request->forget_count,
		    &list, &err) < 0) {
		diag_cause(loader->text.diags, &err);
		diag_add(loader->text.diags, loader->job_dir, 0, "%s", err.text);
	}
	for (size_t i = 0; i < list.count; i++) {
		const char *equals = strchr(list.items[i], '=');
		struct param *param =
			find(&loader->params, arena_strndup(loader->arena, list.items[i],
						      (size_t)(equals - list.items[i])));
		/* one that is not there any more is nobody's */
		if (!param || param->is_option)
			continue;
		param->value = arena_strdup(loader->arena, equals + 1);
		param->line = NULL;
	}
	if (list.count)
		empty(&loader->params);
}

/* To the graph, sorted; the order of the items is nobody's business afterwards. */
static void publish(struct loader *loader)
{
	struct params *params = &loader->params;
	struct graph *graph = loader->build.graph;
	struct param *sorted MEM_LOCAL = mem_grow(NULL, params->count + 1, sizeof *sorted);

	if (params->count)
		memcpy(sorted, params->items, params->count * sizeof *sorted);
	qsort(sorted, params->count, sizeof *sorted, order_texts);
	for (uint32_t i = 0; i < params->count; i++)
		build_add_pair(&loader->build, &graph->params, sorted[i].name, sorted[i].value);
	for (uint32_t i = 0; i < params->count; i++) {
		const struct param *param = &sorted[i];
		if (param->file && param->value && !text_eq(param->value, param->in_file))
			build_add_pair(&loader->build, &graph->hidden, param->name,
				arena_fmt(loader->arena, "%s has %s", param->file, param->in_file));
	}
}

void params_load(struct loader *loader)
{
	definition_each_line(loader, SECTION_PARAMS, add_line);
	part_params_take(loader);
	definition_each_value(loader, HEAD_PARAMS_FILE, read_file);
	for (size_t i = 0; i < loader->request->param_count; i++)
		add_option(loader, loader->request->params[i]);
}

void params_recall(struct loader *loader)
{
	bool is_known;

	recall(loader);
	for (uint32_t i = 0; i < loader->params.count; i++)
		params_value(loader, NULL, loader->params.items[i].name, &is_known);
	publish(loader);
}

void params_free(struct params *params)
{
	free(params->items);
	map_free(&params->ids);
	part_params_free(params);
}
