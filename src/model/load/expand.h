/* From lines to a graph: what definition_*.c, params.c and expand_*.c share.
 *
 * The way: definition_read (lines) -> definition_head ([pipeline], root, job, pools) -> params ->
 * definition_stages (names, numbers) -> expand_outputs (instances and what they make, of all stages) ->
 * expand_stages (inputs, commands and the rest, which may speak of any stage's outputs) ->
 * build_edges, build_finish.
 *
 * A stage's lines are looked at twice, each time as a scope: the lines of [env], [defaults] and the
 * stage itself that hold for it, each in the list of its family. Nothing is kept of a stage in between
 * but its instances and their outputs, so memory stays near the graph's own. */
#ifndef MODEL_EXPAND_H
#define MODEL_EXPAND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "model/graph/build.h"
#include "model/load/definition_read.h"
#include "model/load/params.h"

struct definition_request;
struct template_hole;

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
	uint32_t first_attr;           /* NONE */
	uint32_t built[2];             /* the graph's label (of directories, too) if all instances share it; NONE */
	uint32_t first_use, use_count; /* of an input: its files, for the instance that is being built */
};

/* The lines that hold for one stage. */
struct scope {
	uint32_t id;                       /* keys whose scope is this have their line here */
	uint32_t single[DEF_SINGLE_COUNT]; /* line, NONE */
	struct line_list labels;           /* inputs, outputs, intermediates, in order */
	struct line_list config, env, versions, foreach;
	struct scope_attr *attrs;
	uint32_t attr_count, attr_cap;
	struct scope_label *label_info; /* by label */
	uint32_t label_info_cap;
	bool has_settings; /* the stage itself sets something that struct settings holds ... */
	uint32_t settings; /* ... these of the graph, if all its instances share them; NONE */
};

/* The values of one foreach key, shared by the stages that name the same list. */
struct each_list {
	const char **values;
	const char **names; /* safe as a part of a path, distinct */
	uint32_t count;
	struct map index; /* name -> place; made when first asked */
};

struct each_key {
	const char *name; /* "episode" */
	struct each_list *list;
	uint32_t stride; /* from one value of it to the next, in instances */
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
	bool is_broken; /* mistakes were told: its other instances would tell them again */
};

/* An output or intermediate of an instance. */
struct made {
	uint32_t key;  /* "output.audio", "intermediate.cache" */
	uint32_t slot; /* in the scope's labels */
	uint32_t file;
	bool is_dir; /* written with a '/' at its end */
};

struct instance {
	uint32_t decl;
	uint32_t name; /* text: "ep1"; 0 without foreach */
	uint32_t dir;  /* text */
	uint32_t first_made, made_count;
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
	const char *cwd;  /* where the user's names of files start */
	const char *root; /* absolute */
	const char *pipeline, *out, *job, *job_dir;
	uint32_t *specials; /* sections that are no stages, what is included first */
	uint32_t special_count, special_cap;
	struct line_list shared; /* lines of [env] and [defaults], later ones win */
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
	struct map probes;           /* path -> type that was found */
	struct path_list made_paths; /* of everything made, sorted; made when first asked */
	struct map each_ids;         /* pattern -> each_lists */
	struct each_list **each_lists;
	uint32_t each_count, each_cap;
	struct use_mark *marks;
	uint32_t mark_cap;
	uint32_t made_files;     /* files of the graph below this are made by stages, no others are */
	uint32_t program_label;  /* of files found in commands, NONE */
	uint64_t hint_budget;    /* names that may yet be compared for "did you mean" */
	uint32_t plain_settings; /* of stages that say nothing of their own; NONE: not known */
	struct hasher *hasher;
};

/* What may be named in a value. */
#define MAY_PARAMS 1u
#define MAY_PIPELINE 2u /* pipeline.name */
#define MAY_CONFIG 4u
#define MAY_ENV 8u
#define MAY_EACH 16u
#define MAY_STAGE 32u /* stage.name, stage.threads, job.name */
#define MAY_PLACE 64u /* root, job.dir, stage.number */
#define MAY_DIR 128u  /* stage.dir */
#define MAY_INPUT 256u
#define MAY_OUTPUT 512u /* and intermediates */
#define MAY_UPSTREAM 1024u

