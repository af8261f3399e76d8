/* Graphviz text, made to be read by people too:
 *
 *	digraph "subtitles" {
 *		"demux" [label="demux\nup to date, 4.2s", ...];
 *		"demux" -> "asr";
 *	}
 *
 * Nodes stand in order of definition; a stage's id is its name, a foreach drawn as one node has the
 * name of its section, and a file's id is its path behind "file:". In a quoted id only '"' needs an
 * escape for the lexer, but a backslash is doubled as well, so that no name can end in half an
 * escape; a control byte or a byte that is no UTF-8 is written as \xNN with one backslash, which no
 * other name can yield. Labels are escStrings, in which "\\" is a backslash, "\n" ends a line, and
 * "&amp;" is an '&'. */
#include "view/graph/graph_view.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "view/words/words.h"

#define LABEL_COLUMNS 48

#define STYLE_0 ""
#define STYLE_2 ",dotted"
#define STYLE_4 ",dashed"
#define LOOK(state, name, text, tone, fill, line, letters, dashes) \
	[STATE_##state] = "style=\"rounded,filled" STYLE_##dashes \
		"\", fillcolor=\"" fill "\", color=\"" line "\", fontcolor=\"" letters "\"",

static const char *const looks[STATE_COUNT] = {VIEW_STATES(LOOK)};

/* Bytes at the beginning that stand for themselves in ids and in labels. */
static size_t simple_len(const char *text, size_t len)
{
	size_t plain = text_plain_len(text, len);
	size_t i = 0;

	while (i < plain && text[i] != '"' && text[i] != '\\' && text[i] != '&')
		i++;
	return i;
}

/* The inside of a quoted id. */
static void add_id(struct buf *out, const char *text)
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t left = strlen(text), step;

	for (; left; bytes += step, left -= step) {
		step = simple_len((const char *)bytes, left);
		if (step) {
			buf_add(out, bytes, step);
			continue;
		}
		step = text_utf8_len(bytes, left);
		if (*bytes == '"' || *bytes == '\\') {
			buf_char(out, '\\');
			buf_char(out, (char)*bytes);
		} else if (!step || *bytes < 0x20 || *bytes == 0x7f) {
			buf_fmt(out, "\\x%02x", *bytes);
			step = 1;
		} else {
			buf_add(out, bytes, step);
		}
	}
}

/* The inside of a quoted label: one line of it, cut if it is long. Graphviz reads HTML entities
 * there. */
static void add_label(struct buf *out, const char *text)
{
	static const char *const escaped[] = {"&amp;", "\\\"", "\\\\"};
	struct buf printable BUF_LOCAL = {0}, cut BUF_LOCAL = {0};
	size_t len = strlen(text);

	if (len <= LABEL_COLUMNS && simple_len(text, len) == len) {
		buf_add(out, text, len);
		return;
	}
	style_text(&printable, text);
	width_cut(&cut, buf_text(&printable), printable.len, LABEL_COLUMNS);
	text_add_replaced(out, buf_text(&cut), "&\"\\", escaped);
}

struct drawing {
	struct buf *out;
	const struct graph_view *view;
	struct graph_layout layout;
	struct graph_files files;
};

static void add_group_id(struct drawing *drawing, uint32_t group)
{
	buf_char(drawing->out, '"');
	add_id(drawing->out,
		graph_group_name(drawing->view->graph, &drawing->layout.groups[group]));
	buf_char(drawing->out, '"');
}

static void add_group_label(struct drawing *drawing, const struct graph_group *group)
{
	add_label(drawing->out, graph_group_name(drawing->view->graph, group));
	graph_group_note(drawing->out, group, "\\n");
}

static void add_group(struct drawing *drawing, uint32_t g, const char *indent)
{
	const struct graph_group *group = &drawing->layout.groups[g];
	struct buf *out = drawing->out;

	buf_str(out, indent);
	add_group_id(drawing, g);
	buf_str(out, " [label=\"");
	add_group_label(drawing, group);
	buf_str(out, "\", ");
	buf_str(out, looks[graph_group_state(group)]);
	if (group->count > 1)
		buf_str(out, ", peripheries=2");
	if (group->is_critical)
		buf_str(out, ", penwidth=2.5");
	buf_str(out, "];\n");
}

static void add_cluster(struct drawing *drawing, uint32_t c)
{
	const struct graph_cluster *cluster = &drawing->layout.clusters[c];
	struct buf *out = drawing->out;

	buf_str(out, "\tsubgraph \"cluster_");
	add_id(out, graph_text(drawing->view->graph, cluster->decl));
	buf_str(out, "\" {\n\t\tlabel=\"");
	add_label(out, graph_text(drawing->view->graph, cluster->decl));
	buf_fmt(out, " × %u\";\n", cluster->count);
	for (uint32_t i = 0; i < cluster->count; i++)
		add_group(drawing, cluster->first + i, "\t\t");
	buf_str(out, "\t}\n");
}

