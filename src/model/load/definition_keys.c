#include "model/load/definition_keys.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"

/* In the order of enum def_kind, from DEF_COMMAND. */
static const char *const singles[] = {
	"command",
	"description",
	"after",
	"enabled",
	"skip_reason",
	"number",
	"depfile",
	"track_command",
	"shell",
	"pass_env",
	"timeout",
	"grace",
	"retries",
	"retry_delay",
	"allow_failure",
	"threads",
	"memory",
	"gpu",
	"pool",
	"console",
	"tags",
};

#define SINGLES (sizeof singles / sizeof *singles)

_Static_assert(SINGLES == DEF_SINGLE_COUNT - DEF_COMMAND, "a key without its name");

static const struct {
	const char *name;
	enum def_kind kind;
} families[] = {
	{"input", DEF_INPUT},
	{"output", DEF_OUTPUT},
	{"intermediate", DEF_INTERMEDIATE},
	{"config", DEF_CONFIG},
	{"env", DEF_ENV},
	{"version", DEF_VERSION},
	{"foreach", DEF_FOREACH},
};

#define FAMILIES (sizeof families / sizeof *families)

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool def_is_label(const char *text)
{
	if (!*text)
		return false;
	for (; *text; text++)
		if (!is_letter(*text) && !is_digit(*text) && *text != '_' && *text != '-')
			return false;
	return true;
}

bool def_is_variable(const char *text)
{
	if (!is_letter(*text) && *text != '_')
		return false;
	for (; *text; text++)
		if (!is_letter(*text) && !is_digit(*text) && *text != '_')
			return false;
	return true;
}

/* Names of config values and tools: labels with dots between. */
static bool is_dotted(const char *text)
{
	if (!*text)
		return false;
	for (; *text; text++)
		if (!is_letter(*text) && !is_digit(*text) && !strchr("_-.", *text))
			return false;
	return true;
}

static void parse_file(struct arena *arena, const char *key, enum def_kind kind, const char *rest,
	struct def_parse *out)
{
	const char *dot = strchr(rest, '.');
	if (!dot) {
		out->kind = def_is_label(rest) ? kind : DEF_BAD_NAME;
		out->name = rest;
		return;
	}
	out->name = arena_strndup(arena, rest, (size_t)(dot - rest));
	out->attr = dot + 1;
	out->base_len = (size_t)(dot - key);
	out->kind = def_is_label(out->name) && is_dotted(out->attr) ? DEF_ATTRIBUTE : DEF_BAD_NAME;
}

void def_parse_key(struct arena *arena, const char *key, struct def_parse *out)
{
	*out = (struct def_parse){.kind = DEF_UNKNOWN};
	const char *dot = strchr(key, '.');
	if (!dot) {
		for (size_t i = 0; i < SINGLES; i++)
			if (!strcmp(key, singles[i]))
				out->kind = (enum def_kind)(DEF_COMMAND + i);
		return;
	}
	for (size_t i = 0; i < FAMILIES; i++) {
		size_t len = strlen(families[i].name);
		if ((size_t)(dot - key) != len || memcmp(key, families[i].name, len))
			continue;
		const char *rest = dot + 1;
		enum def_kind kind = families[i].kind;
		bool is_good;
		if (kind <= DEF_INTERMEDIATE) {
			parse_file(arena, key, kind, rest, out);
			return;
		}
		if (kind == DEF_ENV)
			is_good = def_is_variable(rest);
		else if (kind == DEF_FOREACH)
			is_good = def_is_label(rest);
		else
			is_good = is_dotted(rest);
		out->kind = is_good ? kind : DEF_BAD_NAME;
		out->name = rest;
		return;
	}
}

bool def_is_text(const char *section, const char *key, const struct def_parse *parse)
{
	static const char *const words[] = {"optional", "update", "retained", "track", "type"};

	if (text_eq(section, "env"))
		return true;
	if (text_eq(section, "pipeline"))
		return text_eq(key, "description");
	if (!text_starts(section, "stage:") && !text_eq(section, "defaults"))
		return false;
	switch (parse->kind) {
	case DEF_COMMAND:
	case DEF_DESCRIPTION:
	case DEF_SKIP_REASON:
	case DEF_CONFIG:
	case DEF_ENV:
	case DEF_VERSION:
		return true;
	case DEF_ATTRIBUTE:
		for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
			if (text_eq(parse->attr, words[i]))
				return false;
		}
		return true;
	default:
		return false;
	}
}

const char *def_name_rule(const char *key)
{
	if (text_starts(key, "env."))
		return "letters, digits and '_', not beginning with a digit";
	if (text_starts(key, "config.") || text_starts(key, "version."))
		return "letters, digits, '_', '-' and '.'";
	return "letters, digits, '_' and '-'";
}

const char *def_suggest_key(struct arena *arena, const char *key)
{
	const char *names[SINGLES + FAMILIES];
	const char *dot = strchr(key, '.');
	if (!dot) {
		for (size_t i = 0; i < FAMILIES; i++)
			if (!strcmp(key, families[i].name))
				return arena_fmt(arena, "%s.NAME", key);
		for (size_t i = 0; i < SINGLES; i++)
			names[i] = singles[i];
		const char *near = text_nearest(key, names, SINGLES);
		if (near)
			return near;
	}
	const char *head = dot ? arena_strndup(arena, key, (size_t)(dot - key)) : key;
	for (size_t i = 0; i < FAMILIES; i++)
		names[i] = families[i].name;
	const char *near = text_nearest(head, names, FAMILIES);
	if (near)
		return arena_fmt(arena, "%s%s", near, dot ? dot : ".NAME");
	if (dot) { /* "timeout.ms": perhaps the head alone is a key */
		for (size_t i = 0; i < SINGLES; i++)
			if (!strcmp(head, singles[i]))
				return singles[i];
	}
	return NULL;
}

const char *def_hint(struct arena *arena, const char *word, const char *const *names, size_t count)
{
	const char *near = text_nearest(word, names, count);
	return near ? arena_fmt(arena, " (did you mean '%s'?)", near) : "";
}
