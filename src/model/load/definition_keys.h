/* The keys of a stage, as a table: what each is, and the nearest known one for a misspelt one. */
#ifndef MODEL_DEFINITION_KEYS_H
#define MODEL_DEFINITION_KEYS_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

enum def_kind {
	DEF_UNKNOWN,
	DEF_BAD_NAME, /* a known family, but what stands behind the dot is no name */
	/* single keys */
	DEF_COMMAND,
	DEF_DESCRIPTION,
	DEF_AFTER,
	DEF_ENABLED,
	DEF_SKIP_REASON,
	DEF_NUMBER,
	DEF_DEPFILE,
	DEF_TRACK_COMMAND,
	/* those that end up in struct settings */
	DEF_SHELL,
	DEF_PASS_ENV,
	DEF_TIMEOUT,
	DEF_GRACE,
	DEF_RETRIES,
	DEF_RETRY_DELAY,
	DEF_ALLOW_FAILURE,
	DEF_THREADS,
	DEF_MEMORY,
	DEF_GPU,
	DEF_POOL,
	DEF_CONSOLE,
	DEF_TAGS,
	DEF_SINGLE_COUNT,
	/* families: kind.NAME */
	DEF_INPUT = DEF_SINGLE_COUNT,
	DEF_OUTPUT,
	DEF_INTERMEDIATE,
	DEF_ATTRIBUTE, /* input.LABEL.ATTR, also of outputs and intermediates */
	DEF_CONFIG,
	DEF_ENV,
	DEF_VERSION,
	DEF_FOREACH,
};

#define DEF_FIRST_SETTING DEF_SHELL
#define DEF_LAST_SETTING DEF_TAGS

struct def_parse {
	enum def_kind kind;
	const char *name; /* "audio" of output.audio and of output.audio.format; borrowed from the key or
	                     in the arena */
	const char *attr; /* "format" of output.audio.format; NULL otherwise */
	size_t base_len;  /* length of "output.audio" in output.audio.format */
};

void def_parse_key(struct arena *arena, const char *key, struct def_parse *out);
/* Is the key's value a text or a script, whose lines are its own, comment signs, indentation and empty lines
 * included? In other values each line is an item, or the whole: comments and empty lines are none of it. */
bool def_is_text(const char *section, const char *key, const struct def_parse *parse);
/* The nearest key that exists, or NULL; in the arena or static. */
const char *def_suggest_key(struct arena *arena, const char *key);
/* What may stand behind the dot of a family, for messages. */
const char *def_name_rule(const char *key);

bool def_is_label(const char *text);    /* letters, digits, _ - */
bool def_is_variable(const char *text); /* as the shell has them */

/* An unknown word and the names that it could have been. Returns " (did you mean 'x'?)" in the arena,
 * or "". */
const char *def_hint(struct arena *arena, const char *word, const char *const *names, size_t count);

#endif
