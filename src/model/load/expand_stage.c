/* All stages, one instance after the other, into the graph. */
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/mem.h"
#include "base/order.h"
#include "model/load/definition_scope.h"
#include "model/load/definition_steps.h"
#include "model/load/expand_each.h"
#include "model/load/expand_hint.h"
#include "model/load/expand_marks.h"
#include "model/load/expand_stage.h"
#include "model/load/expand_text.h"
#include "model/load/loader.h"
#include "model/load/made_list.h"
#include "model/load/match.h"

/* A name and a value, and what of the value counts for the identity. */
struct named_value {
	const char *name;
	uint32_t value;       /* text */
	const char *symbolic; /* NULL: the value itself */
};

/* A digest of values that does not depend on their order. */
static struct digest values_key(struct loader *loader, struct named_value *values, uint32_t count,
	const char **names, uint32_t name_count)
{
	struct hasher *hasher = loader->hasher;

	if (count)
		qsort(values, count, sizeof *values, order_texts);
	hasher_reset(hasher);
	hasher_add_u64(hasher, count);
	for (uint32_t i = 0; i < count; i++) {
		const char *value = values[i].symbolic;
		hasher_add_str(hasher, values[i].name);
		hasher_add_str(
			hasher, value ? value : graph_text(loader->build.graph, values[i].value));
	}
	for (uint32_t i = 0; i < name_count; i++)
		hasher_add_str(hasher, names[i]);
	return hasher_done(hasher);
}

static struct expand value_context(const struct expand *x)
{
	struct expand inner = *x;

	inner.may = MAY_VALUES | MAY_PLACE | MAY_INPUT | MAY_UPSTREAM;
	inner.where = "a config or env value";
	inner.is_absolute = x->runs_elsewhere;
	return inner;
}

/* Fills one value in and notes it for placeholders that name it. */
static struct named_value make_value(struct expand *x, struct line_ref ref)
{
	struct loader *loader = x->loader;
	const struct def_line *line = &loader->text.lines[ref.line];
	struct expand inner = value_context(x);
	struct buf text BUF_LOCAL = {0};
	struct named_value made = {.name = loader->text.keys[ref.key].parse.name};

	loader->text.keys[ref.key].is_busy = true;

	if (expand_value(&inner, line, &text))
		made.value = build_text(&loader->build, buf_text(&text));
	if (inner.has_place) {
		struct expand symbolic = value_context(x);
		buf_reset(&text);
		symbolic.is_symbolic = true;
		expand_value(&symbolic, line, &text);
		made.symbolic = arena_strdup(loader->arena, buf_text(&text));
	} else {
		loader->text.keys[ref.key].value = made.value;
		loader->text.keys[ref.key].value_scope = x->instance + 1;
	}
	loader->text.keys[ref.key].is_busy = false;
	return made;
}

/* The name first: a text of the graph moves when another one is added. */
static void add_pair(struct loader *loader, const char *name, uint32_t value)
{
	build_text(&loader->build, name);
	build_pair(&loader->build, name, graph_text(loader->build.graph, value));
}

/* The values of one family as pairs, in order. Returns the values, owned. */
static struct named_value *add_values(
	struct expand *x, const struct line_list *list, struct span *out)
{
	struct loader *loader = x->loader;
	struct named_value *values;

	*out = (struct span){0};
	if (!list->count)
		return NULL;
	values = mem_grow(NULL, list->count, sizeof *values);
	for (uint32_t i = 0; i < list->count; i++)
		values[i] = make_value(x, list->at[i]);
	out->first = loader->build.graph->pair_count;
	out->count = list->count;
	for (uint32_t i = 0; i < list->count; i++)
		add_pair(loader, values[i].name, values[i].value);
	return values;
}

static void add_config(struct expand *x, struct stage *stage)
{
	struct named_value *values =
		add_values(x, scope_list(&x->loader->scope, DEF_CONFIG), &stage->config);

	stage->key[KEY_CONFIG] = build_part(&x->loader->build, KEY_CONFIG,
		values_key(x->loader, values, stage->config.count, NULL, 0));
	free(values);
}

