/* A graph with what is known about its stages, for drawing, and what draws it. */
#ifndef VIEW_GRAPH_VIEW_H
#define VIEW_GRAPH_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "model/graph/graph.h"
#include "view/words/words.h"

struct listener;

/* All arrays are indexed by stage, borrowed, and may be NULL. */
struct graph_view {
	const struct graph *graph;
	const uint8_t *state;         /* enum view_state; NULL: STATE_UNKNOWN */
	const double *seconds;        /* how long it took; negative: not known */
	const bool *on_critical_path; /* see graph_view_critical */
	const bool *include;          /* NULL: all */
	const uint32_t *rank;         /* see graph_view_rank; for JSON */
	bool with_files;              /* files as nodes of their own */
	bool with_programs;           /* also programs that commands name */
	bool with_instances; /* also draw the instances of a foreach that has more than GRAPH_FEW */
};

#define GRAPH_FEW 12 /* a foreach with more instances is drawn as one node with their number */

/* on[stage] = is it on the longest path by seconds (unknown ones count nothing)? All false where no
 * duration is known. */
void graph_view_critical(const struct graph *graph, const double *seconds, bool *on);
/* rank[stage] = how many stages come before it on the longest way to it. */
void graph_view_rank(const struct graph *graph, uint32_t *rank);
/* Fills in what a plan tells: state, seconds and on_critical_path, in the arena. */
void graph_view_from_plan(const struct plan *plan, struct arena *arena, struct graph_view *view);

/* What is drawn as one node: a stage, or all the instances of a foreach. */
struct graph_group {
	uint32_t first, end; /* its stages lie from first to before end, as group_of has them */
	uint32_t count;      /* how many; 1: a node of its own */
	uint32_t cluster;    /* the cluster it is drawn in, NONE: none */
	uint32_t states[STATE_COUNT]; /* how many of its stages are in each */
	double seconds;               /* sum of what is known; negative: nothing is */
	bool is_critical;             /* one of its stages is on the critical path ... */
	uint32_t critical_before;     /* ... and this group comes before it there; NONE: none */
};

struct graph_cluster {
	uint32_t decl;         /* text of the foreach stage's name */
	uint32_t first, count; /* of groups, which lie together */
};

/* How the stages are put together for drawing. Groups in order of definition. */
struct graph_layout {
	struct graph_group *groups;
	struct graph_cluster *clusters;
	uint32_t *group_of; /* by stage; NONE: not included */
	uint32_t group_count, cluster_count;
};

void graph_layout_make(const struct graph_view *view, struct graph_layout *out);
void graph_layout_free(struct graph_layout *layout);
/* One stage (or all of a foreach) by its name: "asr/ep1", or "asr" for all of them. */
const char *graph_group_name(const struct graph *graph, const struct graph_group *group);
/* What stands behind a group's name in its label: " × 30", then on lines of their own, each behind
 * `line_end`, its states and its duration, as far as there are any. */
void graph_group_note(struct buf *out, const struct graph_group *group, const char *line_end);
/* A file's path for a label: without the job's directory where it lies below. Borrowed. */
const char *graph_file_label(const struct graph *graph, uint32_t file);
/* The state that stands for a group: the one that most needs attention. */
enum view_state graph_group_state(const struct graph_group *group);
/* Calls edge(ctx, from, to) for each pair of groups with an edge between them, once, in order of
 * `to`, then `from`. */
void graph_layout_edges(const struct graph_view *view, const struct graph_layout *layout,
	void (*edge)(void *ctx, uint32_t from, uint32_t to), void *ctx);

/* graph_files.c: files as nodes of a drawing. Each file that an included stage uses, or, for a
 * foreach that is drawn as one node, one node for each label of its files. */
struct graph_file_node {
	uint32_t file;  /* the first */
	uint32_t count; /* of files */
	uint32_t label; /* text: of the first */
	uint32_t group; /* the foreach whose files these are; NONE: this is one file by itself */
	bool is_source; /* made by no stage */
	bool is_intermediate;
};

struct graph_files {
	struct graph_file_node *nodes; /* in the order in which stages name them */
	uint32_t *node_of;             /* by file; NONE: not drawn */
	uint32_t count;
};

/* What connects a file with a group, each once. */
typedef void graph_file_edge(void *ctx, uint32_t node, uint32_t group, bool is_input);

void graph_files_make(
	const struct graph_view *view, const struct graph_layout *layout, struct graph_files *out);
void graph_files_free(struct graph_files *files);
/* In order of definition of the groups. */
void graph_files_edges(const struct graph_view *view, const struct graph_layout *layout,
	const struct graph_files *files, graph_file_edge *edge, void *ctx);
/* Edges between groups that no file stands for (`after`), in order of `to`. */
void graph_files_orders(const struct graph_view *view, const struct graph_layout *layout,
	void (*edge)(void *ctx, uint32_t from, uint32_t to), void *ctx);

/* The writers append the view in a form of theirs; the same view gives the same bytes. Graphviz
 * text; a Mermaid flowchart, without the Markdown fence; and one JSON document with a newline,
 * schema restage.graph/1 (described in graph_json.c), where a foreach is never put together. */
void graph_dot(struct buf *out, const struct graph_view *view);
void graph_mermaid(struct buf *out, const struct graph_view *view);
void graph_json(struct buf *out, const struct graph_view *view);

/* A listener that draws graph.dot in the job's directory again in every run that ran something.
 * Never NULL; to be put in the run's list. */
struct listener *graph_file_new(void);

#endif
