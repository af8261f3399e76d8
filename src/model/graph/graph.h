/* The graph of one job: what the definition says, expanded and resolved.
 *
 * Flat arrays that nobody changes after build_finish(). Everything refers by number: a stage, file,
 * use or label is its index, a string is its offset in `text`, a list is a range (struct span) of
 * another array. So the whole graph can be written to disk and read back as it is (record/index).
 * What happens in a run lives elsewhere, in side arrays indexed by stage and file.
 *
 * Paths are relative to the root where they lie under it (the process stands in the root), else
 * absolute; normalised. */
#ifndef MODEL_GRAPH_H
#define MODEL_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/table.h"
#include "model/graph/settings.h"

struct span {
	uint32_t first, count;
};

/* A name and its value, both text offsets. */
struct pair {
	uint32_t name, value;
};

enum file_role {
	ROLE_INPUT,
	ROLE_OUTPUT,
	ROLE_INTERMEDIATE,
};

/* How a file came to be tracked: the manifest's `origin`. */
enum file_origin {
	ORIGIN_DECLARED, /* in the definition */
	ORIGIN_COMMAND,  /* named in the command and found under the root */
	ORIGIN_DEPFILE,  /* in the depfile that the command wrote */
	ORIGIN_REPORTED, /* by the stage itself, through StageIO */
};

/* What makes a tracked file count as changed: X(way, name, what of it counts). The first is the
 * usual one, and the only one for which content is read. record/judge/same.c compares by it. */
#define TRACKS(X) \
	X(CONTENT, "content", "its bytes") \
	X(TIME, "time", "its time") \
	X(EXISTS, "exists", "its existence")

#define TRACK_WAY(way, ...) TRACK_##way,
enum file_track {
	TRACKS(TRACK_WAY) TRACK_COUNT
};

struct track {
	const char *name, *counts;
};
extern const struct track tracks[TRACK_COUNT];

/* The way of that name; TRACK_COUNT if there is none. */
uint8_t track_parse(const char *name);
static inline bool track_reads(uint8_t track)
{
	return track == TRACK_CONTENT;
}

/* What was declared of a label (input.video, output.audio ...); instances share it where they
 * agree. */
struct label {
	uint32_t name;   /* "video"; of files found in the command their type */
	uint32_t type;   /* the manifest's `type`; the name unless declared otherwise */
	uint32_t reason; /* of an intermediate; 0 ("") if none */
	/* of an output: the command that prints what it is judged by where its stage's readers are
	 * concerned, a template with {{file}}; 0: its bytes */
	uint32_t view;
	struct span meta; /* pairs: custom metadata, values as written in the definition */
	uint8_t role;     /* enum file_role */
	uint8_t origin;   /* enum file_origin: declared or command */
	uint8_t track;    /* enum file_track */
	uint8_t flags;    /* LABEL_* */
};

#define LABEL_OPTIONAL 1u /* may be absent */
#define LABEL_UPDATE 2u   /* an output that is updated in place, at its final path */
#define LABEL_RETAINED 4u /* an intermediate that is kept after the stage (the default) */
#define LABEL_DIRECTORY \
	8u              /* an output declared with a trailing '/': made before the command runs */
#define LABEL_ELSE 16u  /* an input that is read where all others of its label are absent */
#define LABEL_CACHE 32u /* a retained intermediate that the next attempt is given again */
#define LABEL_TEMPORARY \
	64u /* an output that is removed when all that read it are up to date: see spent.h */

/* The type of programs, and what stands in identities for all files found in a command. */
#define LABEL_PROGRAM "program"

/* What of the flags is no part of the identity: what comes out is the same with it and without. */
#define LABEL_APART (LABEL_CACHE | LABEL_TEMPORARY)

struct file {
	uint32_t path;
	uint32_t producer; /* the stage of which it is an output or intermediate; NONE: a source */
	/* of a source that is a directory: what is declared to be left out of it. 0: the usual,
	 * see file_exclude. A path has a file for each such list. */
	uint32_t exclude;
};

/* One file in one role for one stage. The uses of a stage lie together: inputs (declared in the
 * order of the definition, then those found in the command), then outputs, then intermediates. */
struct use {
	uint32_t file;
	uint32_t label; /* index in labels */
};

