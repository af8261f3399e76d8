/* Patterns among the inputs.
 *
 * What matches is read from the disk when the definition is loaded, and the list is a source of the
 * graph: a new match is a new graph. Files that stages make are known without the disk, whether
 * they are there yet or not; so below this job's directory only they count, and no pattern looks
 * into the output directory (`out`) that does not name it. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/order.h"
#include "base/path.h"
#include "base/text.h"
#include "model/load/definition_source.h"
#include "model/load/expand_glob.h"
#include "model/load/expand_path.h"
#include "model/load/loader.h"

/* The part of a pattern before the first component with a glob character: "in/x" of
 * "in/x/a*.wav". */
static char *fixed_part(struct arena *arena, const char *pattern)
{
	size_t first = strcspn(pattern, "*?["), len = first;

	while (len && pattern[len - 1] != '/')
		len--;
	if (len > 1)
		len--;
	return arena_strndup(arena, pattern, len);
}

static bool match_component(const char *pattern, size_t pattern_len, const char *name, size_t len)
{
	char p[512], n[256];

	if (len >= sizeof n || pattern_len >= sizeof p)
		return false;
	*(char *)mempcpy(p, pattern, pattern_len) = '\0';
	*(char *)mempcpy(n, name, len) = '\0';
	return fnmatch(p, n, FNM_PERIOD) == 0;
}

static size_t component(const char *text)
{
	return strcspn(text, "/");
}

static const char *after(const char *text)
{
	size_t len = component(text);

	return text + len + (text[len] == '/');
}

/* The usual way with stars: of several ** only the last one has to be tried with more. */
bool glob_matches(const char *pattern, const char *path)
{
	const char *star = NULL, *star_path = NULL;

	while (*path) {
		size_t len = component(pattern);
		if (len == 2 && pattern[0] == '*' && pattern[1] == '*') {
			star = pattern = after(pattern);
			star_path = path;
			if (!*pattern) /* the last one takes what is left, but no dots */
				return *path != '.' && !strstr(path, "/.");
			continue;
		}
		if (len && match_component(pattern, len, path, component(path))) {
			pattern = after(pattern);
			path = after(path);
			continue;
		}
		if (!star || *star_path == '.')
			return false;
		star_path = after(star_path);
		path = star_path;
		pattern = star;
	}
	return !*pattern;
}

static bool read_disk(
	struct expand *x, const struct def_line *at, const char *pattern, struct path_list *out)
{
	struct loader *loader = x->loader;
	struct err err = {0};
	char **paths;
	size_t count;

	if (fs_glob(loader->arena, pattern, &paths, &count, &err) != 0) {
		diag_cause(loader->text.diags, &err);
		return expand_mistake(x, at, "pattern '%s': %s", pattern, err.text);
	}
	struct digest digest = source_list_digest((const char *const *)paths, (uint32_t)count);
	build_source(&loader->build, SOURCE_GLOB, pattern, pattern, &digest);
	const char *fixed = fixed_part(loader->arena, pattern);
	bool is_ours = path_is_under(loader->out, fixed);
	out->at = (const char **)paths;
	out->count = 0;
	for (size_t i = 0; i < count; i++) {
		if (is_ours || !path_is_under(loader->out, paths[i]))
			out->at[out->count++] = paths[i];
	}
	return true;
}

bool expand_is_literal(struct loader *loader, const char *text)
{
	struct buf path BUF_LOCAL = {0};

	expand_path(loader, "", text, &path);
	return expand_probe(loader, buf_text(&path)) != '0' &&
	       !glob_matches(buf_text(&path), buf_text(&path));
}

/* What matches on disk, once for each pattern. */
static bool find_on_disk(
	struct expand *x, const struct def_line *at, const char *pattern, struct path_list *out)
{
	struct loader *loader = x->loader;
	uint32_t known = map_get(&loader->globs, pattern);

	if (known == NONE) {
		struct path_list list = {0};
		const char *fixed = fixed_part(loader->arena, pattern);
		if (!path_is_under(loader->job_dir, fixed) && !read_disk(x, at, pattern, &list))
			return false;
		MEM_ROOM(loader->glob_lists, loader->glob_count, loader->glob_cap);
		known = loader->glob_count++;
		loader->glob_lists[known] = list;
		map_put(&loader->globs, arena_strdup(loader->arena, pattern), known);
	}
	*out = loader->glob_lists[known];
	return true;
}

/* Everything that is made as far as it is known, sorted. */
static const struct sorted_paths *made_paths(struct loader *loader)
{
	struct sorted_paths *list = &loader->made_paths;

	if (list->count == loader->made_count)
		return list;
	list->at = mem_grow(list->at, loader->made_count, sizeof *list->at);
	list->count = loader->made_count;
	for (uint32_t i = 0; i < list->count; i++)
		list->at[i] = (struct sorted_path){
			arena_strdup(loader->arena,
				file_path(loader->build.graph, loader->made[i].file)),
			i,
		};
	sorted_paths_sort(list);
	return list;
}

