#include "model/load/made_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "model/command/template.h"
#include "model/load/definition.h"
#include "model/load/definition_source.h"
#include "model/load/expand_glob.h"
#include "model/load/expand_text.h"
#include "model/load/expand_upstream.h"
#include "model/load/gather.h"
#include "model/load/match.h"

/* What was made at a path, asked once. */
struct made_known {
	struct made_names names;
	bool is_known;
};

bool made_list_parse(const char *value, struct made_ref *ref)
{
	struct template_hole hole;
	size_t pos = 0;
	bool is_lines = value[0] == '@' && value[1] == '{';
	const char *text = value + is_lines;

	if (!text_starts(text, "{{") || template_next(text, &pos, &hole, NULL, false, NULL) != 1 ||
		hole.offset || hole.filter_count || hole.other ||
		placeholder_find(hole.name, hole.name_len) != PLACEHOLDER_UPSTREAM)
		return false;
	const char *rest = text + hole.len;
	*ref = (struct made_ref){
		.name = hole.name,
		.name_len = hole.name_len,
		.pattern = *rest ? rest + 1 : NULL,
		.is_lines = is_lines,
	};
	return !*rest || (!is_lines && rest[0] == '/' && rest[1]);
}

uint32_t made_list_makers(
	struct loader *loader, const struct decl *decl, struct made_list_maker **out)
{
	const struct line_list *foreach = scope_list(&loader->scope, DEF_FOREACH);
	uint32_t count = 0, cap = 0;
	struct made_list_maker *found MEM_LOCAL = NULL;

	for (uint32_t i = 0; i < foreach->count; i++) {
		uint32_t first = foreach->at[i].line;
		for (uint32_t k = 0; k < def_value_lines(&loader->text, first); k++) {
			const struct def_line *line = &loader->text.lines[first + k];
			struct made_ref ref;
			if (!made_list_parse(line->value, &ref))
				continue;
			const char *name = arena_strndup(loader->arena, ref.name, ref.name_len);
			uint32_t id = def_find(
				&loader->text, &loader->decl_ids, line, name, strcspn(name, "[."));
			if (id == NONE || &loader->decls[id] == decl)
				continue; /* it is told when the list is made */
			MEM_PUSH(found, count, cap, (struct made_list_maker){id, first + k});
		}
	}
	*out = arena_alloc(loader->arena, (count + 1) * sizeof **out);
	if (count)
		memcpy(*out, found, count * sizeof **out);
	return count;
}

/* What of the names is in the list; in the arena, in their order. */
static uint32_t pick(struct arena *arena, uint8_t kind, const char *pattern,
	const struct made_names *names, const char ***out)
{
	uint32_t count = 0;

	*out = arena_alloc(arena, ((size_t)names->count + 1) * sizeof **out);
	for (uint32_t i = 0; i < names->count; i++) {
		if (kind == LIST_LINES || glob_matches(pattern, names->at[i]))
			(*out)[count++] = names->at[i];
	}
	return count;
}

struct digest made_list_digest(const struct graph *graph, const struct made_list *list,
	const struct made_names *names, bool *is_empty)
{
	struct arena arena ARENA_LOCAL = {0};
	const char **picked;
	uint32_t count = pick(&arena, list->kind, graph_text(graph, list->pattern), names, &picked);
	struct digest digest = source_list_digest(picked, count);

	*is_empty = count == 0;
	return digest;
}

/* What the record of the instance tells of the path. */
static const struct made_known *find_known(
	struct loader *loader, uint32_t instance, const char *path, bool is_lines)
{
	const struct instance *maker = &loader->instances[instance];
	const struct decl *decl = &loader->decls[maker->decl];
	const struct graph *graph = loader->build.graph;
	const char *id = arena_fmt(loader->arena, "%c%s", is_lines ? '@' : '/', path);
	uint32_t known = map_get(&loader->made_known_ids, id);
	const struct made_place place = {
		.job_dir = loader->job_dir,
		.decl = decl->name,
		.instance = graph_text(graph, maker->name),
		.dir = graph_text(graph, maker->dir),
		.path = path,
		.is_lines = is_lines,
		.may_fail = decl->may_fail,
		.was = text_eq(decl->name, loader->request->renamed) ? loader->request->was : NULL,
	};

	if (known != NONE)
		return &loader->made_known[known];
	MEM_ROOM(loader->made_known, loader->made_known_count, loader->made_known_cap);
	known = loader->made_known_count++;
	struct made_known *made = &loader->made_known[known];
	*made = (struct made_known){0};
	map_put(&loader->made_known_ids, id, known);
	if (loader->request->made_names)
		made->is_known = loader->request->made_names(loader->arena, &place, &made->names);
	loader->has_records |= made->is_known;
	return made;
}

