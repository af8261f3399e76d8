/* A path in a command that no parser of words takes for a file (inside quotes, behind a '=', in a
 * here-document) may still be one that another stage makes. */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/map.h"
#include "base/path.h"
#include "base/text.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"
#include "model/graph/missing.h"
#include "model/graph/reads.h"
#include "model/load/lint.h"

#define NOT_IN_PATHS " \t\n\"'`$;|&()<>{}=,:*?[]\\"

struct search {
	const struct graph *graph;
	struct diags *diags;
	struct map files, dirs; /* what stages make -> file; directories of stages -> stage */
	struct arena arena;
	uint32_t stage;
	bool *needs; /* of the stage; NULL: not asked yet */
};

#define FROM_ROOT "\1/" /* stands in front of a path from the root */

/* The template with places filled in as paths from the root; other values are nothing. */
static void fill_in(const struct graph *graph, const char *text, struct buf *out)
{
	static const char root[] = "{{root}}/", job[] = "{{job.dir}}";

	while (*text) {
		if (text_starts(text, root)) {
			text += strlen(root);
			buf_str(out, FROM_ROOT);
		} else if (text_starts(text, job)) {
			text += strlen(job);
			buf_fmt(out, FROM_ROOT "%s", graph_text(graph, graph->job_dir));
		} else {
			buf_char(out, *text++);
		}
	}
}

/* A stage that makes it, or a directory in which it lies; NONE. *file: what it makes, NONE where
 * it only lies in the stage's directory. */
static uint32_t maker_of(struct search *search, const char *path, uint32_t *file)
{
	for (;; path = path_dir(&search->arena, path)) {
		*file = map_get(&search->files, path);
		if (*file != NONE)
			return search->graph->files[*file].producer;
		uint32_t stage = map_get(&search->dirs, path);
		if (stage != NONE || !strchr(path, '/'))
			return stage;
	}
}

static void look_at_path(struct search *search, const char *path)
{
	const struct graph *graph = search->graph;
	const struct stage *s = &graph->stages[search->stage];
	const struct source *source = &graph->sources[s->source];
	uint32_t file, maker;

	if (*path == '/')
		path = path_below(graph_text(graph, graph->root), path);
	maker = path ? maker_of(search, path, &file) : NONE;
	if (maker == NONE)
		return;
	if (!search->needs) {
		search->needs = arena_alloc(&search->arena, graph->stage_count);
		missing_mark_needs(graph, search->stage, search->needs);
	}
	if (search->needs[maker])
		return;
	search->needs[maker] = true;
	diag_warn(search->diags, graph_text(graph, source->name), s->line,
		"stage '%s': the command names '%s', which stage %s makes, but the stage does not "
		"depend on it: %s",
		graph_text(graph, s->decl), path, stage_name(graph, maker),
		missing_advice(&search->arena, graph, search->stage, maker, file));
}

/* Where the words of the command count from. */
static const char *base_of(struct search *search)
{
	const struct graph *graph = search->graph;
	const char *dir = stage_run_dir(graph, search->stage);

	if (stage_runs_in_work(graph, search->stage))
		dir = stage_work_dir(
			&search->arena, graph_text(graph, graph->stages[search->stage].dir), true);
	return dir ? dir : ".";
}

static void look_at_command(struct search *search)
{
	const struct graph *graph = search->graph;
	const char *base = base_of(search);
	struct buf text BUF_LOCAL = {0};

	fill_in(graph, graph_text(graph, graph->stages[search->stage].command), &text);
	for (const char *at = buf_text(&text); *at;) {
		bool is_from_root = text_starts(at, FROM_ROOT);
		at += is_from_root ? strlen(FROM_ROOT) : 0;
		size_t len = strcspn(at, NOT_IN_PATHS "\1");
		if (len && (is_from_root || memchr(at, '/', len)))
			look_at_path(search, path_join(&search->arena, is_from_root ? "." : base,
						     arena_strndup(&search->arena, at, len)));
		at += len + (at[len] != '\0' && !text_starts(at + len, FROM_ROOT));
	}
	arena_reset(&search->arena);
	search->needs = NULL;
}

/* A temporary output that nobody reads is kept. */
static void look_at_temporary(const struct graph *graph, uint32_t stage, struct diags *diags)
{
	const struct stage *s = &graph->stages[stage];

	for (uint32_t i = s->input_count; i < s->input_count + s->output_count; i++) {
		const struct use *use = &graph->uses[s->first_use + i];
		const struct label *label = &graph->labels[use->label];
		if ((label->flags & LABEL_TEMPORARY) && !reads_may(graph, stage, use->file))
			diag_warn(diags, graph_text(graph, graph->sources[s->source].name), s->line,
				"stage '%s': 'output.%s' is temporary, but no stage reads it: it "
				"is kept",
				stage_name(graph, stage), graph_text(graph, label->name));
	}
}

void lint_edges(const struct graph *graph, struct diags *diags)
{
	struct search search = {.graph = graph, .diags = diags};

	for (uint32_t i = 0; i < graph->file_count; i++) {
		if (graph->files[i].producer != NONE)
			map_put(&search.files, file_path(graph, i), i);
	}
	for (uint32_t i = 0; i < graph->stage_count; i++)
		map_put(&search.dirs, graph_text(graph, graph->stages[i].dir), i);
	for (search.stage = 0; search.stage < graph->stage_count; search.stage++) {
		/* what all instances lack is told once */
		if (search.stage == 0 ||
			graph->stages[search.stage].decl != graph->stages[search.stage - 1].decl) {
			look_at_command(&search);
			look_at_temporary(graph, search.stage, diags);
		}
	}
	map_free(&search.files);
	map_free(&search.dirs);
	arena_free(&search.arena);
}