/* A member for each row of settings.h; equal ones are stored once. */
struct settings {
	SETTINGS(SETTING_MEMBER)
	uint8_t flags; /* SET_* */
};

/* The parts of a stage's identity that the definition fixes. */
enum key_part {
	KEY_COMMAND, /* command template and shell */
	KEY_CONFIG,  /* config.X */
	KEY_ENV,     /* env.X and the names in pass_env (their values are added when judged) */
	KEY_INPUTS,  /* labels and files of the inputs, in order, free of places */
	/* labels and files of outputs and intermediates, track, optional, update, retained,
	 * depfile, dir */
	KEY_DEFINITION,
	KEY_STATIC_COUNT,
};

struct stage {
	uint32_t name;     /* unique: "asr", or "asr/ep1" for an instance */
	uint32_t decl;     /* "asr" */
	uint32_t instance; /* "ep1"; 0 ("") without foreach */
	/* what it is called in identities: by its values alone, without foreach.KEY.name; 0: the
	 * same */
	uint32_t plain;
	uint32_t dir;    /* "out/job/04_asr/ep1" */
	uint32_t number; /* place in the definition, from 1, or pinned */
	uint32_t description;
	/* The command as a template in which everything but files and places is filled in:
	 * placeholders left are input.L, output.L, intermediate.L (with filters), stage.dir,
	 * stage.number, job.dir, root. A literal "{{" stands as "{{{{". See command.h. */
	uint32_t command;
	uint32_t skip_reason; /* why it is not enabled; 0 ("") unless STAGE_DISABLED */
	uint32_t depfile;     /* path below the stage's directory, 0: none */
	uint32_t settings;    /* index in settings */
	uint32_t source;      /* index in sources: the file of its section ... */
	uint32_t line;        /* ... and the line of its header */
	uint32_t first_use;
	uint32_t input_count, output_count, intermediate_count;
	struct span needs;     /* edges: stages that must be settled before this one, ascending */
	struct span needed_by; /* edges: the inverse */
	struct span config;    /* pairs, in the order of the definition */
	struct span env;       /* pairs */
	struct span each;      /* pairs: this instance's foreach values */
	struct span versions;  /* pairs: tool, command */
	struct span lists;     /* that it makes */
	uint32_t lacks;        /* why what it reads cannot be there; 0 ("") if nothing is wrong */
	uint32_t flags;        /* STAGE_* */
	uint32_t key[KEY_STATIC_COUNT]; /* parts: what its identity consists of */
};

#define STAGE_DISABLED 1u
#define STAGE_TEMPORARY 2u /* has an output that is */
#define STAGE_GONE 4u      /* it was an instance: see grow.h */
#define STAGE_VIEWED 8u    /* has an output with a view */

/* A list of foreach that another stage makes, as it was known when the graph was built: an instance
 * for each of its names. A run compares it with what the stage has made once that is settled. */
struct made_list {
	uint32_t stage;   /* that makes it */
	uint32_t decl;    /* text: the stage whose instances it makes ... */
	uint32_t key;     /* text: ... by this key of its foreach */
	uint32_t path;    /* text: of the output */
	uint32_t pattern; /* text: of LIST_ENTRIES */
	uint8_t kind;     /* enum list_kind */
	uint8_t flags;    /* LIST_* */
	uint16_t zero;
	struct digest names; /* source_list_digest of them, if they are known */
};

enum list_kind {
	LIST_ENTRIES, /* what lies in a directory and matches a pattern */
	LIST_LINES,   /* of a file */
	LIST_BEFORE,  /* none of its own: the stage's list decides which stages make the list */
	LIST_KIND_COUNT,
};

#define LIST_KNOWN 1u
#define LIST_MAY_BE_EMPTY 2u
#define LIST_REFUSED 4u /* it is not known, since with it the definition has mistakes */

/* The one whose places are GPUs, each with an id. */
#define POOL_GPU "gpu"

/* What tells the drivers of each vendor which GPUs a program sees: their ids; and for HIP numbers
 * among those that ROCR_VISIBLE_DEVICES leaves, or it would take CUDA's for them. */
#define GPU_VARIABLES(X) X("CUDA_VISIBLE_DEVICES") X("ROCR_VISIBLE_DEVICES") X("ZE_AFFINITY_MASK")
#define GPU_VARIABLE_HIP "HIP_VISIBLE_DEVICES"