static struct list_part *add_use(
	struct gather *gather, struct list_maker maker, enum list_kind kind)
{
	struct each_list *list = gather->list;
	struct arena *arena = gather->x.loader->arena;
	uint32_t *prefix = NULL;

	if (gather->out) {
		prefix = arena_alloc(arena, (gather->key + 1) * sizeof *prefix);
		memcpy(prefix, gather->tuple, gather->key * sizeof *prefix);
	}
	MEM_ROOM(list->uses, list->use_count, list->use_cap);
	list->uses[list->use_count] = (struct list_part){
		.prefix = prefix,
		.maker = maker,
		.path = "",
		.pattern = "",
		.kind = (uint8_t)kind,
		.flags = gather->x.loader->request->refuses_made ? LIST_REFUSED : 0,
	};
	if (gather->may_be_empty)
		list->uses[list->use_count].flags |= LIST_MAY_BE_EMPTY;
	return &list->uses[list->use_count++];
}

static void note_maker(struct each_list *list, uint32_t place, struct list_maker maker)
{
	uint32_t old = list->maker_cap;

	MEM_ROOM(list->makers, place, list->maker_cap);
	for (uint32_t i = old; i < list->maker_cap; i++)
		list->makers[i].decl = NONE;
	list->makers[place] = maker;
}

static void add_value(
	struct gather *gather, const char *value, bool is_path, const struct list_maker *maker)
{
	gather_value(gather, value, is_path);
	if (!gather->is_good)
		return;
	note_maker(gather->list,
		gather->out ? gather->out->at[gather->out->count - 1] : gather->list->count - 1,
		*maker);
}

/* What lies in a directory, or stands in a file, that was made. */
static void add_names(struct gather *gather, const char *pattern, bool is_lines, uint32_t instance,
	const char *path, struct list_maker maker)
{
	struct loader *loader = gather->x.loader;
	enum list_kind kind = is_lines ? LIST_LINES : LIST_ENTRIES;
	const struct made_known *known = find_known(loader, instance, path, is_lines);
	struct list_part *use = add_use(gather, maker, kind);
	const char **names;

	use->path = path;
	use->pattern = pattern;
	if (!known->is_known)
		return;
	uint32_t count = pick(loader->arena, use->kind, pattern, &known->names, &names);
	use->names = source_list_digest(names, count);
	use->flags |= LIST_KNOWN;
	maker.is_path = !is_lines;
	for (uint32_t i = 0; i < count && gather->is_good; i++) {
		bool is_path = !is_lines || strchr(names[i], '/');
		const char *value =
			is_lines ? names[i] : arena_fmt(loader->arena, "%s/%s", path, names[i]);
		add_value(gather, value, is_path, &maker);
	}
}

static bool tell_directory(struct gather *gather, const char *name)
{
	return gather->is_good = expand_mistake(&gather->x, gather->line,
		       "'{{%s}}' is a directory: what lies in it is '{{%s}}/*'", name, name);
}

static void add_file(struct gather *gather, const struct made_ref *ref, const char *name,
	const char *pattern, const struct upstream *upstream, uint32_t i)
{
	struct loader *loader = gather->x.loader;
	const struct made *made = &loader->made[upstream->made[i]];
	uint32_t decl = loader->instances[made->instance].decl;
	struct list_maker maker = {
		.decl = decl, .nth = made->instance - loader->decls[decl].first_instance};
	const char *path = arena_strdup(loader->arena, file_path(loader->build.graph, made->file));

	if (ref->is_lines || ref->pattern) {
		if (ref->is_lines && made->is_dir)
			tell_directory(gather, name);
		else
			add_names(gather, pattern, ref->is_lines, made->instance, path, maker);
	} else if (made->is_dir) {
		tell_directory(gather, name);
	} else {
		maker.is_path = true;
		maker.is_known = upstream->wait_count == 0;
		add_value(gather, path, true, &maker);
	}
}

void made_list_add(struct gather *gather, const struct made_ref *ref)
{
	struct loader *loader = gather->x.loader;
	const char *name = arena_strndup(loader->arena, ref->name, ref->name_len);
	struct expand x = gather->x;
	struct upstream upstream;
	struct buf pattern BUF_LOCAL = {0};

	x.where = "a foreach list";
	if (ref->pattern)
		gather->is_good &= expand_text(&x, gather->line, ref->pattern, &pattern);
	if (!upstream_find(
		    &x, gather->line, name, ref->name_len, gather->may_be_empty, &upstream)) {
		gather->is_good = false;
	} else {
		const char *own = arena_strdup(loader->arena, buf_text(&pattern));
		for (uint32_t i = 0; i < upstream.wait_count; i++)
			add_use(gather, upstream.waits[i], LIST_BEFORE)->flags |=
				upstream.is_open ? (uint8_t)0 : (uint8_t)LIST_KNOWN;
		for (uint32_t i = 0; i < upstream.file_count && gather->is_good; i++)
			add_file(gather, ref, name, own, &upstream, i);
		if (!upstream.file_count && x.absent_of && !gather->may_be_empty)
			gather->is_good = expand_mistake(&gather->x, gather->line,
				"'{{%s}}' has no file, since its stage is disabled; "
				"'foreach.%s.empty = ok' permits that",
				name, gather->x.decl->each[gather->key].name);
	}
	if (gather->list->use_count)
		gather->x.decl->has_lists = loader->has_lists = true;
	upstream_free(&upstream);
}

