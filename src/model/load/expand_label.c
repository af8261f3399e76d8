/* Labels and their attributes: input.LABEL.type = ... */
#include <string.h>

#include "base/exclude.h"
#include "base/text.h"
#include "model/load/expand_hint.h"
#include "model/load/expand_stage.h"
#include "model/load/expand_text.h"
#include "model/load/loader.h"

/* The attribute's line if this label has it. */
static const struct def_line *find_attr(
	const struct loader *loader, uint32_t slot, enum def_attr id)
{
	const struct scope *scope = &loader->scope;

	for (uint32_t i = scope->label_info[slot].first_attr; i != NONE; i = scope->attrs[i].next) {
		if (loader->text.keys[scope->attrs[i].ref.key].parse.attr_id == id)
			return &loader->text.lines[scope->attrs[i].ref.line];
	}
	return NULL;
}

static enum file_role role_of(enum def_kind kind)
{
	return kind == DEF_INPUT    ? ROLE_INPUT
	       : kind == DEF_OUTPUT ? ROLE_OUTPUT
				    : ROLE_INTERMEDIATE;
}

static struct expand attr_context(const struct expand *x)
{
	struct expand inner = *x;

	inner.may = MAY_VALUES | MAY_PLACE;
	inner.where = "an attribute of a file";
	inner.is_absolute = inner.escape_globs = inner.is_symbolic = false;
	inner.lists = LIST_IS_WORDS;
	return inner;
}

bool label_is(struct expand *x, uint32_t slot, enum def_attr attr, bool otherwise)
{
	const struct def_line *line = find_attr(x->loader, slot, attr);
	struct expand inner = attr_context(x);
	struct buf text BUF_LOCAL = {0};
	bool value = otherwise;

	if (line && expand_single(&inner, line, &text) && !text_to_bool(buf_text(&text), &value))
		expand_mistake(x, line, "'%s' is '%s': it takes yes or no",
			expand_line_key(x->loader, line), buf_text(&text));
	return value;
}

static uint32_t attr_text(struct expand *x, const struct def_line *line)
{
	struct expand inner = attr_context(x);
	struct buf text BUF_LOCAL = {0};
	uint32_t offset = 0;

	if (expand_value(&inner, line, &text))
		offset = build_text(&x->loader->build, buf_text(&text));
	return offset;
}

static uint8_t track_of(struct expand *x, const struct def_line *line)
{
	const char *names[TRACK_COUNT];
	struct expand inner = attr_context(x);
	struct buf text BUF_LOCAL = {0};
	uint8_t track = 0;

	for (size_t i = 0; i < TRACK_COUNT; i++)
		names[i] = tracks[i].name;
	if (expand_single(&inner, line, &text)) {
		track = track_parse(buf_text(&text));
		if (track == TRACK_COUNT)
			expand_mistake(x, line, "'%s' is '%s': it takes content, time or exists%s",
				expand_line_key(x->loader, line), buf_text(&text),
				hint_nearest(x->loader, buf_text(&text), names, TRACK_COUNT));
	}
	return track % TRACK_COUNT;
}

/* Attributes that mean something only for files of another role: whose. */
static const char *misplaced(enum file_role role, enum def_attr attr)
{
	if ((attr == ATTR_UPDATE || attr == ATTR_TEMPORARY || attr == ATTR_VIEW) &&
		role != ROLE_OUTPUT)
		return "outputs";
	if (attr == ATTR_EXCLUDE && role != ROLE_INPUT)
		return "inputs";
	return attr == ATTR_RETAINED && role != ROLE_INTERMEDIATE ? "intermediates" : NULL;
}

static void add_flag(
	struct expand *x, uint32_t slot, struct label *label, enum def_attr attr, uint8_t flag)
{
	bool is_set = label_is(x, slot, attr, label->flags & flag);

	label->flags = (uint8_t)((label->flags & ~flag) | (is_set ? flag : 0));
}

static void add_meta(
	struct expand *x, const struct def_line *line, const char *attr, struct label *label)
{
	struct expand inner = attr_context(x);
	struct buf text BUF_LOCAL = {0};

	if (expand_value(&inner, line, &text))
		build_add_pair(&x->loader->build, &label->meta, attr, buf_text(&text));
}

static void add_attr(struct expand *x, uint32_t slot, struct line_ref ref, struct label *label)
{
	struct loader *loader = x->loader;
	const struct def_line *line = &loader->text.lines[ref.line];
	const struct def_key *key = &loader->text.keys[ref.key];
	const char *whose = misplaced((enum file_role)label->role, key->parse.attr_id);

	if (whose) {
		expand_mistake(
			x, line, "'%s': only %s have '%s'", key->text, whose, key->parse.attr);
		return;
	}
	switch (key->parse.attr_id) {
	case ATTR_OPTIONAL:
		add_flag(x, slot, label, ATTR_OPTIONAL, LABEL_OPTIONAL);
		return;
	case ATTR_UPDATE:
		add_flag(x, slot, label, ATTR_UPDATE, LABEL_UPDATE);
		return;
	case ATTR_RETAINED:
		add_flag(x, slot, label, ATTR_RETAINED, LABEL_RETAINED);
		label->flags |= label->flags & LABEL_RETAINED ? LABEL_CACHE : 0;
		return;
	case ATTR_TEMPORARY:
		add_flag(x, slot, label, ATTR_TEMPORARY, LABEL_TEMPORARY);
		return;
	case ATTR_TRACK:
		label->track = track_of(x, line);
		return;
	case ATTR_VIEW:
		label->view = expand_view(x, line);
		return;
	case ATTR_EXCLUDE: /* of its files: label_exclude */
		return;
	case ATTR_TYPE:
		label->type = attr_text(x, line);
		return;
	case ATTR_REASON:
		if (label->role != ROLE_INTERMEDIATE)
			break;
		label->reason = attr_text(x, line);
		return;
	case ATTR_META:
		break;
	}
	add_meta(x, line, key->parse.attr, label);
}

