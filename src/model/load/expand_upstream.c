/* {{STAGE.LABEL}}: files that another stage makes.
 *
 * Between instances: those of the other stage that agree with ours on every foreach key that both
 * have. With the same keys that is one instance, with none in common it is all of them. A key's
 * values are the same if they name their instances the same: in/ep1.mp4 here and ep1.wav there are
 * both ep1. */
#include <stdlib.h>
#include <string.h>

#include "base/ini.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/load/expand_hint.h"
#include "model/load/expand_upstream.h"
#include "model/load/loader.h"

static uint32_t each_find(struct each_list *list, const char *name)
{
	if (!list->index.count) {
		for (uint32_t i = 0; i < list->count; i++)
			map_put(&list->index, list->names[i], i);
	}
	return map_get(&list->index, name);
}

static const struct each_key *each_of(const struct decl *decl, const char *name)
{
	for (uint32_t i = 0; i < decl->each_count; i++) {
		if (text_eq(decl->each[i].name, name))
			return &decl->each[i];
	}
	return NULL;
}

/* The keys of `other` that we do not have: every combination of their values, above `base`. */
static void add_all(
	const struct decl *ours, const struct decl *other, uint32_t base, struct upstream *out)
{
	uint32_t total = 1;

	for (uint32_t i = 0; i < other->each_count; i++) {
		if (!ours || !each_of(ours, other->each[i].name))
			total *= other->each[i].list->count;
	}
	out->instances = mem_grow(NULL, total ? total : 1, sizeof *out->instances);
	for (uint32_t n = 0; n < total; n++) {
		uint32_t rest = n, at = base;
		for (uint32_t i = other->each_count; i-- > 0;) {
			const struct each_key *key = &other->each[i];
			if (ours && each_of(ours, key->name))
				continue;
			at += rest % key->list->count * key->stride;
			rest /= key->list->count;
		}
		out->instances[out->count++] = other->first_instance + at;
	}
}

bool upstream_instances(
	struct expand *x, const struct def_line *at, const struct decl *other, struct upstream *out)
{
	uint32_t base = 0;

	*out = (struct upstream){.decl = other};
	if (!other->instance_count)
		return true;
	for (uint32_t i = 0; i < x->decl->each_count; i++) {
		const struct each_key *ours = &x->decl->each[i];
		const struct each_key *theirs = each_of(other, ours->name);
		if (!theirs)
			continue;
		uint32_t nth = x->instance - x->decl->first_instance;
		uint32_t place = nth / ours->stride % ours->list->count;
		uint32_t found = place;
		if (ours->list != theirs->list)
			found = each_find(theirs->list, ours->list->names[place]);
		if (found == NONE)
			return expand_mistake(x, at, "stage '%s' has no instance with %s '%s'",
				other->name, ours->name, ours->list->names[place]);
		base += found * theirs->stride;
	}
	add_all(x->decl, other, base, out);
	return true;
}

static const char *label_hint(struct loader *loader, const struct decl *decl, const char *label)
{
	const struct instance *first = &loader->instances[decl->first_instance];
	const char **names = mem_grow(NULL, first->made_count + 1, sizeof *names);
	uint32_t count = decl->instance_count ? first->made_count : 0;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t key = loader->made[first->first_made + i].key;
		names[i] = loader->text.keys[key].parse.name;
	}
	const char *hint = hint_nearest(loader, label, names, count);
	if (!*hint && count && count <= 5) {
		struct buf list = {0};
		buf_str(&list, "; it makes ");
		for (uint32_t i = 0; i < count; i++) {
			if (!i || !text_eq(names[i], names[i - 1]))
				buf_fmt(&list, "%s'%s'", i ? ", " : "", names[i]);
		}
		hint = arena_strdup(loader->arena, buf_text(&list));
		buf_free(&list);
	}
	free(names);
	return hint;
}

const struct decl *upstream_decl(
	struct expand *x, const struct def_line *at, const char *name, size_t len)
{
	struct loader *loader = x->loader;
	size_t head = (size_t)((const char *)memrchr(name, '.', len) - name);
	uint32_t id = map_getn(&loader->decl_ids, name, head);

	if (id != NONE)
		return &loader->decls[id];
	const char *stage = arena_strndup(loader->arena, name, head);
	const char *hint = expand_stage_hint(loader, stage);
	if (!*hint)
		hint = expand_hint(x, name);
	expand_mistake(
		x, at, "unknown placeholder '{{%s}}': there is no stage '%s'%s", name, stage, hint);
	return NULL;
}

/* The key "output.LABEL", if any stage has one. */
static uint32_t family_key(
	const struct loader *loader, const char *family, const char *label, size_t len)
{
	char text[sizeof "intermediate." + INI_NAME_MAX];
	size_t head = strlen(family);

	if (len > INI_NAME_MAX)
		return NONE;
	memcpy(text, family, head);
	memcpy(text + head, label, len);
	return map_getn(&loader->text.key_ids, text, head + len);
}

/* Those of disabled instances are left out. True: there are any, left out or not. */
static bool collect(struct expand *x, const char *label, size_t len, struct upstream *out)
{
	const struct loader *loader = x->loader;
	uint32_t output = family_key(loader, "output.", label, len);
	uint32_t intermediate = family_key(loader, "intermediate.", label, len);
	uint32_t cap = 0;
	bool has_any = false;

	for (uint32_t i = 0; i < out->count; i++) {
		const struct instance *instance = &loader->instances[out->instances[i]];
		for (uint32_t n = 0; n < instance->made_count; n++) {
			const struct made *made = &loader->made[instance->first_made + n];
			if (made->key != output && made->key != intermediate)
				continue;
			has_any = true;
			if (instance->is_disabled) {
				x->absent_of = out->instances[i] + 1;
				continue;
			}
			MEM_ROOM(out->files, out->file_count, cap);
			out->files[out->file_count++] = made->file;
		}
	}
	return has_any;
}

bool upstream_find(struct expand *x, const struct def_line *at, const char *name, size_t len,
	struct upstream *out)
{
	struct loader *loader = x->loader;
	const char *dot = memrchr(name, '.', len);
	const struct decl *decl = upstream_decl(x, at, name, len);

	if (!decl)
		return false;
	if (decl == x->decl)
		return expand_mistake(x, at, "'{{%s}}' is made by the stage itself", name);
	if (!upstream_instances(x, at, decl, out))
		return false;
	bool has_any = collect(x, dot + 1, (size_t)(name + len - dot - 1), out);
	if (!has_any && out->count && !decl->is_broken) {
		upstream_free(out);
		return expand_mistake(x, at, "stage '%s' makes no '%s'%s", decl->name, dot + 1,
			label_hint(loader, decl, dot + 1));
	}
	return true;
}

void upstream_free(struct upstream *upstream)
{
	free(upstream->instances);
	free(upstream->files);
	*upstream = (struct upstream){0};
}
