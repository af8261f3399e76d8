/* What stands in the INI files, before any of it is understood: sections and their lines, in
 * order. */
#ifndef MODEL_DEFINITION_READ_H
#define MODEL_DEFINITION_READ_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/map.h"
#include "model/load/definition_keys.h"

struct diags;

#define DEF_MORE UINT32_MAX /* key of a line that continues the one above */

struct def_line {
	const char *value;
	uint32_t key; /* index in keys, or DEF_MORE */
	uint32_t number;
};

/* A key's text, once for the whole definition, and what is known of it just now. A key stands in
 * one section at a time, so "is it a duplicate" and "what does config.X say here" are one look. */
struct def_key {
	const char *text;
	struct def_parse parse;
	uint32_t base;         /* of an attribute: the key of its label */
	uint32_t section;      /* that it was seen in last, + 1, while reading ... */
	uint32_t section_line; /* ... in this line of the file */
	uint32_t scope;        /* the scope in which `line` holds (loader.h) */
	uint32_t line;         /* index of the line that gives its value in that scope */
	uint32_t slot;         /* place in the scope's list of its family */
	uint32_t value_scope;  /* the instance for which `value` is known, + 1 */
	uint32_t value;        /* text of the graph being built */
	uint32_t plain_label;  /* label of the graph for this key without attributes, + 1 */
	bool is_busy;          /* being expanded */
};

struct def_section {
	const char *name; /* "stage:mix" */
	enum def_section_kind kind;
	uint32_t file;
	uint32_t number;       /* of the header's line */
	uint32_t first, count; /* lines */
	bool is_duplicate;
};

/* What [include:NAME] brings in, with its own names. */
struct def_part {
	const char *prefix; /* of its stages, templates and tables, that of `outer` included */
	uint32_t section;   /* which says so */
	uint32_t outer;     /* the part in which that stands; 0: none */
};

struct def_file {
	const char *name; /* as the user named it */
	const char *path; /* absolute */
	struct digest digest;
	uint32_t first, count; /* lines */
	uint32_t first_section, section_count;
	uint32_t part; /* it belongs to; 0: none */
	bool is_open;  /* being read, or its includes are */
};

struct def_text {
	struct arena arena;
	struct def_line *lines;
	struct def_key *keys;
	struct def_section *sections;
	struct def_file *files;
	struct def_part *parts; /* from 1 on */
	/* lines made of others, behind those that were read: by line the file */
	uint32_t *made;
	uint32_t *order; /* files, what is included before what includes it */
	uint32_t line_count, key_count, section_count, file_count, order_count;
	uint32_t line_cap, key_cap, section_cap, file_cap, order_cap;
	uint32_t part_count, part_cap, made_count, made_cap;
	struct map key_ids; /* text -> key */
	struct map names;   /* section name -> section */
	struct map paths;   /* number of the part and absolute path -> file */
	struct diags *diags;
	uint32_t profile; /* the file that is one; 0: there is none */
	const char *from; /* where names of files count from; NULL: the current directory */
};

/* Reads `name` (relative to the current directory or absolute) and what it includes. The first file
 * of the result is `name` itself. -1 with err only if that one cannot be read. */
int definition_read(struct def_text *text, const char *name, const char *cwd, struct diags *diags,
	struct err *err);
/* Puts what a profile says (an absolute path) in front of all of that. -1 with err. */
int definition_read_profile(struct def_text *text, const char *path, struct err *err);
void definition_text_free(struct def_text *text);

/* The key of that text; added if it is new. */
uint32_t def_key_id(struct def_text *text, const char *name);
/* The number of lines of a value: its own and those that continue it. */
uint32_t def_value_lines(const struct def_text *text, uint32_t line);
/* A line behind all others, as if it stood where `like` does. */
void def_make_line(
	struct def_text *text, uint32_t key, const struct def_line *like, const char *value);
/* Is there a placeholder in a value? */
bool def_value_has_holes(const struct def_text *text, uint32_t line);
const struct def_file *def_line_file(const struct def_text *text, const struct def_line *line);
/* The part to which a line (NULL: the definition as a whole) belongs; 0: none. */
uint32_t def_part_of(const struct def_text *text, const struct def_line *line);
/* What the map knows a name by that stands in that line: in the line's own part, else in those
 * around it. NONE. */
uint32_t def_find(const struct def_text *text, const struct map *names, const struct def_line *line,
	const char *name, size_t len);

/* A mistake at a line, or (NULL) in the definition as a whole. */
void def_mistake(struct def_text *text, const struct def_line *line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