#define MAY_GLOBALS (MAY_PARAMS | MAY_PIPELINE)
#define MAY_VALUES (MAY_GLOBALS | MAY_CONFIG | MAY_ENV | MAY_EACH | MAY_STAGE)

/* For whom a value is filled in, and what came of it. */
struct expand {
	struct loader *loader;
	struct decl *decl;   /* NULL outside of stages */
	uint32_t instance;   /* NONE while there is none */
	unsigned may;        /* MAY_* */
	const char *where;   /* for messages: "an output's path" */
	bool is_absolute;    /* places as absolute paths: in outputs, which are relative to elsewhere */
	bool is_symbolic;    /* places and files stay placeholders: for digests */
	bool escape_globs;   /* names of files are put in so that they do not act as patterns */
	bool has_glob;       /* what the user wrote has a glob character */
	bool has_place;      /* a place or a file was named */
	uint32_t pick;       /* of the files of another stage, this one ... */
	uint32_t pick_count; /* ... of so many; 0: none was named */
	uint32_t depth;
};

/* definition_head.c: the sections that are no stages. */
int definition_root(struct loader *loader, struct err *err); /* enters it; -1: that is impossible */
void definition_sections(struct loader *loader);             /* finds them, and tells unknown ones and their keys */
void definition_sources(struct loader *loader);
void definition_head(struct loader *loader);
/* The line of a key of [pipeline] of the file that was asked for, or NULL. */
const struct def_line *definition_line(struct loader *loader, const char *key);
/* Calls entry for each key of the sections of that name, what is included first. */
void definition_each_line(struct loader *loader, const char *section,
	void (*entry)(struct loader *loader, uint32_t line));

/* definition_stage.c: names, numbers and directories of all stages. */
void definition_stages(struct loader *loader);

/* definition_scope.c: makes a stage's lines the scope. `tell` reports what is wrong with its keys. */
void scope_shared(struct loader *loader);
void scope_enter(struct loader *loader, const struct decl *decl, bool tell);
/* The key of that name if it has a line in this scope, else NULL. */
struct def_key *scope_key(struct loader *loader, const char *name, size_t len);
void scope_free(struct scope *scope);

/* expand_text.c, expand_value.c (expand_hole). All return false after a mistake was told; what could be
 * filled in is in `out`. */
bool expand_text(struct expand *x, const struct def_line *at, const char *text, struct buf *out);
/* A whole value: its lines joined by newlines. */
bool expand_value(struct expand *x, const struct def_line *line, struct buf *out);
/* A value of one line; more are a mistake. */
bool expand_single(struct expand *x, const struct def_line *line, struct buf *out);
/* One placeholder's value, filters applied; not quoted. */
bool expand_hole(struct expand *x, const struct def_line *at, const struct template_hole *hole,
	struct buf *out);
