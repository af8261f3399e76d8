/* The keys of a stage, as a table: what each is, and the nearest known one for a misspelt one. */
#ifndef MODEL_DEFINITION_KEYS_H
#define MODEL_DEFINITION_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "model/graph/settings.h"

struct arena;

/* Single keys that are no settings (settings.h): X(id, name, is it a text?). */
#define DEF_SINGLES(X) \
	X(COMMAND, "command", true) \
	X(DESCRIPTION, "description", true) \
	X(AFTER, "after", false) \
	X(ENABLED, "enabled", false) \
	X(EXCLUDE, "exclude", false) \
	X(SKIP_REASON, "skip_reason", true) \
	X(NUMBER, "number", false) \
	X(DEPFILE, "depfile", false) \
	X(TRACK_COMMAND, "track_command", false) \
	X(USE, "use", false)

/* Families, name.NAME: X(id, name, what NAME may be, is it a text?). */
#define DEF_FAMILIES(X) \
	X(INPUT, "input", LABEL, false) \
	X(OUTPUT, "output", LABEL, false) \
	X(INTERMEDIATE, "intermediate", LABEL, false) \
	X(CONFIG, "config", DOTTED, true) \
	X(ENV, "env", VARIABLE, true) \
	X(VERSION, "version", DOTTED, true) \
	X(FOREACH, "foreach", LABEL, false)

/* What input.LABEL.ATTRIBUTE may set: X(id, name, is it a text?). Any other is metadata, a text. */
#define DEF_ATTRS(X) \
	X(OPTIONAL, "optional", false) \
	X(UPDATE, "update", false) \
	X(RETAINED, "retained", false) \
	X(TEMPORARY, "temporary", false) \
	X(TRACK, "track", false) \
	X(EXCLUDE, "exclude", false) \
	X(TYPE, "type", false) \
	X(REASON, "reason", true) \
	X(VIEW, "view", true)

/* What foreach.KEY.ATTRIBUTE may set: X(id, name). */
#define DEF_EACH_ATTRS(X) \
	X(NAME, "name") \
	X(EMPTY, "empty")

/* The keys of [table:NAME]: X(id, name). */
#define DEF_TABLE_KEYS(X) \
	X(FILE, "file") \
	X(COLUMNS, "columns") \
	X(ROWS, "rows") \
	X(KEY, "key")

/* What [include:NAME] may say: X(id, name). */
#define DEF_INCLUDE_KEYS(X) \
	X(FILE, "file") \
	X(PREFIX, "prefix") \
	X(PARAM, "params.NAME")

/* The sections: X(id, name). From TABLE on they have a name of their own, [stage:NAME]. */
#define DEF_SECTIONS(X) \
	X(PIPELINE, "pipeline") \
	X(PARAMS, "params") \
	X(ENV, "env") \
	X(DEFAULTS, "defaults") \
	X(POOLS, "pools") \
	X(PRICES, "prices") \
	X(SLURM, "slurm") \
	X(CACHE, "cache") \
	X(TABLE, "table") \
	X(INCLUDE, "include") \
	X(TEMPLATE, "template") \
	X(STAGE, "stage")

/* The keys of [pipeline]: X(id, name, may an included file have it?). */
#define DEF_HEAD_KEYS(X) \
	X(NAME, "name", false) \
	X(DESCRIPTION, "description", false) \
	X(ROOT, "root", false) \
	X(OUT, "out", false) \
	X(JOB, "job", false) \
	X(INCLUDE, "include", true) \
	X(PARAMS_FILE, "params_file", true) \
	X(ENV_FILE, "env_file", true) \
	X(REQUIRES, "requires", true) \
	X(KEEP_RUNS, "keep_runs", false) \
	X(KEEP_LOGS, "keep_logs", false) \
	X(BUDGET, "budget", false) \
	X(EXECUTOR, "executor", false) \
	X(CONTAINER_ENGINE, "container_engine", false)

#define DEF_ID(id, ...) DEF_##id,
#define SECTION_ID(id, name) SECTION_##id,
#define ATTR_ID(id, ...) ATTR_##id,
#define HEAD_ID(id, ...) HEAD_##id,
#define EACH_ATTR_ID(id, ...) EACH_##id,
#define TABLE_KEY_ID(id, ...) TABLE_##id,
#define INCLUDE_KEY_ID(id, ...) INCLUDE_##id,

enum def_section_kind {
	DEF_SECTIONS(SECTION_ID) SECTION_UNKNOWN
};

enum def_attr {
	DEF_ATTRS(ATTR_ID) ATTR_META
};

enum def_each_attr {
	DEF_EACH_ATTRS(EACH_ATTR_ID) EACH_UNKNOWN
};

enum def_table_key {
	DEF_TABLE_KEYS(TABLE_KEY_ID) TABLE_UNKNOWN
};

enum def_head {
	DEF_HEAD_KEYS(HEAD_ID) HEAD_UNKNOWN
};

enum def_include_key {
	DEF_INCLUDE_KEYS(INCLUDE_KEY_ID) INCLUDE_UNKNOWN
};

enum def_kind {
	DEF_UNKNOWN,
	DEF_BAD_NAME, /* a known family, but what stands behind the dot is no name */
	DEF_SINGLES(DEF_ID) DEF_SETTING, /* the first of them: + enum setting_id */
	DEF_LAST_SETTING = DEF_SETTING + SETTING_TOTAL - 1,
	/* input.LABEL.ATTR, also of outputs and intermediates */
	DEF_FAMILIES(DEF_ID) DEF_ATTRIBUTE,
	DEF_EACH_ATTR, /* foreach.KEY.ATTR */
};

#define DEF_SINGLE_COUNT (DEF_LAST_SETTING + 1)

struct def_parse {
	enum def_kind kind;
	/* "audio" of output.audio and of output.audio.format; borrowed from the key or in the
	 * arena */
	const char *name;
	const char *attr; /* "format" of output.audio.format; NULL otherwise */
	enum def_attr attr_id;
	size_t base_len; /* length of "output.audio" in output.audio.format */
};

void def_parse_key(struct arena *arena, const char *key, struct def_parse *out);
/* Is the key's value a text or a script, whose lines are its own, comment signs, indentation and
 * empty lines included? In other values each line is an item, or the whole: comments and empty
 * lines are none of it. */
bool def_is_text(enum def_section_kind section, const char *key, const struct def_parse *parse);
/* What a section is by its name; "stage" alone is none. */
enum def_section_kind def_section_kind(const char *name);
enum def_head def_head(const char *key);
enum def_table_key def_table_key(const char *key);
enum def_include_key def_include_key(const char *key);
/* What stands behind the ':' of a section that has a name, and the blanks there. */
const char *def_section_own_name(const char *name);
/* The nearest key that exists, or NULL; in the arena or static. */
const char *def_suggest_key(struct arena *arena, const char *key);
/* What may stand behind the dot of a family, for messages. */
const char *def_name_rule(const char *key);

/* What a name may be made of. */
enum def_rule {
	DEF_LABEL,    /* letters, digits, _ - */
	DEF_VARIABLE, /* as the shell has them */
	DEF_DOTTED,   /* letters, digits, _ - . */
};

bool def_is_name(const char *text, enum def_rule rule);

#endif
