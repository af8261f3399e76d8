/* {{STAGE.LABEL}}, {{STAGE[...].LABEL}}: files that another stage makes. */
#include <stdlib.h>
#include <string.h>

#include "base/ini.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/load/expand_hint.h"
#include "model/load/expand_stage.h"
#include "model/load/expand_upstream.h"
#include "model/load/loader.h"
#include "model/load/made_list.h"
#include "model/load/match.h"

/* "align[A].bam" in its parts. */
struct reference {
	size_t stage_len;
	const char *choice; /* "A", in the arena; NULL: there are no brackets */
	const char *label;
	size_t label_len;
};

static struct reference parse(struct arena *arena, const char *name, size_t len)
{
	const char *open = memchr(name, '[', len), *dot = memrchr(name, '.', len);
	struct reference made = {.label = dot + 1, .label_len = (size_t)(name + len - dot - 1)};

	if (open && open < dot && dot[-1] == ']') {
		made.stage_len = (size_t)(open - name);
		made.choice = arena_strndup(arena, open + 1, (size_t)(dot - 1 - open - 1));
	} else {
		made.stage_len = (size_t)(dot - name);
	}
	return made;
}

static const char *label_hint(struct loader *loader, const struct decl *decl, const char *label)
{
	const struct instance *first = &loader->instances[decl->first_instance];
	const char **names MEM_LOCAL = mem_grow(NULL, first->made_count + 1, sizeof *names);
	uint32_t count = decl->instance_count ? first->made_count : 0;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t key = loader->made[first->first_made + i].key;
		names[i] = loader->text.keys[key].parse.name;
	}
	const char *hint = hint_nearest(loader, label, names, count);
	if (!*hint && count && count <= 5) {
		struct buf list BUF_LOCAL = {0};
		buf_str(&list, "; it makes ");
		for (uint32_t i = 0; i < count; i++) {
			if (!i || !text_eq(names[i], names[i - 1]))
				buf_fmt(&list, "%s'%s'", i ? ", " : "", names[i]);
		}
		hint = arena_strdup(loader->arena, buf_text(&list));
	}
	return hint;
}

const struct decl *upstream_decl(
	struct expand *x, const struct def_line *at, const char *name, size_t len)
{
	struct loader *loader = x->loader;
	size_t head = parse(loader->arena, name, len).stage_len;
	uint32_t id = def_find(&loader->text, &loader->decl_ids, at, name, head);

	if (id != NONE)
		return &loader->decls[id];
	const char *stage = arena_strndup(loader->arena, name, head);
	const char *hint = strchr(stage, '/') ? "" : expand_stage_hint(loader, at, stage);
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
static bool collect(struct expand *x, const struct match *match, const struct reference *reference,
	struct upstream *out)
{
	const struct loader *loader = x->loader;
	uint32_t output = family_key(loader, "output.", reference->label, reference->label_len);
	uint32_t intermediate =
		family_key(loader, "intermediate.", reference->label, reference->label_len);
	uint32_t cap = 0, made_cap = 0;
	bool has_any = false;

	for (uint32_t i = 0; i < match->count; i++) {
		const struct instance *instance = &loader->instances[match->instances[i]];
		for (uint32_t n = 0; n < instance->made_count; n++) {
			const struct made *made = &loader->made[instance->first_made + n];
			if (made->key != output && made->key != intermediate)
				continue;
			has_any = true;
			if (instance->is_disabled) {
				x->absent_of = match->instances[i] + 1;
				continue;
			}
			MEM_ROOM(out->files, out->file_count, cap);
			MEM_ROOM(out->made, out->file_count, made_cap);
			out->made[out->file_count] = instance->first_made + n;
			out->files[out->file_count++] = made->file;
		}
	}
	return has_any;
}

/* Without any instance the lists are empty, or not known as yet. */
static bool lack(struct expand *x, const struct match *match, bool may_be_absent)
{
	if (x->input_slot)
		may_be_absent |= label_is(x, x->input_slot - 1, ATTR_OPTIONAL, false);
	if (x->instance != NONE && !match->is_open && !may_be_absent)
		x->loader->lacks = match->why;
	return true;
}

bool upstream_find(struct expand *x, const struct def_line *at, const char *name, size_t len,
	bool may_be_absent, struct upstream *out)
{
	struct loader *loader = x->loader;
	const struct reference reference = parse(loader->arena, name, len);
	const struct decl *decl = upstream_decl(x, at, name, len);
	struct match match;

	*out = (struct upstream){0};
	if (!decl)
		return false;
	if (decl == x->decl)
		return expand_mistake(x, at,
			"'{{%s}}' is made by the stage itself: its command names it as {{output.%s}}",
			name, reference.label);
	if (!match_find(x, at, decl, reference.choice, &match))
		return false;
	bool has_any = collect(x, &match, &reference, out);
	bool is_empty = !match.count;
	out->waits = match.waits;
	out->wait_count = match.wait_count;
	out->is_open = match.is_open;
	made_list_wait(x, &match);
	free(match.instances);
	if (is_empty && match.wait_count)
		return lack(x, &match, may_be_absent);
	if (is_empty && match.why && x->input_slot)
		may_be_absent |= label_is(x, x->input_slot - 1, ATTR_OPTIONAL, false);
	if (is_empty && match.why && !may_be_absent)
		return expand_mistake(x, at, "%s", match.why);
	if (!has_any && !is_empty && !decl->is_broken)
		return expand_mistake(x, at, "stage '%s' makes no '%s'%s", decl->name,
			reference.label, label_hint(loader, decl, reference.label));
	return true;
}

void upstream_free(struct upstream *upstream)
{
	free(upstream->files);
	free(upstream->made);
	free(upstream->waits);
	*upstream = (struct upstream){0};
}
