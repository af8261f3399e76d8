/* What the tests of the view share: small graphs built by hand, and a run to listen to. */
#ifndef VIEW_TEST_H
#define VIEW_TEST_H

/* cmocka wants these four first */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "model/graph/build.h"
#include "model/graph/graph.h"
#include "run/engine/listener.h"

/* A graph that is being built: made(), then stage()s, then graph_of(). */
struct made {
	struct build build;
	struct arena arena;
	uint32_t number;
};

static inline struct made made_new(void)
{
	struct made made = {0};

	build_init(&made.build);
	made.build.graph->pipeline = build_text(&made.build, "subtitles");
	made.build.graph->job = build_text(&made.build, "job");
	made.build.graph->out = build_text(&made.build, "out");
	made.build.graph->job_dir = build_text(&made.build, "out/job");
	made.build.graph->root = build_text(&made.build, "/root-of-it");
	build_source(&made.build, SOURCE_DEFINITION, "pipeline.ini", "pipeline.ini",
		&(struct digest){0});
	return made;
}

/* Uses of the files in a list, "label=path|label=path". */
static inline uint32_t made_uses(struct made *made, enum file_role role, const char *list)
{
	char *copy = arena_strdup(&made->arena, list), *save = NULL;
	uint32_t count = 0;

	for (char *item = strtok_r(copy, "|", &save); item; item = strtok_r(NULL, "|", &save)) {
		char *path = strchr(item, '=');
		struct label label = {.role = (uint8_t)role, .flags = LABEL_RETAINED};

		*path++ = '\0';
		label.name = build_text(&made->build, item);
		label.type = label.name;
		build_use(&made->build, build_file(&made->build, path),
			build_label(&made->build, &label));
		count++;
	}
	return count;
}

/* A stage like those that the definition makes; "asr/ep1" is an instance of asr. */
static inline uint32_t made_stage(
	struct made *made, const char *name, const char *inputs, const char *outputs)
{
	struct build *build = &made->build;
	const char *slash = strchr(name, '/');
	size_t decl_len = slash ? (size_t)(slash - name) : strlen(name);
	const char *decl = arena_strndup(&made->arena, name, decl_len);
	struct settings settings = {
		.threads = 1, .max_age_ms = -1, .flags = SET_KEEP_FAILED, .grace_ms = 10000};
	struct stage stage = {
		.name = build_text(build, name),
		.decl = build_text(build, decl),
		.instance = build_text(build, slash ? slash + 1 : ""),
		.number = ++made->number,
		.command = build_text(build, "true"),
		.line = made->number,
	};

	stage.dir =
		build_text(build, arena_fmt(&made->arena, "out/job/%02u_%s", made->number, name));
	stage.settings = build_settings(build, &settings);
	stage.first_use = build->graph->use_count;
	stage.input_count = made_uses(made, ROLE_INPUT, inputs);
	stage.output_count = made_uses(made, ROLE_OUTPUT, outputs);
	return build_stage(build, &stage);
}

static inline struct graph *made_graph(struct made *made)
{
	struct diags diags = {0};

	build_edges(&made->build, &diags);
	struct graph *graph = build_finish(&made->build, &diags);
	if (!graph) {
		struct buf text = {0};

		diag_print(&diags, &text);
		fail_msg("%s", buf_text(&text));
	}
	diag_free(&diags);
	arena_free(&made->arena);
	return graph;
}

/* demux -> asr -> mux, demux -> mux */
static inline struct graph *made_three(void)
{
	struct made made = made_new();

	made_stage(&made, "demux", "video=in/a.mp4", "audio=out/job/01_demux/audio.wav");
	made_stage(&made, "asr", "audio=out/job/01_demux/audio.wav",
		"text=out/job/02_asr/segments.json");
	made_stage(&made, "mux",
		"audio=out/job/01_demux/audio.wav|text=out/job/02_asr/segments.json",
		"video=out/job/03_mux/b.mp4");
	return made_graph(&made);
}

/* A run that tells one listener. Time stands still unless a test moves it. */
struct told {
	const struct graph *graph;
	struct listener *listener;
	struct run_totals totals;
	int64_t wall_ns, mono_ns;
	const char *log_path;
};

static inline struct told told_new(const struct graph *graph, struct listener *listener)
{
	return (struct told){
		.graph = graph,
		.listener = listener,
		.totals = {.selected = graph->stage_count, .eta_seconds = -1},
		.wall_ns = INT64_C(1764252555) * 1000000000, /* 2025-11-27 14:09:15 UTC */
		.mono_ns = INT64_C(1000000000),
		.log_path = "out/job/logs/99_pipeline_20251127_140915.log",
	};
}

static inline void tell(struct told *told, struct run_event event)
{
	event.graph = told->graph;
	event.wall_ns = told->wall_ns;
	event.mono_ns = told->mono_ns;
	event.run_id = "20251127_140915";
	event.log_path = told->log_path;
	event.totals = &told->totals;
	if (event.before_seconds == 0)
		event.before_seconds = -1; /* not known unless a test says so */
	if (event.text)
		event.text_len = strlen(event.text);
	told->listener->hear(told->listener->ctx, &event);
}

static inline void tell_run(struct told *told, enum run_event_kind kind)
{
	tell(told, (struct run_event){.kind = kind, .stage = NONE, .other = NONE});
}

static inline void tell_stage(struct told *told, enum run_event_kind kind, uint32_t stage)
{
	tell(told, (struct run_event){
			   .kind = kind,
			   .stage = stage,
			   .other = NONE,
			   .before_seconds = -1,
			   .attempt_number = 1,
		   });
}

static inline void tell_text(struct told *told, enum run_event_kind kind, uint32_t stage,
	enum log_level level, const char *text)
{
	tell(told, (struct run_event){
			   .kind = kind,
			   .stage = stage,
			   .other = NONE,
			   .level = level,
			   .text = text,
		   });
}

/* The end of an attempt that took 4.2 s. */
static inline struct attempt made_attempt(const struct graph *graph, uint32_t stage, int exit_code)
{
	return (struct attempt){
		.graph = graph,
		.stage = stage,
		.number = 1,
		.status = exit_code ? RECORD_FAILED : RECORD_SUCCESS,
		.command = "ffmpeg -i in/a.mp4",
		.exit_code = exit_code,
		.duration_seconds = 4.2,
	};
}

static inline void tell_done(struct told *told, uint32_t stage)
{
	struct attempt attempt = made_attempt(told->graph, stage, 0);

	told->totals.ran++;
	told->totals.done++;
	tell(told, (struct run_event){
			   .kind = STAGE_DONE,
			   .stage = stage,
			   .other = NONE,
			   .attempt = &attempt,
		   });
}

static inline void tell_failed(
	struct told *told, uint32_t stage, const char *const *tail, uint32_t tail_count)
{
	struct attempt attempt = made_attempt(told->graph, stage, 1);

	told->totals.failed++;
	told->totals.done++;
	tell(told, (struct run_event){
			   .kind = STAGE_FAIL,
			   .stage = stage,
			   .other = NONE,
			   .attempt = &attempt,
			   .text = "exit code 1",
			   .tail = tail,
			   .tail_count = tail_count,
		   });
}

static inline void assert_has(const struct buf *text, const char *part)
{
	if (!strstr(buf_text(text), part))
		fail_msg("'%s' is not in:\n%s", part, buf_text(text));
}

static inline void assert_lacks(const struct buf *text, const char *part)
{
	if (strstr(buf_text(text), part))
		fail_msg("'%s' is in:\n%s", part, buf_text(text));
}

#endif
