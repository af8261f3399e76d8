/* Mermaid flowchart: ids are s<stage number> and f<file number> (names could be words of its
 * language), labels are quoted, and every character in them that is no letter, digit, blank or
 * harmless mark stands as an entity code ("#35;" for '#'), so that no name can end a label or start
 * Markdown or HTML. */
#include "view/graph/graph_view.h"

#include <string.h>

#include "base/buf.h"
#include "view/words/words.h"

#define DASHES_0 ""
#define DASHES_2 ",stroke-dasharray:2"
#define DASHES_4 ",stroke-dasharray:4"
#define LOOK(state, name, text, tone, fill, line, letters, dashes) \
	[STATE_##state] = "fill:" fill ",stroke:" line ",color:" letters DASHES_##dashes,

static const char *const looks[STATE_COUNT] = {VIEW_STATES(LOOK)};

struct drawing {
	struct buf *out;
	const struct graph_view *view;
	struct graph_layout layout;
	struct graph_files files;
	struct buf bold; /* numbers of the edges of the critical path */
	uint32_t edge_count;
	bool used[STATE_COUNT];
};

static bool is_harmless(unsigned char c, unsigned char next)
{
	if (next == ' ' && (c == '.' || c == '-' || c == '+'))
		return false; /* "1. " and "- " would begin a list */
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c >= 0x80 || (c && strchr(" ./-,:+=@", c));
}

static void add_label(struct buf *out, const char *text)
{
	struct buf printable BUF_LOCAL = {0};
	const unsigned char *bytes;

	style_text(&printable, text);
	bytes = (const unsigned char *)buf_text(&printable);
	for (size_t i = 0; i < printable.len; i++) {
		if (is_harmless(bytes[i], bytes[i + 1]))
			buf_char(out, (char)bytes[i]);
		else
			buf_fmt(out, "#%u;", bytes[i]);
	}
}

static void add_group(struct drawing *drawing, uint32_t g, const char *indent)
{
	const struct graph_group *group = &drawing->layout.groups[g];
	enum view_state state = graph_group_state(group);
	struct buf *out = drawing->out;

	drawing->used[state] = true;
	buf_fmt(out, "%ss%u[\"", indent, group->first);
	add_label(out, graph_group_name(drawing->view->graph, group));
	graph_group_note(out, group, "<br/>");
	buf_fmt(out, "\"]:::%s\n", state_looks[state].name);
	if (group->is_critical)
		buf_fmt(out, "%sstyle s%u stroke-width:3px\n", indent, group->first);
}

static void add_cluster(struct drawing *drawing, uint32_t c)
{
	const struct graph_cluster *cluster = &drawing->layout.clusters[c];

	buf_fmt(drawing->out, "\tsubgraph c%u[\"", c);
	add_label(drawing->out, graph_text(drawing->view->graph, cluster->decl));
	buf_fmt(drawing->out, " × %u\"]\n", cluster->count);
	for (uint32_t i = 0; i < cluster->count; i++)
		add_group(drawing, cluster->first + i, "\t\t");
	buf_str(drawing->out, "\tend\n");
}

static void add_edge(void *ctx, uint32_t from, uint32_t to)
{
	struct drawing *drawing = ctx;
	const struct graph_group *groups = drawing->layout.groups;

	buf_fmt(drawing->out, "\ts%u --> s%u\n", groups[from].first, groups[to].first);
	if (groups[to].is_critical && groups[to].critical_before == from)
		buf_fmt(&drawing->bold, "%s%u", drawing->bold.len ? "," : "", drawing->edge_count);
	drawing->edge_count++;
}

static void add_order(void *ctx, uint32_t from, uint32_t to)
{
	struct drawing *drawing = ctx;

	buf_fmt(drawing->out, "\ts%u -.-> s%u\n", drawing->layout.groups[from].first,
		drawing->layout.groups[to].first);
}

static void add_file(struct drawing *drawing, const struct graph_file_node *node)
{
	const struct graph *graph = drawing->view->graph;

	buf_fmt(drawing->out, "\tf%u(\"", node->file);
	if (node->group == NONE) {
		add_label(drawing->out, graph_file_label(graph, node->file));
	} else {
		add_label(drawing->out, graph_text(graph, node->label));
		buf_fmt(drawing->out, " × %u", node->count);
	}
	buf_str(drawing->out, "\"):::file\n");
}

static void add_file_edge(void *ctx, uint32_t node, uint32_t group, bool is_input)
{
	struct drawing *drawing = ctx;
	uint32_t file = drawing->files.nodes[node].file;
	uint32_t stage = drawing->layout.groups[group].first;

	if (is_input)
		buf_fmt(drawing->out, "\tf%u --> s%u\n", file, stage);
	else
		buf_fmt(drawing->out, "\ts%u --> f%u\n", stage, file);
}

static void add_all_files(struct drawing *drawing)
{
	graph_files_make(drawing->view, &drawing->layout, &drawing->files);
	for (uint32_t i = 0; i < drawing->files.count; i++)
		add_file(drawing, &drawing->files.nodes[i]);
	graph_files_edges(drawing->view, &drawing->layout, &drawing->files, add_file_edge, drawing);
	graph_files_orders(drawing->view, &drawing->layout, add_order, drawing);
	graph_files_free(&drawing->files);
	buf_str(drawing->out, "\tclassDef file fill:#ffffff,stroke:#80868b,color:#202124\n");
}

static void add_classes(const struct drawing *drawing)
{
	for (int i = 0; i < STATE_COUNT; i++) {
		if (drawing->used[i])
			buf_fmt(drawing->out, "\tclassDef %s %s\n", state_looks[i].name, looks[i]);
	}
}

void graph_mermaid(struct buf *out, const struct graph_view *view)
{
	struct drawing drawing = {.out = out, .view = view};

	graph_layout_make(view, &drawing.layout);
	buf_str(out, "flowchart LR\n");
	for (uint32_t g = 0; g < drawing.layout.group_count; g++) {
		uint32_t c = drawing.layout.groups[g].cluster;

		if (c == NONE)
			add_group(&drawing, g, "\t");
		else if (drawing.layout.clusters[c].first == g)
			add_cluster(&drawing, c);
	}
	if (view->with_files)
		add_all_files(&drawing);
	else
		graph_layout_edges(view, &drawing.layout, add_edge, &drawing);
	if (drawing.bold.len)
		buf_fmt(out, "\tlinkStyle %s stroke-width:3px\n", buf_text(&drawing.bold));
	add_classes(&drawing);
	buf_free(&drawing.bold);
	graph_layout_free(&drawing.layout);
}
