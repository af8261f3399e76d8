#include "record/judge/explain.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/command/command.h"
#include "record/manifest/key.h"

void diff_add(struct diff *diff, enum reason_code code, const char *about, const char *fmt, ...)
{
	if (diff->tally[code] >= diff->limit)
		return;
	diff->tally[code]++;
	const char *message = fmt;
	if (strchr(fmt, '%')) {
		struct buf buf BUF_LOCAL = {0};
		va_list args;
		va_start(args, fmt);
		buf_vfmt(&buf, fmt, args);
		va_end(args);
		message = arena_strdup(diff->judge->arena, buf_text(&buf));
	}
	MEM_ROOM(diff->reasons, diff->count, diff->cap);
	diff->reasons[diff->count++] = (struct reason){
		.code = code,
		.about = about ? arena_strdup(diff->judge->arena, about) : NULL,
		.message = message,
	};
}

/* Of a record whose key is of another format, where that explains the difference. */
static void diff_format(struct diff *diff, const char *about, const char *what)
{
	diff_add(diff, REASON_FORMAT_CHANGED, about,
		"it was made by another version of restage, which read %s%s%s otherwise", what,
		about ? " " : "", about ? about : "");
}

static bool is_of_other_format(const struct diff *diff)
{
	return diff->record->success.format != KEY_FORMAT;
}

static const char *value_of(const struct record_value *values, uint32_t count, const char *name)
{
	for (uint32_t i = 0; i < count; i++) {
		if (strcmp(values[i].name, name) == 0)
			return values[i].value;
	}
	return NULL;
}

static bool has_pair(const struct graph *graph, struct span span, const char *name)
{
	for (uint32_t i = 0; i < span.count; i++) {
		if (strcmp(graph_text(graph, graph->pairs[span.first + i].name), name) == 0)
			return true;
	}
	return false;
}

static void diff_config(struct diff *diff)
{
	const struct graph *graph = diff->judge->graph;
	const struct stage *s = &graph->stages[diff->stage];
	const struct record_success *old = &diff->record->success;
	uint32_t before = diff->count;

	for (uint32_t i = 0; i < s->config.count; i++) {
		const struct pair *pair = &graph->pairs[s->config.first + i];
		const char *name = graph_text(graph, pair->name);
		const char *now = graph_text(graph, pair->value);
		const char *was = value_of(old->config, old->config_count, name);
		if (!was)
			diff_add(diff, REASON_CONFIG_CHANGED, name, "config %s is new: '%s'", name,
				now);
		else if (strcmp(was, now) != 0 && is_of_other_format(diff) &&
			 key_read_alike(was, now))
			diff_format(diff, name, "config");
		else if (strcmp(was, now) != 0)
			diff_add(diff, REASON_CONFIG_CHANGED, name,
				"config %s changed from '%s' to '%s'", name, was, now);
	}
	for (uint32_t i = 0; i < old->config_count; i++) {
		const char *name = old->config[i].name;
		if (!has_pair(graph, s->config, name) && !old->config[i].is_reported)
			diff_add(diff, REASON_CONFIG_CHANGED, name,
				"config %s is gone (it was '%s')", name, old->config[i].value);
	}
	if (diff->count == before && is_of_other_format(diff))
		diff_format(diff, NULL, "config");
	else if (diff->count == before)
		diff_add(diff, REASON_CONFIG_CHANGED, NULL, "config changed");
}

static bool passes(const struct graph *graph, const struct settings *settings, const char *name)
{
	for (uint32_t i = 0; i < settings->pass_env.count; i++) {
		if (strcmp(graph_text(graph, graph->words[settings->pass_env.first + i]), name) ==
			0)
			return true;
	}
	return false;
}

static void diff_variable(struct diff *diff, const char *name, const char *value)
{
	const struct record_success *old = &diff->record->success;
	const char *was = value_of(old->env, old->env_count, name);
	char now[DIGEST_TEXT_SIZE];
	struct digest digest = key_env_value(name, value);

	digest_format(&digest, now);
	if (!was)
		diff_add(diff, REASON_ENV_CHANGED, name, "variable %s is new", name);
	else if (strcmp(was, now) != 0 && is_of_other_format(diff) &&
		 key_env_read_alike(name, was, value))
		diff_format(diff, name, "variable");
	else if (strcmp(was, now) != 0)
		diff_add(diff, REASON_ENV_CHANGED, name, "variable %s changed", name);
}