static void add_env(struct expand *x, struct stage *stage)
{
	struct loader *loader = x->loader;
	const struct graph *graph = loader->build.graph;
	struct named_value *values =
		add_values(x, scope_list(&loader->scope, DEF_ENV), &stage->env);
	struct span pass = graph->settings[stage->settings].pass_env;
	const char **names MEM_LOCAL =
		pass.count ? mem_grow(NULL, pass.count, sizeof *names) : NULL;

	for (uint32_t i = 0; i < pass.count; i++)
		names[i] = graph_text(graph, graph->words[pass.first + i]);
	if (pass.count)
		qsort(names, pass.count, sizeof *names, order_texts);
	stage->key[KEY_ENV] = build_part(&loader->build, KEY_ENV,
		values_key(loader, values, stage->env.count, names, pass.count));
	free(values);
}

static void add_versions(struct expand *x, struct stage *stage)
{
	struct loader *loader = x->loader;
	const struct line_list *list = scope_list(&loader->scope, DEF_VERSION);
	struct expand inner = *x;

	inner.may = MAY_VALUES | MAY_PLACE;
	inner.where = "a version command";
	inner.is_absolute = x->runs_elsewhere;
	for (uint32_t i = 0; i < list->count; i++) {
		const struct def_line *line = &loader->text.lines[list->at[i].line];
		struct buf text BUF_LOCAL = {0};
		if (expand_command_line(&inner, line, &text) && text.len) {
			build_add_pair(&loader->build, &stage->versions,
				loader->text.keys[list->at[i].key].parse.name, buf_text(&text));
		} else if (!text.len) {
			expand_mistake(x, line, "'%s' is empty", expand_line_key(loader, line));
		}
	}
}

static void add_each(struct expand *x, struct stage *stage)
{
	const struct decl *decl = x->decl;
	uint32_t nth = x->instance - decl->first_instance;

	for (uint32_t i = 0; i < decl->each_count; i++)
		build_add_pair(&x->loader->build, &stage->each, decl->each[i].name,
			each_nth(decl, nth, i));
}

/* A text of one or several lines. */
static uint32_t add_text(struct expand *x, enum def_kind kind)
{
	struct loader *loader = x->loader;
	uint32_t line = loader->scope.single[kind];
	struct expand inner = *x;
	struct buf text BUF_LOCAL = {0};
	uint32_t offset = 0;

	if (line == NONE)
		return 0;
	inner.may = MAY_VALUES;
	inner.where = "a text";
	if (expand_value(&inner, &loader->text.lines[line], &text))
		offset = build_text(&loader->build, buf_text(&text));
	return offset;
}

static void add_after(struct expand *x, const struct def_line *line, const char *name)
{
	struct loader *loader = x->loader;
	uint32_t id = def_find(&loader->text, &loader->decl_ids, line, name, strlen(name));
	struct match match;

	if (id == NONE) {
		expand_mistake(x, line, "'after' names '%s', and there is no such stage%s", name,
			expand_stage_hint(loader, line, name));
	} else if (&loader->decls[id] == x->decl) {
		expand_mistake(x, line, "'after' names the stage itself: leave that out");
	} else if (match_find(x, line, &loader->decls[id], NULL, &match)) {
		for (uint32_t i = 0; i < match.count; i++)
			build_edge(&loader->build, match.instances[i], x->instance);
		made_list_wait(x, &match);
		if (!match.count && match.why && !match.wait_count &&
			(loader->decls[id].instance_count || loader->decls[id].has_lists))
			expand_mistake(x, line, "%s", match.why);
		free(match.waits);
		free(match.instances);
	}
}

static void add_enabled(struct expand *x, struct stage *stage)
{
	if (!x->loader->instances[x->instance].is_disabled)
		return;
	stage->flags |= STAGE_DISABLED;
	stage->skip_reason = add_text(x, DEF_SKIP_REASON);
	if (!stage->skip_reason)
		stage->skip_reason = build_text(&x->loader->build, "disabled in the definition");
}

static void mark_made(struct expand *x)
{
	struct loader *loader = x->loader;
	const struct instance *instance = &loader->instances[x->instance];

	for (uint32_t i = 0; i < instance->made_count; i++) {
		const struct made *made = &loader->made[instance->first_made + i];
		mark_used(loader, made->file, x->instance, made->slot);
	}
}

static uint32_t add_made(struct expand *x, enum def_kind kind)
{
	struct loader *loader = x->loader;
	const struct instance *instance = &loader->instances[x->instance];
	uint32_t count = 0;

	for (uint32_t i = 0; i < instance->made_count; i++) {
		struct made made = loader->made[instance->first_made + i];
		if (loader->text.keys[made.key].parse.kind != kind)
			continue;
		build_use(&loader->build, made.file, expand_label(x, made.slot, made.is_dir));
		count++;
	}
	return count;
}