bool expand_mistake(struct expand *x, const struct def_line *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The key of a line or of the one that it continues: "input.video". */
const char *expand_line_key(struct loader *loader, const struct def_line *line);

/* expand_names.c: what a placeholder's name means by its form. */
bool placeholder_is_name(const char *name, size_t len, const char *other);
/* The MAY_ that stage.X, job.X, pipeline.X or root needs; -1 if it is none of them. */
int placeholder_fixed(const char *name, size_t len);
/* The MAY_ that config.X, input.X ... need, by what stands before the dot; 0 if that is no family. */
unsigned placeholder_family(const char *name, size_t len);
/* Does {{head.x}} mean something else than a stage's file? */
bool placeholder_is_reserved(const char *head, size_t len);
/* Is {{name}} a file of another stage, by its form? */
bool placeholder_is_upstream(const char *name, size_t len);
bool placeholder_is_file(const char *name, size_t len); /* of this stage */
/* ... a place or file, which stays a placeholder in a command? */
bool placeholder_is_symbol(const char *name, size_t len);

/* expand_hint.c: "; did you mean ...?" for a name that there is not, "" if nothing is near. In the
 * arena. */
const char *expand_hint(struct expand *x, const char *name);
const char *expand_stage_hint(struct loader *loader, const char *name);
const char *hint_nearest(struct loader *loader, const char *word, const char *const *names,
	size_t count);

/* expand_upstream.c: the files of {{STAGE.LABEL}}, as the stage that is being expanded sees them. */
struct upstream {
	const struct decl *decl;
	uint32_t *instances, *files; /* owned */
	uint32_t count, file_count;
};
/* The stage of {{STAGE.LABEL}}; NULL after telling that there is none. */
const struct decl *upstream_decl(
	struct expand *x, const struct def_line *at, const char *name, size_t len);
bool upstream_find(struct expand *x, const struct def_line *at, const char *name, size_t len,
	struct upstream *out);
void upstream_free(struct upstream *upstream);
/* The instances of `other` that belong to x's: those that agree on the keys that both have. */
bool upstream_instances(struct expand *x, const struct def_line *at, const struct decl *other,
	struct upstream *out);

/* expand_each.c */
bool expand_each(struct loader *loader, struct decl *decl);
void each_add_name(const struct decl *decl, uint32_t nth, struct buf *out);
const char *each_value(const struct decl *decl, uint32_t nth, const char *key, size_t len);
void each_free(struct loader *loader);

/* expand_path.c */
/* The normalised form, relative to the root where it lies under it, else absolute. A relative path is
 * relative to `base`, which itself is relative to the root ("": the root). */
void expand_path(struct loader *loader, const char *base, const char *path, struct buf *out);
bool path_is_outside(const char *path);    /* of the root: absolute, as expand_path gives it */
bool path_has_long_name(const char *path); /* a component of over 255 bytes */

/* expand_output.c: the outputs and intermediates of all instances of the stage in scope. */
void expand_outputs(struct loader *loader, struct decl *decl);
void expand_depfile(struct expand *x, struct stage *stage);

/* expand_glob.c */
/* What matches on disk, once for each pattern; a source of the graph. */
bool expand_glob(struct expand *x, const struct def_line *at, const char *pattern,
	struct path_list *out);
/* The same, and what stages make that matches. The list is in the arena. */
bool expand_glob_made(struct expand *x, const struct def_line *at, const char *pattern,
	struct path_list *out);
/* "a[1].txt" is a file's name as well as a pattern that does not match it: where there is such a file, it is
 * meant. A pattern that matches the file too (a file called "*") stays a pattern. */
bool expand_is_literal(struct loader *loader, const char *text);
/* Does a normalised path match? As fs_glob: by component, ** for any depth, dots must be given. */
bool glob_matches(const char *pattern, const char *path);

/* expand_probe.c: what is at a path: 'f', 'd', 'o', 'l' or '0'; a source of the graph. */
char expand_probe(struct loader *loader, const char *path);

/* expand_stage.c: everything else of all stages, into the build. */
void expand_stages(struct loader *loader);
/* Does the instance use that file already, and did the label at slot name it last? */
bool is_used(const struct loader *loader, uint32_t file, uint32_t instance);
bool is_used_as(const struct loader *loader, uint32_t file, uint32_t instance, uint32_t slot);
void mark_used(struct loader *loader, uint32_t file, uint32_t instance, uint32_t slot);

/* expand_label.c: the graph's label for a label of the scope. */
uint32_t expand_label(struct expand *x, uint32_t slot, bool is_dir);
/* yes or no of an attribute of a label. */
bool label_is(struct expand *x, uint32_t slot, const char *attr, bool otherwise);

/* expand_input.c: builds the uses of the declared inputs; returns their number. */
uint32_t expand_inputs(struct expand *x);

/* expand_command.c: fills the command and its key, and builds the uses of the inputs that are found in
 * it; returns their number. */
uint32_t expand_command(struct expand *x, struct stage *stage);
/* A command of a stage that names no files (a version command), quoted. */
bool expand_command_line(struct expand *x, const struct def_line *line, struct buf *out);

/* expand_settings.c */
uint32_t expand_settings(struct expand *x);
bool expand_bool(struct expand *x, enum def_kind kind, bool otherwise);
/* Words split at commas and blanks; calls word for each. */
void expand_words(struct expand *x, const struct def_line *line,
	void (*word)(struct expand *x, const struct def_line *line, const char *text));

#endif