static void diff_env(struct diff *diff)
{
	const struct graph *graph = diff->judge->graph;
	const struct stage *s = &graph->stages[diff->stage];
	const struct settings *settings = stage_settings(graph, diff->stage);
	const struct record_success *old = &diff->record->success;
	uint32_t before = diff->count;

	for (uint32_t i = 0; i < s->env.count; i++) {
		const struct pair *pair = &graph->pairs[s->env.first + i];
		diff_variable(diff, graph_text(graph, pair->name), graph_text(graph, pair->value));
	}
	for (uint32_t i = 0; i < settings->pass_env.count; i++) {
		const char *name = graph_text(graph, graph->words[settings->pass_env.first + i]);
		diff_variable(diff, name, getenv(name));
	}
	for (uint32_t i = 0; i < old->env_count; i++) {
		const char *name = old->env[i].name;
		if (!has_pair(graph, s->env, name) && !passes(graph, settings, name))
			diff_add(diff, REASON_ENV_CHANGED, name, "variable %s is gone", name);
	}
	if (diff->count == before && is_of_other_format(diff))
		diff_format(diff, NULL, "variables");
	else if (diff->count == before)
		diff_add(diff, REASON_ENV_CHANGED, NULL, "environment changed");
}

/* "sha256:" and twelve digits tell images apart, as engines show them. */
static int shown(const char *id)
{
	return (int)strnlen(id, strlen("sha256:") + 12);
}

/* The image in which it runs; was or now NULL: none. */
static void diff_image(struct diff *diff, const char *was, const char *now, const char *image)
{
	if (!image)
		diff_add(diff, REASON_CONTAINER_CHANGED, LABEL_CONTAINER,
			"it runs in no container of %.*s any more", shown(was), was);
	else if (!was)
		diff_add(diff, REASON_CONTAINER_CHANGED, image,
			"it runs in a container of %s from now on", image);
	else if (!now && !text_eq(diff->record->success.image, image))
		diff_add(diff, REASON_CONTAINER_CHANGED, image,
			"the image of its container is %s, no longer %s", image,
			diff->record->success.image ? diff->record->success.image : was);
	else if (now && strcmp(was, now) != 0)
		diff_add(diff, REASON_CONTAINER_CHANGED, image,
			"the image of its container, %s, changed from %.*s to %.*s", image,
			shown(was), was, shown(now), now);
}

/* Is that what a stage calls the image of its container? Else it is a tool of that name. */
static bool is_image(const char *name, const char *was)
{
	return strcmp(name, LABEL_CONTAINER) == 0 && was && text_starts(was, "sha256:");
}

static void diff_tools(struct diff *diff)
{
	const struct graph *graph = diff->judge->graph;
	const struct stage *s = &graph->stages[diff->stage];
	const struct record_success *old = &diff->record->success;
	const char *const *outputs = diff->judge->version_outputs;
	uint32_t before = diff->count;

	for (uint32_t i = 0; i < s->versions.count; i++) {
		const char *name = graph_text(graph, graph->pairs[s->versions.first + i].name);
		const char *was = value_of(old->tools, old->tool_count, name);
		const char *now = key_version(graph, diff->stage, i, outputs);
		if (key_is_image(graph, diff->stage, i))
			diff_image(diff, was, now, stage_container(graph, diff->stage));
		else if (!was)
			diff_add(diff, REASON_VERSION_CHANGED, name,
				"version of %s is recorded from now on", name);
		else if (now && strcmp(was, now) != 0)
			diff_add(diff, REASON_VERSION_CHANGED, name,
				"version of %s changed from '%.*s' to '%.*s'", name,
				(int)strcspn(was, "\n"), was, (int)strcspn(now, "\n"), now);
	}
	for (uint32_t i = 0; i < old->tool_count; i++) {
		const char *name = old->tools[i].name;
		bool is_gone = !has_pair(graph, s->versions, name);
		if (is_gone && is_image(name, old->tools[i].value))
			diff_image(diff, old->tools[i].value, NULL, NULL);
		else if (is_gone)
			diff_add(diff, REASON_VERSION_CHANGED, name,
				"version of %s is no longer recorded", name);
	}
	if (diff->count == before)
		diff_add(diff, REASON_VERSION_CHANGED, NULL,
			"a command that tells a tool's version changed");
}