const char *made_list_identity(struct loader *loader, const struct each_list *list, uint32_t place)
{
	if (place >= list->maker_cap || list->makers[place].decl == NONE ||
		!list->makers[place].is_path)
		return NULL;
	const struct list_maker *by = &list->makers[place];
	const struct decl *decl = &loader->decls[by->decl];
	const struct instance *maker = &loader->instances[decl->first_instance + by->nth];
	const struct graph *graph = loader->build.graph;
	const char *rest = path_below(graph_text(graph, maker->dir), list->values[place]);
	const char *instance = graph_text(graph, maker->name);

	if (!rest)
		return list->values[place];
	return arena_fmt(
		loader->arena, "@%s%s%s/%s", decl->name, *instance ? "/" : "", instance, rest);
}

bool made_list_may_stand(struct expand *x, const struct def_line *at,
	const struct template_hole *hole, const char *value)
{
	struct buf text BUF_LOCAL = {0};

	buf_str(&text, value);
	template_filter_all(&text, hole);
	bool is_path = strchr(buf_text(&text), '/') != NULL;
	return !is_path || expand_mistake(x, at,
				   "'%s' is made by another stage: declare 'input.NAME = "
				   "{{each.KEY}}' and use {{input.NAME}}",
				   value);
}

static uint32_t instance_of(const struct loader *loader, struct list_maker maker)
{
	return loader->decls[maker.decl].first_instance + maker.nth;
}

void made_list_edges(struct loader *loader, const struct decl *decl, uint32_t nth)
{
	uint32_t id = decl->first_instance + nth;

	for (uint32_t i = 0; decl->has_lists && i < decl->each_count; i++) {
		const struct each_list *list = decl->each[i].list;
		uint32_t place = decl->tuples[(size_t)nth * decl->each_count + i];
		if (place < list->maker_cap && list->makers[place].decl != NONE &&
			!list->makers[place].is_known)
			build_edge(&loader->build, instance_of(loader, list->makers[place]), id);
	}
}

void made_list_wait(struct expand *x, const struct match *match)
{
	for (uint32_t i = 0; x->instance != NONE && i < match->wait_count; i++) {
		uint32_t maker = instance_of(x->loader, match->waits[i]);
		if (maker != x->instance)
			build_edge(&x->loader->build, maker, x->instance);
	}
}

static void wait_for_all(struct expand *x, const struct decl *decl)
{
	for (uint32_t i = 0; i < decl->each_count; i++) {
		const struct each_list *list = decl->each[i].list;
		for (uint32_t k = 0; k < list->use_count; k++) {
			uint32_t maker = instance_of(x->loader, list->uses[k].maker);
			if (maker != x->instance)
				build_edge(&x->loader->build, maker, x->instance);
		}
	}
}

void made_list_wait_pattern(struct expand *x, const char *pattern)
{
	const struct loader *loader = x->loader;
	size_t fixed = strcspn(pattern, "*?[");

	for (uint32_t i = 0; loader->has_lists && i < loader->decl_count; i++) {
		const struct decl *decl = &loader->decls[i];
		const char *dir = graph_text(loader->build.graph, decl->dir);
		size_t len = strlen(dir);
		if (decl->has_lists && decl != x->decl &&
			strncmp(pattern, dir, fixed < len ? fixed : len) == 0)
			wait_for_all(x, decl);
	}
}

static void add_lists(struct loader *loader, const struct decl *decl, uint32_t key)
{
	const struct each_list *list = decl->each[key].list;

	for (uint32_t i = 0; i < list->use_count; i++) {
		const struct list_part *use = &list->uses[i];
		struct made_list made = {
			.stage = instance_of(loader, use->maker),
			.decl = build_text(&loader->build, decl->name),
			.key = build_text(&loader->build, decl->each[key].name),
			.path = build_text(&loader->build, use->path),
			.pattern = build_text(&loader->build, use->pattern),
			.kind = use->kind,
			.flags = use->flags,
			.names = use->names,
		};
		build_list(&loader->build, &made);
	}
}

void made_list_finish(struct loader *loader)
{
	for (uint32_t i = 0; loader->has_lists && i < loader->decl_count; i++) {
		const struct decl *decl = &loader->decls[i];
		for (uint32_t key = 0; decl->has_lists && key < decl->each_count; key++)
			add_lists(loader, decl, key);
	}
}