/* Of files that could not be named, the attributes are looked at all the same. */
static void check_labels(struct expand *x)
{
	const struct scope *scope = &x->loader->scope;

	for (uint32_t slot = 0; slot < scope->labels.count; slot++) {
		if (scope->label_info[slot].first_attr != NONE)
			expand_label(x, slot, false);
	}
}

static void add_rest(struct expand *x, struct stage *stage)
{
	struct loader *loader = x->loader;

	mark_made(x);
	made_list_edges(loader, x->decl, x->instance - x->decl->first_instance);
	loader->lacks = NULL;
	stage->input_count = expand_inputs(x);
	add_config(x, stage);
	add_env(x, stage);
	if (loader->scope.single[DEF_COMMAND] != NONE)
		stage->input_count += expand_command(x, stage);
	stage->input_count += expand_container(x, stage);
	expand_dir(x, stage);
	add_versions(x, stage);
	expand_container_version(x, stage);
	add_each(x, stage);
	add_enabled(x, stage);
	stage->lacks = build_text(&loader->build, loader->lacks);
	stage->description = add_text(x, DEF_DESCRIPTION);
	expand_depfile(x, stage);
	if (loader->scope.single[DEF_AFTER] != NONE)
		expand_words(x, &loader->text.lines[loader->scope.single[DEF_AFTER]], add_after);
}

static void add_instance(struct loader *loader, struct decl *decl, uint32_t nth)
{
	const struct def_section *section = &loader->text.sections[decl->section];
	uint32_t id = decl->first_instance + nth;
	const struct instance *instance = &loader->instances[id];
	struct expand x = {.loader = loader, .decl = decl, .instance = id};
	struct stage stage = {
		.decl = build_text(&loader->build, decl->name),
		.instance = instance->name,
		.dir = instance->dir,
		.number = decl->number,
		.source = section->file,
		.line = section->number,
		.first_use = loader->build.graph->use_count,
	};
	size_t mistakes = loader->text.diags->error_count;

	stage.name = stage.decl;
	if (instance->name) {
		struct buf name BUF_LOCAL = {0};
		if (each_has_plain(decl))
			each_add_name(decl, nth, true, &name);
		if (name.len && strcmp(buf_text(&name),
					graph_text(loader->build.graph, instance->name)) != 0)
			stage.plain = build_text(&loader->build, buf_text(&name));
		buf_reset(&name);
		buf_str(&name, decl->name);
		buf_char(&name, '/');
		buf_str(&name, graph_text(loader->build.graph, instance->name));
		stage.name = build_text(&loader->build, buf_text(&name));
	}
	/* of a broken stage, the first instance tells all that is wrong with it; all are built,
	 * since others refer to them by number */
	if (!decl->is_broken || nth == 0) {
		stage.settings = expand_settings(&x);
		x.runs_elsewhere = loader->build.graph->settings[stage.settings].dir != 0;
		add_rest(&x, &stage);
	}
	stage.output_count = add_made(&x, DEF_OUTPUT);
	stage.intermediate_count = add_made(&x, DEF_INTERMEDIATE);
	uint32_t built = build_stage(&loader->build, &stage);
	if (!decl->is_broken || nth == 0)
		expand_metrics(&x, &stage, built);
	if (loader->text.diags->error_count > mistakes)
		decl->is_broken = true;
	if (decl->is_broken && nth == 0)
		check_labels(&x);
}

static void tell_missing_command(struct loader *loader, const struct decl *decl)
{
	const struct def_section *section = &loader->text.sections[decl->section];

	if (loader->scope.single[DEF_COMMAND] == NONE)
		diag_add(loader->text.diags, loader->text.files[section->file].name,
			section->number, "stage '%s': it has no command: add 'command = ...'",
			decl->name);
}

void expand_stages(struct loader *loader)
{
	loader->made_files = loader->build.graph->file_count;
	build_expect(&loader->build, loader->instance_count);
	for (uint32_t i = 0; i < loader->decl_count; i++) {
		struct decl *decl = &loader->decls[i];
		scope_enter(loader, decl, false);
		tell_missing_command(loader, decl);
		for (uint32_t nth = 0; nth < decl->instance_count; nth++)
			add_instance(loader, decl, nth);
	}
	made_list_finish(loader);
	struct graph *graph = loader->build.graph;
	for (uint32_t i = 0; i < loader->decl_count; i++) {
		if (loader->decls[i].instance_count)
			continue;
		uint32_t word = build_word(&loader->build, loader->decls[i].name);
		if (!graph->empty.count++)
			graph->empty.first = word;
	}
}
