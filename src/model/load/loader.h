/* From lines to a graph: what definition_*.c, params.c and expand_*.c share. Their functions are in
 * headers of their own.
 *
 * The way: definition_read (lines) -> definition_head ([pipeline], root, job, pools) -> params ->
 * definition_stages (names, numbers) -> expand_outputs (instances and what they make, of all
 * stages) -> expand_stages (inputs, commands and the rest, which may speak of any stage's outputs)
 * -> build_edges, build_finish.
 *
 * A stage's lines are looked at twice, each time as a scope: the lines of [env], [defaults] and the
 * stage itself that hold for it, each in the list of its family. Nothing is kept of a stage in
 * between but its instances and their outputs, so memory stays near the graph's own. */
#ifndef MODEL_LOADER_H
#define MODEL_LOADER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/sorted_paths.h"
#include "model/command/placeholder.h"
#include "model/graph/build.h"
#include "model/load/definition_read.h"
#include "model/load/env_file.h"
#include "model/load/params.h"

struct definition_request;
struct list_maker;
struct list_part;
struct made_known;
struct match_caches;
struct sheet;

/* A line and the key that it gives a value to (in [env], X stands for env.X). */
struct line_ref {
	uint32_t key;  /* index in def_text.keys */
	uint32_t line; /* index in def_text.lines */
};

struct line_list {
	struct line_ref *at;
	uint32_t count, cap;
};

struct scope_attr {
	struct line_ref ref;
	uint32_t next;
};

struct scope_label {
	uint32_t first_attr; /* NONE */
	/* the graph's label (of directories, too) if all instances share it; NONE */
	uint32_t built[2];
	/* of an input: its files, for the instance that is being built */
	uint32_t first_use, use_count;
};

/* Families but those of labels, by kind from DEF_CONFIG. */
#define SCOPE_FAMILIES (DEF_ATTRIBUTE - DEF_CONFIG)

/* The lines that hold for one stage. */
struct scope {
	uint32_t id;                       /* keys whose scope is this have their line here */
	uint32_t single[DEF_SINGLE_COUNT]; /* line, NONE */
	struct line_list labels;           /* inputs, outputs, intermediates, in order */
	struct line_list families[SCOPE_FAMILIES];
	struct scope_attr *attrs;
	uint32_t attr_count, attr_cap;
	struct scope_label *label_info; /* by label */
	uint32_t label_info_cap;
	bool has_settings;  /* the stage itself sets something that struct settings holds ... */
	uint32_t settings;  /* ... these of the graph, if all its instances share them; NONE */
	uint32_t *sections; /* of the templates that it uses, and its own */
	uint32_t section_count, section_cap;
};

/* [template:NAME] */
struct template
{
	const char *name;
	uint32_t section;
	uint32_t scope; /* the one that has its lines, once */
	bool is_checked;
};

static inline const struct line_list *scope_list(const struct scope *scope, enum def_kind kind)
{
	return &scope->families[kind - DEF_CONFIG];
}

/* The values of one foreach key, shared by the stages that name the same list. Those of a list that
 * names keys above it are all that it has for any of their values, each once. */
struct each_list {
	const char **values;
	const char **names; /* safe as a part of a path */
	const char **plain; /* the same without foreach.KEY.name, as identities have it */
	uint32_t count;
	struct map index;          /* name -> first place; made when first asked */
	uint32_t *same_name;       /* the next place of that name, NONE; made with it */
	const struct sheet *sheet; /* over a table: its rows, or (column is not NONE) ... */
	uint32_t column;           /* ... the values of a column, in order of first appearance */
	uint32_t *places;          /* over a table: by row its place, NONE */
	uint32_t *rows;      /* over a table: the rows of each place, one behind the other ... */
	uint32_t *first_row; /* ... from here on; one more than places */
	struct list_maker *makers; /* by place: who made it known; NULL: it is known by itself */
	struct list_part *uses;    /* the made lists that it consists of */
	uint32_t maker_cap, use_count, use_cap;
};

struct each_key {
	const char *name; /* "episode" */
	struct each_list *list;
	uint32_t stride; /* in a whole product: from one value to the next, in instances */
};

/* A stage as declared. */
struct decl {
	const char *name;
	uint32_t section;
	uint32_t number;
	uint32_t dir; /* text: "out/job/04_asr" */
	uint32_t first_instance, instance_count;
	struct each_key *each; /* in the arena */
	uint32_t each_count;
	uint32_t *tuples;  /* by instance: the place of its value in each key's list; owned */
	bool is_product;   /* every combination of values is an instance */
	bool may_be_empty; /* foreach.X.empty */
	bool is_broken;    /* mistakes were told: its other instances would tell them again */
	bool is_late;      /* its values may be what other stages make */
	bool is_open;      /* late: what it needs is being looked at ... */
	bool is_known;     /* ... or its instances are there */
	bool has_lists;    /* its values are what other stages make when they run */
	bool may_fail;     /* allow_failure */
};

/* An output or intermediate of an instance. */
struct made {
	uint32_t key;  /* "output.audio", "intermediate.cache" */
	uint32_t slot; /* in the scope's labels */
	uint32_t file;
	uint32_t instance;
	bool is_dir; /* written with a '/' at its end */
};

/* A pattern among the values of a stage, and what was known to be made when it was looked at. */
struct each_pattern {
	uint32_t decl, line; /* index in def_text.lines */
	const char *pattern;
	uint32_t made_count;
};

struct instance {
	uint32_t decl;
	uint32_t name; /* text: "ep1"; 0 without foreach */
	uint32_t dir;  /* text */
	uint32_t first_made, made_count;
	bool is_disabled; /* what it makes counts as absent */
};

struct path_list {
	const char **at;
	uint32_t count;
};