static void add_edge(void *ctx, uint32_t from, uint32_t to)
{
	struct drawing *drawing = ctx;
	const struct graph_group *group = &drawing->layout.groups[to];

	buf_char(drawing->out, '\t');
	add_group_id(drawing, from);
	buf_str(drawing->out, " -> ");
	add_group_id(drawing, to);
	if (group->is_critical && group->critical_before == from)
		buf_str(drawing->out, " [penwidth=2.5, color=\"#202124\"]");
	buf_str(drawing->out, ";\n");
}

static void add_order(void *ctx, uint32_t from, uint32_t to)
{
	struct drawing *drawing = ctx;

	buf_char(drawing->out, '\t');
	add_group_id(drawing, from);
	buf_str(drawing->out, " -> ");
	add_group_id(drawing, to);
	buf_str(drawing->out, " [style=dashed];\n");
}

static void add_file_id(struct drawing *drawing, const struct graph_file_node *node)
{
	const struct graph *graph = drawing->view->graph;
	struct buf *out = drawing->out;

	if (node->group == NONE) {
		buf_str(out, "\"file:");
		add_id(out, file_path(graph, node->file));
	} else {
		buf_str(out, "\"files:");
		add_id(out, graph_group_name(graph, &drawing->layout.groups[node->group]));
		if (node->is_source)
			buf_str(out, ":input.");
		else
			buf_str(out, node->is_intermediate ? ":intermediate." : ":output.");
		add_id(out, graph_text(graph, node->label));
	}
	buf_char(out, '"');
}

static void add_file(struct drawing *drawing, const struct graph_file_node *node)
{
	const struct graph *graph = drawing->view->graph;
	struct buf *out = drawing->out;

	buf_char(out, '\t');
	add_file_id(drawing, node);
	buf_str(out, " [shape=note, label=\"");
	if (node->group == NONE) {
		add_label(out, graph_file_label(graph, node->file));
	} else {
		add_label(out, graph_text(graph, node->label));
		buf_fmt(out, " × %u", node->count);
	}
	buf_fmt(out, "\", style=\"filled%s\", fillcolor=\"%s\", color=\"#80868b\", fontsize=9];\n",
		node->is_intermediate ? ",dashed" : "", node->is_source ? "#e8f0fe" : "#ffffff");
}

static void add_file_edge(void *ctx, uint32_t node, uint32_t group, bool is_input)
{
	struct drawing *drawing = ctx;

	buf_char(drawing->out, '\t');
	if (is_input) {
		add_file_id(drawing, &drawing->files.nodes[node]);
		buf_str(drawing->out, " -> ");
		add_group_id(drawing, group);
	} else {
		add_group_id(drawing, group);
		buf_str(drawing->out, " -> ");
		add_file_id(drawing, &drawing->files.nodes[node]);
	}
	buf_str(drawing->out, ";\n");
}

static void add_nodes(struct drawing *drawing)
{
	const struct graph_layout *layout = &drawing->layout;

	for (uint32_t g = 0; g < layout->group_count; g++) {
		uint32_t c = layout->groups[g].cluster;

		if (c == NONE)
			add_group(drawing, g, "\t");
		else if (layout->clusters[c].first == g)
			add_cluster(drawing, c);
	}
}

void graph_dot(struct buf *out, const struct graph_view *view)
{
	struct drawing drawing = {.out = out, .view = view};

	graph_layout_make(view, &drawing.layout);
	buf_str(out, "digraph \"");
	add_id(out, graph_text(view->graph, view->graph->pipeline));
	buf_str(out,
		"\" {\n"
		"\tgraph [rankdir=LR, bgcolor=\"#ffffff\", fontname=\"Helvetica\", fontsize=11, "
		"nodesep=0.25, ranksep=0.4, color=\"#9aa0a6\", fontcolor=\"#5f6368\", "
		"style=rounded];\n"
		"\tnode [shape=box, fontname=\"Helvetica\", fontsize=11, margin=\"0.15,0.07\"];\n"
		"\tedge [color=\"#80868b\", arrowsize=0.7];\n");
	add_nodes(&drawing);
	if (view->with_files) {
		graph_files_make(view, &drawing.layout, &drawing.files);
		for (uint32_t i = 0; i < drawing.files.count; i++)
			add_file(&drawing, &drawing.files.nodes[i]);
		graph_files_edges(view, &drawing.layout, &drawing.files, add_file_edge, &drawing);
		graph_files_orders(view, &drawing.layout, add_order, &drawing);
		graph_files_free(&drawing.files);
	} else {
		graph_layout_edges(view, &drawing.layout, add_edge, &drawing);
	}
	buf_str(out, "}\n");
	graph_layout_free(&drawing.layout);
}