/* How much of a command is shown around what differs. */
#define AROUND 24
#define SHOWN_MAX 120

/* "... -ar 16000 ..." of a long text: what lies between the parts that two texts share, with a
 * little around it, whole words. */
static void add_middle(struct buf *out, const char *text, size_t prefix, size_t suffix)
{
	size_t len = strlen(text);
	size_t first = prefix > AROUND ? prefix - AROUND : 0;
	size_t last = suffix > AROUND ? len - suffix + AROUND : len;

	while (first > 0 && text[first] != ' ')
		first--;
	while (last < len && text[last] != ' ')
		last++;
	bool is_cut = last - first > SHOWN_MAX;
	size_t shown = is_cut ? SHOWN_MAX : last - first;
	/* Not in the middle of a character. */
	while (is_cut && shown > 0 && ((unsigned char)text[first + shown] & 0xc0) == 0x80)
		shown--;
	buf_str(out, first > 0 ? "..." : "");
	buf_add(out, text + first, shown);
	buf_str(out, is_cut || last < len ? " ..." : "");
}

static void diff_command(struct diff *diff)
{
	const char *was = diff->record->success.command;
	struct buf now BUF_LOCAL = {0}, old_part BUF_LOCAL = {0}, new_part BUF_LOCAL = {0};

	command_expand(diff->judge->graph, diff->stage, NULL, &now);
	const char *is = buf_text(&now);
	size_t was_len = was ? strlen(was) : 0, prefix = 0, suffix = 0;
	if (is_of_other_format(diff) && was_len && key_read_alike(was, is)) {
		diff_format(diff, NULL, "its command");
		return;
	}
	if (was_len == 0 || strcmp(was, is) == 0) {
		diff_add(diff, REASON_COMMAND_CHANGED, NULL, "the command changed");
		return;
	}
	while (was[prefix] && was[prefix] == is[prefix])
		prefix++;
	while (suffix < was_len - prefix && suffix < now.len - prefix &&
		was[was_len - 1 - suffix] == is[now.len - 1 - suffix])
		suffix++;
	add_middle(&old_part, was, prefix, suffix);
	add_middle(&new_part, is, prefix, suffix);
	diff_add(diff, REASON_COMMAND_CHANGED, NULL, "the command changed from '%s' to '%s'",
		buf_text(&old_part), buf_text(&new_part));
}

/* Another `dir`; false: it is the same. */
static bool diff_dir(struct diff *diff)
{
	const struct graph *graph = diff->judge->graph;
	const char *was = diff->record->success.dir;
	const char *now = graph_text(graph, stage_settings(graph, diff->stage)->dir);

	if (!was || strcmp(was, now) == 0)
		return false;
	if (!*was)
		diff_add(diff, REASON_DEFINITION_CHANGED, "dir",
			"dir is new: it runs in '%s', no longer in the root", now);
	else if (!*now)
		diff_add(diff, REASON_DEFINITION_CHANGED, "dir",
			"dir is gone: it runs in the root, no longer in '%s'", was);
	else
		diff_add(diff, REASON_DEFINITION_CHANGED, "dir", "dir changed from '%s' to '%s'",
			was, now);
	return true;
}

static bool part_differs(const struct diff *diff, const struct record_key_set *key, int part)
{
	return !digest_eq(&diff->record->success.key.part[part], &key->part[part]);
}

void diff_key(struct diff *diff, const struct record_key_set *key)
{
	if (part_differs(diff, key, RECORD_KEY_COMMAND))
		diff_command(diff);
	if (part_differs(diff, key, RECORD_KEY_CONFIG))
		diff_config(diff);
	if (part_differs(diff, key, RECORD_KEY_ENV))
		diff_env(diff);
	if (part_differs(diff, key, RECORD_KEY_TOOLS))
		diff_tools(diff);
	/* How an input is tracked is no more said where there is none of its label: that is told of
	 * the input. */
	if (part_differs(diff, key, RECORD_KEY_DEFINITION) && !diff_dir(diff) &&
		!part_differs(diff, key, RECORD_KEY_INPUTS))
		diff_add(diff, REASON_DEFINITION_CHANGED, NULL,
			"the definition of its outputs, or how its files are tracked, changed");
}
