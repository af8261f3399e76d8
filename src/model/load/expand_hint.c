/* "did you mean": the nearest name that there is.
 *
 * Comparing a word with every name takes time in proportion to the names; a file of 100,000 stages
 * with a slip in each must not take that squared. So there is a budget: when it is used up,
 * mistakes are told without a suggestion. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "model/load/expand_hint.h"
#include "model/load/loader.h"

struct names {
	const char **at;
	size_t count, cap;
};

static void add(struct names *names, const char *name)
{
	MEM_PUSH(names->at, names->count, names->cap, name);
}

const char *hint_nearest(
	struct loader *loader, const char *word, const char *const *names, size_t count)
{
	if (count > loader->hint_budget)
		return "";
	loader->hint_budget -= count;
	const char *near = text_nearest(word, names, count);
	return near ? arena_fmt(loader->arena, "; did you mean '%s'?", near) : "";
}

const char *expand_stage_hint(struct loader *loader, const struct def_line *at, const char *name)
{
	struct names names = {0};
	uint32_t part = def_part_of(&loader->text, at);
	const char *prefix = part ? loader->text.parts[part].prefix : "";
	size_t len = strlen(prefix);

	if (loader->decl_count > loader->hint_budget)
		return "";
	for (uint32_t i = 0; i < loader->decl_count; i++)
		add(&names, loader->decls[i].name +
				    (text_starts(loader->decls[i].name, prefix) ? len : 0));
	const char *hint = hint_nearest(loader, name, names.at, names.count);
	free(names.at);
	return hint;
}

static void add_list(struct names *names, struct loader *loader, const struct line_list *list)
{
	for (uint32_t i = 0; i < list->count; i++)
		add(names, loader->text.keys[list->at[i].key].text);
}

/* Everything that could stand in a placeholder here, but files of other stages. */
static void add_here(struct names *names, struct expand *x)
{
	struct loader *loader = x->loader;

	for (int i = 0; i < PLACEHOLDER_UPSTREAM; i++) {
		if (!text_ends(placeholder_table[i].name, "."))
			add(names, placeholder_table[i].name);
	}
	for (uint32_t i = 0; i < loader->params.count; i++)
		add(names, arena_fmt(loader->arena, "params.%s", loader->params.items[i].name));
	if (!x->decl)
		return;
	add_list(names, loader, &loader->scope.labels);
	add_list(names, loader, scope_list(&loader->scope, DEF_CONFIG));
	add_list(names, loader, scope_list(&loader->scope, DEF_ENV));
	for (uint32_t i = 0; i < x->decl->each_count; i++)
		add(names, arena_fmt(loader->arena, "each.%s", x->decl->each[i].name));
}

/* The one whose last part is that very word: {{model}} for {{params.model}}. */
static const char *find_tail(const struct names *names, const char *word)
{
	for (size_t i = 0; i < names->count; i++) {
		const char *dot = strchr(names->at[i], '.');
		if (dot && text_eq(dot + 1, word))
			return names->at[i];
	}
	return NULL;
}

/* The first of that family: {{input}} for {{input.video}}. */
static const char *find_head(const struct names *names, const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; i < names->count; i++) {
		if (strncmp(names->at[i], word, len) == 0 && names->at[i][len] == '.')
			return names->at[i];
	}
	return NULL;
}

/* Of the same family: {{params.modle}} is params.model rather than anything else. */
static const char *find_in_family(
	struct loader *loader, const struct names *names, const char *name, size_t head)
{
	struct names tails = {0};

	for (size_t i = 0; i < names->count; i++) {
		if (strncmp(names->at[i], name, head) == 0)
			add(&tails, names->at[i] + head);
	}
	const char *near = tails.count ? text_nearest(name + head, tails.at, tails.count) : NULL;
	free(tails.at);
	return near ? arena_fmt(loader->arena, "%.*s%s", (int)head, name, near) : NULL;
}

/* "data/x.txt", "params.dir/x", "align/A.bam": a path stands outside of the braces. */
static const char *path_hint(struct loader *loader, const char *name)
{
	const char *slash = strchr(name, '/');
	size_t head = slash ? (size_t)(slash - name) : 0;
	enum placeholder id = placeholder_find(name, head);
	const char *dot = slash ? strrchr(slash, '.') : NULL;

	if (!slash)
		return NULL;
	if (id != PLACEHOLDER_UNKNOWN)
		return arena_fmt(
			loader->arena, "; did you mean '{{%.*s}}%s'?", (int)head, name, slash);
	if (dot && map_getn(&loader->decl_ids, name, head) != NONE)
		return arena_fmt(loader->arena, "; one instance's file is {{%.*s[%.*s]%s}}",
			(int)head, name, (int)(dot - slash - 1), slash + 1, dot);
	return "; a path stands without braces";
}

const char *expand_hint(struct expand *x, const char *name)
{
	struct loader *loader = x->loader;
	struct names names = {0};
	const char *dot = strchr(name, '.'), *path = path_hint(loader, name);

	if (path)
		return path;

	if (dot && text_starts(name, "env.") && getenv(dot + 1))
		return arena_fmt(loader->arena,
			"; it is inherited: write 'pass_env = %s' and $%s in the command", dot + 1,
			dot + 1);
	if (loader->params.count > loader->hint_budget)
		return "";
	add_here(&names, x);
	loader->hint_budget -=
		names.count < loader->hint_budget ? names.count : loader->hint_budget;
	const char *near = find_tail(&names, dot ? dot + 1 : name);
	if (!near && !dot)
		near = find_head(&names, name);
	if (!near && dot)
		near = find_in_family(loader, &names, name, (size_t)(dot + 1 - name));
	bool is_family = placeholder_is_reserved(name, dot ? (size_t)(dot - name) : strlen(name));
	const char *hint = near ? arena_fmt(loader->arena, "; did you mean '%s'?", near)
			   : is_family && dot ? ""
			   : is_family
				   ? arena_fmt(loader->arena,
					     "; it takes a name behind a dot: {{%s.NAME}}", name)
				   : hint_nearest(loader, name, names.at, names.count);
	free(names.at);
	return hint;
}