static const struct made *find_made(struct loader *loader, const char *path)
{
	const struct sorted_paths *list = made_paths(loader);
	uint32_t at = sorted_paths_from(list, path);

	return at < list->count && strcmp(list->at[at].path, path) == 0
		       ? &loader->made[list->at[at].id]
		       : NULL;
}

bool glob_is_disabled(struct loader *loader, const char *path)
{
	const struct made *made = find_made(loader, path);

	return made && loader->instances[made->instance].is_disabled;
}

const struct made *glob_left_over(struct loader *loader, const char *dir)
{
	const struct sorted_paths *list = made_paths(loader);
	struct buf inside BUF_LOCAL = {0};
	const struct made *found = NULL;

	buf_fmt(&inside, "%s/", dir);
	for (uint32_t i = sorted_paths_from(list, buf_text(&inside)); i < list->count && !found;
		i++) {
		const struct made *made = &loader->made[list->at[i].id];
		if (!text_starts(list->at[i].path, buf_text(&inside)))
			break;
		if (loader->instances[made->instance].is_disabled &&
			expand_probe(loader, list->at[i].path) != '0')
			found = made;
	}
	return found;
}

/* The directory of the fixed part that a stage makes; NULL. */
static const struct made *made_above(struct loader *loader, const char *fixed)
{
	struct arena arena ARENA_LOCAL = {0};
	char *dir = arena_strdup(&arena, fixed);
	const struct made *found = NULL;

	while (*dir && !found) {
		found = find_made(loader, dir);
		char *slash = strrchr(dir, '/');
		*(slash ? slash : dir) = '\0';
	}
	return found;
}

const char *expand_maker(struct loader *loader, const char *path)
{
	const struct made *made = made_above(loader, path);

	return made ? loader->decls[loader->instances[made->instance].decl].name : NULL;
}

/* May the pattern match something below the path? */
static bool reaches_below(const char *pattern, const char *path)
{
	while (*path) {
		size_t len = component(pattern);
		if (!len)
			return false;
		if (len == 2 && memcmp(pattern, "**", 2) == 0)
			return true;
		if (!match_component(pattern, len, path, component(path)))
			return false;
		pattern = after(pattern);
		path = after(path);
	}
	return *pattern != '\0';
}

static bool is_made_dir(struct loader *loader, const struct sorted_path *at)
{
	return loader->made[at->id].is_dir || expand_probe(loader, at->path) == 'd';
}

static bool tell_reach(
	struct expand *x, const struct def_line *at, const char *pattern, const struct made *made)
{
	const struct loader *loader = x->loader;
	const char *maker = loader->decls[loader->instances[made->instance].decl].name;
	const char *label = loader->text.keys[made->key].parse.name;

	const char *path = file_path(loader->build.graph, made->file);

	return expand_mistake(x, at,
		"'%s' looks into '%s', which stage '%s' makes: take it as a whole, 'input.%s = "
		"{{%s.%s}}', or have an instance for each file in it, 'foreach.p = {{%s.%s}}/*' and "
		"'input.%s = {{each.p}}'",
		pattern, path, maker, label, maker, label, maker, label, label);
}

bool expand_glob_made(
	struct expand *x, const struct def_line *at, const char *pattern, struct path_list *out)
{
	struct loader *loader = x->loader;
	struct path_list disk;

	if (!find_on_disk(x, at, pattern, &disk))
		return false;
	const struct sorted_paths *made = made_paths(loader);
	const char *fixed = fixed_part(loader->arena, pattern);
	const struct made *above = made_above(loader, fixed);
	bool is_ours = path_is_under(loader->out, fixed);
	if (above)
		return tell_reach(x, at, pattern, above);
	uint32_t cap = disk.count, first = sorted_paths_from(made, fixed);
	size_t fixed_len = strlen(fixed);
	out->count = disk.count;
	out->at = mem_grow(NULL, cap ? cap : 1, sizeof *out->at);
	if (disk.count)
		memcpy(out->at, disk.at, disk.count * sizeof *out->at);
	for (uint32_t i = first; i < made->count; i++) {
		const struct sorted_path *one = &made->at[i];
		if (strncmp(one->path, fixed, fixed_len) != 0)
			break;
		if (!is_ours && path_is_under(loader->out, one->path))
			continue;
		if (reaches_below(pattern, one->path) && is_made_dir(loader, one)) {
			free(out->at);
			return tell_reach(x, at, pattern, &loader->made[one->id]);
		}
		if (!glob_matches(pattern, one->path))
			continue;
		MEM_PUSH(out->at, out->count, cap, one->path);
	}
	if (out->count > disk.count) {
		qsort(out->at, out->count, sizeof *out->at, order_texts);
		uint32_t kept = 0;
		for (uint32_t i = 1; i < out->count; i++) {
			if (strcmp(out->at[kept], out->at[i]) != 0)
				out->at[++kept] = out->at[i];
		}
		out->count = kept + 1;
	}
	return true;
}