struct pool {
	uint32_t name;
	uint32_t capacity;
	uint32_t ids; /* of GPUs, with commas between; "": they are only counted */
};

/* Something that the graph was made from: while all of these are the same, so is the graph. */
enum source_kind {
	SOURCE_DEFINITION, /* an INI file; name is as the user named it, for messages */
	SOURCE_PARAMS,     /* a file of parameters, a sheet, a list of values */
	SOURCE_ENV,        /* a file of variables: read again whenever the graph is used */
	SOURCE_GLOB,       /* a pattern; digest of the list of matches */
	SOURCE_PROBE, /* a path that was asked for: digest of 'f', 'd', 'o', 'l' or '0' (missing) */
};

static inline bool source_is_file(enum source_kind kind)
{
	return kind <= SOURCE_ENV;
}

struct source {
	uint32_t name;
	uint32_t path;        /* relative to the root, or absolute */
	uint32_t kind;        /* enum source_kind */
	struct digest digest; /* of the content, or as said above */
};

struct graph {
	char *text; /* NUL-terminated strings; offset 0 is "" */
	struct stage *stages;
	struct file *files;
	struct use *uses;
	struct label *labels;
	struct settings *settings;
	struct pair *pairs;
	uint32_t *words; /* text offsets: tags, pass_env */
	uint32_t *edges; /* stage numbers */
	uint32_t *order; /* all stages, needs before what needs them; ties in order of definition */
	struct pool *pools;
	struct source *sources;
	struct made_list *lists; /* by the stage that makes them */
	struct digest *parts;    /* of identities; what follows its like is not stored again */
	uint32_t text_size, stage_count, file_count, use_count, label_count, settings_count,
		pair_count, word_count, edge_count, pool_count, source_count, list_count,
		part_count;

	uint32_t pipeline; /* [pipeline] name, or the INI file's stem */
	uint32_t description;
	uint32_t root;             /* absolute */
	uint32_t out;              /* "out" */
	uint32_t job;              /* name of the job */
	uint32_t job_dir;          /* "out/subtitles" */
	uint32_t keep_runs;        /* [pipeline] keep_runs as a number; 0: all */
	uint32_t keep_logs;        /* [pipeline] keep_logs: logs of a stage beside the last one */
	uint32_t keep_runs_s;      /* the same as an age in seconds; 0: of any age */
	uint32_t container_engine; /* [pipeline] container_engine; "": what there is */
	struct span params;        /* pairs: effective parameters, sorted by name */
	/* pairs: of a parameter whose value in a file is hidden by -p or by what the job remembers,
	 * "FILE has VALUE" */
	struct span hidden;
	struct span prices; /* pairs: [prices] as written */
	struct span cache;  /* pairs: [cache] as written (cache_settings.h) */
	/* [pipeline] budget: what a run may cost; 0: anything */
	double budget;
	uint32_t executor; /* [pipeline] executor; "": none was said */
	struct span slurm; /* pairs: what [slurm] says that is no setting of stages: SLURM_KEYS */
	uint32_t budget_currency; /* "": none was said */
	struct span empty; /* words: stages whose foreach has no values: they have no instances */

	/* owned: all arrays lie in it (a graph that was read back); NULL: each is its own */
	void *block;
};

/* The names of prices: X(name, unit of what is paid). */
#define GRAPH_PRICES(X) \
	X("cpu_hour", "h") \
	X("memory_gb_hour", "GB h") \
	X("gpu_hour", "h") \
	X("stage_hour", "h")

/* X(array, its count). */
#define GRAPH_ARRAYS(X) \
	X(text, text_size) \
	X(stages, stage_count) \
	X(files, file_count) \
	X(uses, use_count) \
	X(labels, label_count) \
	X(settings, settings_count) \
	X(pairs, pair_count) \
	X(words, word_count) \
	X(edges, edge_count) \
	X(order, stage_count) \
	X(pools, pool_count) \
	X(sources, source_count) \
	X(lists, list_count) \
	X(parts, part_count)

static inline const char *graph_text(const struct graph *graph, uint32_t offset)
{
	return graph->text + offset;
}

static inline const char *stage_name(const struct graph *graph, uint32_t stage)
{
	return graph->text + graph->stages[stage].name;
}