/* By file: the instance that named it last, and as what. */
struct use_mark {
	uint32_t instance; /* + 1 */
	uint32_t slot;     /* label of the scope, NONE */
};

struct loader {
	const struct definition_request *request;
	struct def_text text;
	struct arena *arena; /* of the text: freed when the graph is built */
	struct build build;
	struct params params;
	struct env_vars env; /* what the files of variables say */
	/* [pipeline] of the file that was asked for; NULL: not said */
	const struct def_line *head[HEAD_UNKNOWN];
	const char *root; /* absolute */
	const char *pipeline, *out, *job, *job_dir;
	uint32_t *specials; /* sections that are no stages, what is included first */
	uint32_t special_count, special_cap;
	struct line_list shared; /* lines of [env] and [defaults], later ones win */
	struct template *templates;
	uint32_t template_count, template_cap;
	struct map template_ids; /* name -> templates */
	bool has_use;            /* some section has that key */
	struct map mappings;     /* "0 config.train {{params.train}}" -> lines made of it */
	struct map pools;        /* name -> pool of the graph */
	struct decl *decls;
	struct instance *instances;
	struct made *made;
	uint32_t decl_count, instance_count, made_count;
	uint32_t decl_cap, instance_cap, made_cap;
	struct map decl_ids; /* name -> decl */
	struct scope scope;
	uint32_t scope_count;
	struct map globs; /* pattern -> glob_lists */
	struct path_list *glob_lists;
	uint32_t glob_count, glob_cap;
	struct map probes; /* path -> type that was found */
	/* all that is made, as far as it was known when it was asked for last */
	struct sorted_paths made_paths;
	struct each_pattern *each_patterns;
	uint32_t each_pattern_count, each_pattern_cap;
	struct sheet **sheets;
	uint32_t sheet_count, sheet_cap;
	struct map sheet_ids; /* name -> sheets */
	struct map each_ids;  /* lines -> each_lists */
	struct each_list **each_lists;
	uint32_t each_count, each_cap;
	struct match_caches *match_caches; /* NULL until it is asked */
	struct use_mark *marks;
	uint32_t mark_cap;
	/* by file: the instance that would make it and is disabled, + 1; NULL: there is none */
	uint32_t *absent;
	uint32_t made_files; /* files of the graph below this are made by stages, no others are */
	uint32_t program_label;  /* of programs found in commands, NONE */
	uint64_t hint_budget;    /* names that may yet be compared for "did you mean" */
	uint32_t plain_settings; /* of stages that say nothing of their own; NONE: not known */
	struct hasher *hasher;
	struct made_known *made_known; /* what records tell of outputs, each asked once */
	uint32_t made_known_count, made_known_cap;
	struct map made_known_ids;
	bool has_lists;    /* some stage has */
	bool has_records;  /* what was made is known from a record */
	const char *lacks; /* of the instance that is built: see stage.lacks; NULL: nothing */
};

/* How a parameter of several lines, a list, stands in a text. */
enum list_use {
	LIST_IS_WORDS,  /* its items, with blanks between them */
	LIST_IS_LINES,  /* its items, a line each */
	LIST_IS_KEPT,   /* the same if nothing stands beside it, else words */
	LIST_IS_PICKED, /* one item: the text is looked at for each of them */
	LIST_IS_WRONG,
};

/* For whom a value is filled in, and what came of it. */
struct expand {
	struct loader *loader;
	struct decl *decl; /* NULL outside of stages */
	uint32_t instance; /* NONE while there is none */
	/* then these keys of decl have values all the same: those from tuple_first below tuple_end,
	 * at these places; NULL: none */
	const uint32_t *tuple;
	uint32_t tuple_first, tuple_end;
	unsigned may;      /* MAY_* */
	const char *where; /* for messages: "an output's path" */
	/* places as absolute paths: in outputs, which are relative to elsewhere */
	bool is_absolute;
	/* the stage does not run in the root: places in its values are absolute */
	bool runs_elsewhere;
	bool is_symbolic;  /* places and files stay placeholders: for digests */
	bool escape_globs; /* names of files are put in so that they do not act as patterns */
	bool has_glob;     /* what the user wrote has a glob character */
	bool has_place;    /* a place or a file was named */
	enum list_use lists;
	bool has_list;       /* a list was named */
	uint32_t pick;       /* of the files of another stage, or a list's items, this one ... */
	uint32_t pick_count; /* ... of so many; 0: none was named */
	uint32_t absent_of;  /* a disabled instance whose file was left out, + 1 */
	uint32_t input_slot; /* of the input whose paths are made, + 1; 0: it is something else */
	uint32_t input_exclude; /* what its directories are read without; 0: it does not say */
	uint32_t input_line;    /* that is being made; index in def_text.lines */
	bool is_nothing;        /* an `else` without a value was taken */
	uint32_t empty_cell;    /* the line of a sheet whose cell is empty and was named; 0 */
	uint8_t more_flags;     /* LABEL_ of the input that is made, besides what is declared */
	uint32_t depth;
};

/* Calls entry for each key of the sections of that kind, what is included first. */
void definition_each_line(struct loader *loader, enum def_section_kind kind,
	void (*entry)(struct loader *loader, uint32_t line));
/* The same for each line of the values of one key of [pipeline], but for empty ones. */
void definition_each_value(struct loader *loader, enum def_head key,
	void (*value)(struct loader *loader, const struct def_line *line));
/* What stands outside of stages: `where` is for mistakes. */
struct expand expand_globals(struct loader *loader, const char *where);
/* The key of a line or of the one that it continues: "input.video". */
const char *expand_line_key(struct loader *loader, const struct def_line *line);
/* Returns false. */
bool expand_mistake(struct expand *x, const struct def_line *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