static bool check_exclude(struct expand *x, const struct def_line *line, const char *patterns)
{
	const char *at = patterns;
	size_t len = 1;
	bool is_good = true;

	while (len) {
		const char *mistake = exclude_mistake(&at, &len);
		if (mistake)
			expand_mistake(x, line, "'%s': '%.*s' %s", expand_line_key(x->loader, line),
				(int)len, at - len, mistake);
		is_good &= !mistake;
	}
	return is_good;
}

uint32_t label_exclude(struct expand *x, uint32_t slot)
{
	const struct def_line *line = find_attr(x->loader, slot, ATTR_EXCLUDE);
	const struct def_line *track = find_attr(x->loader, slot, ATTR_TRACK);
	struct expand inner = attr_context(x);
	struct buf text BUF_LOCAL = {0};
	uint32_t exclude = 0;

	/* That something was removed shows only in the times of directories, and these change with
	 * what would be left out. */
	bool is_by_time = track && track_of(x, track) == TRACK_TIME;
	if (line && is_by_time)
		expand_mistake(x, line,
			"'%s': with '%s = time' all in a directory counts: track its content, or "
			"leave this out",
			expand_line_key(x->loader, line), expand_line_key(x->loader, track));
	if (!line || is_by_time)
		return is_by_time ? build_text(&x->loader->build, " ") : 0;
	if (expand_value(&inner, line, &text) && check_exclude(x, line, buf_text(&text))) {
		for (size_t i = 0; i < text.len; i++)
			text.data[i] = strchr("\t\n", text.data[i]) ? ' ' : text.data[i];
		exclude = build_text(&x->loader->build, text.len ? text.data : " ");
	}
	return exclude;
}

const struct def_line *label_exclude_line(const struct loader *loader, uint32_t slot)
{
	return find_attr(loader, slot, ATTR_EXCLUDE);
}

/* Is it the same for all instances? */
static bool is_shared(const struct loader *loader, uint32_t slot)
{
	const struct scope *scope = &loader->scope;

	for (uint32_t i = scope->label_info[slot].first_attr; i != NONE; i = scope->attrs[i].next) {
		if (def_value_has_holes(&loader->text, scope->attrs[i].ref.line))
			return false;
	}
	return true;
}

/* A view stands for content. */
static void check_view(struct expand *x, uint32_t slot, const struct label *label)
{
	const struct def_line *line = find_attr(x->loader, slot, ATTR_VIEW);

	if (label->view && !track_reads(label->track))
		expand_mistake(x, line,
			"'%s': an output that is not tracked by its content has no view",
			expand_line_key(x->loader, line));
}

/* Readers of what is gone are judged by its recorded content, and one that is updated in place is
 * what the next attempt begins with. */
static void check_temporary(struct expand *x, uint32_t slot, const struct label *label)
{
	const struct def_line *line = find_attr(x->loader, slot, ATTR_TEMPORARY);

	if (!(label->flags & LABEL_TEMPORARY))
		return;
	if (label->flags & LABEL_UPDATE)
		expand_mistake(x, line,
			"'%s': what is updated in place cannot be temporary: the stage needs it again",
			expand_line_key(x->loader, line));
	else if (!track_reads(label->track))
		expand_mistake(x, line, "'%s': a temporary output is tracked by its content",
			expand_line_key(x->loader, line));
}

static uint32_t make_label(struct expand *x, uint32_t slot, bool is_dir)
{
	struct loader *loader = x->loader;
	const struct def_key *key = &loader->text.keys[loader->scope.labels.at[slot].key];
	struct label label = {
		.name = build_text(&loader->build, key->parse.name),
		.role = (uint8_t)role_of(key->parse.kind),
		.origin = ORIGIN_DECLARED,
		.flags = is_dir ? LABEL_DIRECTORY : 0,
	};

	label.type = label.name;
	if (label.role == ROLE_INTERMEDIATE)
		label.flags |= LABEL_RETAINED;
	for (uint32_t i = loader->scope.label_info[slot].first_attr; i != NONE;
		i = loader->scope.attrs[i].next)
		add_attr(x, slot, loader->scope.attrs[i].ref, &label);
	check_temporary(x, slot, &label);
	check_view(x, slot, &label);
	return build_label(&loader->build, &label);
}

uint32_t expand_label(struct expand *x, uint32_t slot, bool is_dir)
{
	struct loader *loader = x->loader;
	struct scope_label *info = &loader->scope.label_info[slot];
	struct def_key *key = &loader->text.keys[loader->scope.labels.at[slot].key];
	bool is_plain = info->first_attr == NONE && !is_dir;

	if (info->built[is_dir] != NONE)
		return info->built[is_dir];
	if (is_plain && key->plain_label)
		return key->plain_label - 1;
	uint32_t label = make_label(x, slot, is_dir);
	if (is_shared(loader, slot))
		info->built[is_dir] = label;
	if (is_plain)
		key->plain_label = label + 1;
	return label;
}