static inline const char *file_path(const struct graph *graph, uint32_t file)
{
	return graph->text + graph->files[file].path;
}

/* The view of the output, NULL if it has none. */
const char *file_view(const struct graph *graph, uint32_t file);
/* The view that prints nothing, whatever the file: nobody is to be judged by it. */
#define VIEW_NEVER "true"

/* What is left out of it, should it be a directory (base/exclude.h); NULL: nothing. What a stage
 * makes counts whole. */
const char *file_exclude(const struct graph *graph, uint32_t file);

static inline const struct digest *stage_key(
	const struct graph *graph, const struct stage *stage, enum key_part part)
{
	return &graph->parts[stage->key[part]];
}

static inline const struct settings *stage_settings(const struct graph *graph, uint32_t stage)
{
	return &graph->settings[graph->stages[stage].settings];
}

/* What settings.dir says of stages that run in their work directory; the directory of that name
 * stands there as "./work". */
#define DIR_WORK "work"

bool stage_runs_in_work(const struct graph *graph, uint32_t stage);
/* The directory below the root in which the stage's command runs; NULL: the root, or its work
 * directory. */
const char *stage_run_dir(const struct graph *graph, uint32_t stage);

/* The image in whose container the stage's commands run; NULL: in none. A path is absolute, or
 * counts from the root. */
const char *stage_container(const struct graph *graph, uint32_t stage);
/* The name of a reference among the stage's versions, and of a path among its inputs. */
#define LABEL_CONTAINER "container"

/* Is it a program that was found in a command, and that no stage makes? Such are many, and seldom
 * of interest. */
bool graph_is_tool(const struct graph *graph, const struct use *use);

/* Number of uses of a stage, all roles. */
static inline uint32_t stage_use_count(const struct stage *stage)
{
	return stage->input_count + stage->output_count + stage->intermediate_count;
}

void graph_free(struct graph *graph); /* NULL is fine */

/* The stage of that name ("asr", "asr/ep1"), NONE if there is none. Linear. */
uint32_t graph_find_stage(const struct graph *graph, const char *name);
/* The file of that path (normalised, relative to the root), NONE if no stage uses it. Linear. */
uint32_t graph_find_file(const struct graph *graph, const char *path);
/* The pool of that name, NULL if there is none. */
const struct pool *graph_pool(const struct graph *graph, const char *name);
struct buf;
/* Appends the ids of the first `count` GPUs as the definition has them, with commas between. */
void graph_gpus(const struct graph *graph, uint32_t count, struct buf *out);
/* The value of the pair of that name, NULL if there is none. Linear. */
const char *graph_pair(const struct graph *graph, struct span span, const char *name);

/* Does a stage that this one needs make a directory around the file, or something in it? */
bool graph_makes_around(const struct graph *graph, uint32_t stage, uint32_t file);

/* Is the path that of an intermediate which the stage keeps? */
bool graph_keeps(const struct graph *graph, uint32_t stage, const char *path);

/* A file's name free of places, so that a moved, renamed or renumbered job means the same files:
 * "stage-decl/instance/rest" behind "@" for what lies in a stage's directory of this job, the path
 * otherwise. Borrowed from the graph or put in scratch (size bytes given). Used for KEY_INPUTS. */
void graph_file_identity(const struct graph *graph, uint32_t file, struct buf *out);
/* The part of that digest: `like`, the stage before's, if it is the same, or a new one, for which
 * there is room. */
uint32_t graph_part(struct graph *graph, uint32_t like, const struct digest *digest);
/* Makes KEY_INPUTS and KEY_DEFINITION of all stages, behind the parts that there are, for which
 * there is room: up to GRAPH_KEYS_PARTS in all. */
#define GRAPH_KEYS_PARTS(graph) ((graph)->part_count + 2 * (size_t)(graph)->stage_count)
void graph_keys(struct graph *graph);

/* Longest path: for each stage seconds[stage] plus the largest sum over what needs it. */
void graph_remaining(const struct graph *graph, const double *seconds, double *remaining);
/* The stages on the longest path by seconds, first to last; returns their number. path holds
 * stage_count. */
uint32_t graph_critical_path(const struct graph *graph, const double *seconds, uint32_t *path);

#endif
