/* Small graphs for tests, a stage at a time: name, then its inputs, outputs and intermediates.
 * Places are as in a job "j" of "out" below the root "/r". */
#ifndef MODEL_SAMPLE_H
#define MODEL_SAMPLE_H

/* cmocka wants these four first */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/diag.h"
#include "model/command/command.h"
#include "model/graph/build.h"

struct sample {
	struct build build;
	struct diags diags;
	struct settings settings; /* of the next stages */
	uint32_t stage;           /* the last one */
	uint32_t number;
	char dir[128];       /* its directory */
	const char *job_dir; /* set it before the first stage */
	struct graph *graph; /* after sample_finish */
	struct buf text;     /* the mistakes, after sample_finish */
};

static inline void sample_start(struct sample *s)
{
	*s = (struct sample){.settings = {.threads = 1, .max_age_ms = -1}, .job_dir = "out/j"};
	build_init(&s->build);
	build_source(&s->build, SOURCE_DEFINITION, "a.ini", "a.ini", NULL);
}

static inline struct stage *sample_at(struct sample *s)
{
	return &s->build.graph->stages[s->stage];
}

/* "asr" or, as an instance, "asr/ep1". Its line is ten times its number. */
static inline void sample_stage(struct sample *s, const char *name, const char *command)
{
	const char *slash = strchr(name, '/');
	size_t len = slash ? (size_t)(slash - name) : strlen(name);
	struct stage stage = {0};

	s->number++;
	snprintf(s->dir, sizeof s->dir, "%s/%02u_%s", s->job_dir, s->number, name);
	stage.name = build_text(&s->build, name);
	stage.decl = build_textn(&s->build, name, len);
	stage.instance = build_text(&s->build, slash ? slash + 1 : "");
	stage.dir = build_text(&s->build, s->dir);
	stage.command = build_text(&s->build, command);
	stage.number = s->number;
	stage.line = 10 * s->number;
	stage.settings = build_settings(&s->build, &s->settings);
	stage.first_use = s->build.graph->use_count;
	s->stage = build_stage(&s->build, &stage);
}

static inline struct label sample_label(struct sample *s, const char *name, enum file_role role)
{
	uint32_t text = build_text(&s->build, name);

	return (struct label){.name = text, .type = text, .role = (uint8_t)role};
}

static inline void sample_use(struct sample *s, const struct label *label, const char *path)
{
	build_use(&s->build, build_file(&s->build, path), build_label(&s->build, label));
	if (label->role == ROLE_INPUT)
		sample_at(s)->input_count++;
	else if (label->role == ROLE_OUTPUT)
		sample_at(s)->output_count++;
	else
		sample_at(s)->intermediate_count++;
}

static inline void sample_in(struct sample *s, const char *label, const char *path)
{
	struct label l = sample_label(s, label, ROLE_INPUT);

	sample_use(s, &l, path);
}

/* A file in the stage's directory. */
static inline void sample_out(struct sample *s, const char *label, const char *name)
{
	struct label l = sample_label(s, label, ROLE_OUTPUT);
	char path[512];

	snprintf(path, sizeof path, "%s/%s", s->dir, name);
	sample_use(s, &l, path);
}

/* A file elsewhere below the root. */
static inline void sample_out_at(struct sample *s, const char *label, const char *path)
{
	struct label l = sample_label(s, label, ROLE_OUTPUT);

	sample_use(s, &l, path);
}

static inline void sample_finish(struct sample *s)
{
	struct graph *graph = s->build.graph;

	graph->root = build_text(&s->build, "/r");
	graph->out = build_text(&s->build, "out");
	graph->job = build_text(&s->build, "j");
	graph->job_dir = build_text(&s->build, s->job_dir);
	build_edges(&s->build, &s->diags);
	command_mistakes(s->build.graph, &s->diags);
	s->graph = build_finish(&s->build, &s->diags);
	diag_print(&s->diags, &s->text);
}

static inline void sample_end(struct sample *s)
{
	build_drop(&s->build);
	graph_free(s->graph);
	diag_free(&s->diags);
	buf_free(&s->text);
	*s = (struct sample){0};
}

/* "a b c": what a stage needs. */
static inline const char *sample_names(
	const struct graph *graph, const uint32_t *stages, uint32_t count)
{
	static char text[512];
	size_t len = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < count; i++)
		len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", i ? " " : "",
			stage_name(graph, stages[i]));
	return text;
}

static inline const char *sample_needs(const struct graph *graph, const char *stage)
{
	struct span span = graph->stages[graph_find_stage(graph, stage)].needs;

	return sample_names(graph, graph->edges + span.first, span.count);
}

static inline const char *sample_needed_by(const struct graph *graph, const char *stage)
{
	struct span span = graph->stages[graph_find_stage(graph, stage)].needed_by;

	return sample_names(graph, graph->edges + span.first, span.count);
}

static inline const char *sample_order(const struct graph *graph)
{
	return sample_names(graph, graph->order, graph->stage_count);
}

#endif
