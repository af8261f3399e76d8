#include "view/console/github.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/dir.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "model/graph/graph.h"
#include "record/manifest/attempt.h"
#include "view/console/outlet.h"
#include "view/words/words.h"

#define ANNOTATED_LINES 5 /* of the tail: an annotation is read beside the code */

bool github_detected(void)
{
	return text_eq(getenv("GITHUB_ACTIONS"), "true");
}

void github_detect(struct github_options *options)
{
	unsigned char bytes[16] = {0};

	*options = (struct github_options){
		.summary = style_variable("GITHUB_STEP_SUMMARY"),
		.workspace = style_variable("GITHUB_WORKSPACE"),
		.write = outlet_write,
	};
	while (getrandom(bytes, sizeof bytes, 0) < 0 && errno == EINTR)
		;
	text_put_hex(options->token, bytes, sizeof bytes);
}

void github_guard(struct buf *lines)
{
	struct buf safe = {0};
	bool is_start = true;

	for (size_t i = 0; i < lines->len; i++) {
		const char *at = lines->data + i;
		size_t left = lines->len - i;

		/* buffers end in NUL: looking on is safe */
		if (is_start && left >= 2 && memcmp(at, "::", 2) == 0)
			buf_char(&safe, '\\');
		if (left >= 3 && memcmp(at, "##[", 3) == 0) {
			buf_str(&safe, "#\\");
			is_start = false;
			continue;
		}
		buf_char(&safe, *at);
		is_start = *at == '\n' || (is_start && (*at == ' ' || *at == '\t'));
	}
	buf_free(lines);
	*lines = safe;
}

/* As the data of a workflow command wants it; a property's value escapes more. */
static void add_escaped(struct buf *out, const char *text, bool is_property)
{
	for (; *text; text++) {
		bool is_special = *text == '%' || *text == '\r' || *text == '\n' ||
				  (is_property && (*text == ':' || *text == ','));

		if (is_special)
			buf_fmt(out, "%%%02X", (unsigned char)*text);
		else
			buf_char(out, *text);
	}
}

static void add_property(
	struct buf *out, const char *separator, const char *name, const char *value)
{
	buf_fmt(out, "%s%s=", separator, name);
	add_escaped(out, value, true);
}

/* The pipeline file below the workspace, where the checkout is: other paths GitHub cannot show. */
static void add_place(
	const struct github *github, struct buf *out, const struct graph *graph, uint32_t id)
{
	const struct stage *stage = &graph->stages[id];
	const char *source = graph_text(graph, graph->sources[stage->source].path);
	const char *below = source;
	struct arena arena ARENA_LOCAL = {0};

	if (github->options.workspace) {
		const char *full = path_join(&arena, graph_text(graph, graph->root), source);

		below = path_below(path_norm(&arena, github->options.workspace), full);
	}
	if (below && *below && *below != '/' && text_is_utf8(below, strlen(below))) {
		add_property(out, " ", "file", below);
		buf_fmt(out, ",line=%u", stage->line);
	}
}

static void add_annotation(const struct github *github, struct buf *out, const struct graph *graph,
	const struct failure *failure)
{
	uint32_t first =
		failure->tail_count > ANNOTATED_LINES ? failure->tail_count - ANNOTATED_LINES : 0;
	struct buf title BUF_LOCAL = {0}, text BUF_LOCAL = {0};
	size_t before;

	style_text(&title, stage_name(graph, failure->stage));
	buf_str(&title, " failed");
	buf_str(&text, failure->what);
	if (failure->text) {
		buf_str(&text, ": ");
		style_text(&text, failure->text);
	}
	for (uint32_t i = first; i < failure->tail_count; i++) {
		size_t len = strcspn(failure->tail[i], "\n");

		buf_char(&text, '\n');
		text_add_printable(&text, failure->tail[i], len);
	}
	buf_str(out, "::error");
	before = out->len;
	add_place(github, out, graph, failure->stage);
	add_property(out, out->len > before ? "," : " ", "title", buf_text(&title));
	buf_str(out, "::");
	add_escaped(out, buf_text(&text), false);
	buf_char(out, '\n');
}

static void add_group(const struct github *github, struct buf *out, const struct graph *graph,
	const struct failure *failure)
{
	struct buf title BUF_LOCAL = {0};

	style_text(&title, stage_name(graph, failure->stage));
	buf_fmt(&title, " failed (%s)", failure->what);
	buf_str(out, "::group::");
	add_escaped(out, buf_text(&title), false);
	buf_fmt(out, "\n::stop-commands::%s\n", github->options.token);
	failure_add(out, false, stage_name(graph, failure->stage), failure);
	buf_fmt(out, "::%s::\n::endgroup::\n", github->options.token);
}

static void tell_failures(const struct github *github, const struct graph *graph)
{
	struct buf out BUF_LOCAL = {0};

	for (uint32_t i = 0; i < failures_kept(&github->failures); i++) {
		add_group(github, &out, graph, &github->failures.items[i]);
		add_annotation(github, &out, graph, &github->failures.items[i]);
	}
	failures_add_rest(&out, &github->failures);
	if (out.len)
		github->options.write(github->options.ctx, out.data, out.len);
}

static void append_summary(struct github *github, const struct run_event *event)
{
	struct buf out BUF_LOCAL = {0};

	if (!github->options.summary)
		return;
	github_summary(github, event, &out);
	int fd FD_LOCAL =
		open(github->options.summary, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		err_sys(&github->err, errno, "open", github->options.summary);
	else if (fs_write_all(fd, out.data, out.len) < 0)
		err_sys(&github->err, errno, "write", github->options.summary);
}

static void note_slow(struct github *github, const struct run_event *event)
{
	const struct attempt *attempt = event->attempt;
	struct slow slow = {
		.stage = event->stage,
		.seconds = attempt->duration_seconds,
		.memory_mb = attempt->resources.memory_mb,
		.cpu_percent = attempt->resources.cpu_percent,
		.has_failed = event->kind == STAGE_FAIL,
	};

	github->slowest_count =
		slowest_add(github->slowest, github->slowest_count, GITHUB_SLOWEST, &slow);
}

static void on_event(void *ctx, const struct run_event *event)
{
	struct github *github = ctx;

	failures_hear(&github->failures, event);
	warned_hear(&github->warned, event);
	if (event->kind == STAGE_DONE || (event->kind == STAGE_FAIL && event->attempt->command))
		note_slow(github, event);
	if (event->kind != RUN_END)
		return;
	tell_failures(github, event->graph);
	append_summary(github, event);
}

static void github_free(void *ctx)
{
	struct github *github MEM_LOCAL = ctx;

	failures_free(&github->failures);
}

struct listener *github_new(const struct github_options *options)
{
	struct github *github = mem_alloc(sizeof *github);

	github->options = *options;
	github->listener = (struct listener){
		.hear = on_event, .free = github_free, .err = &github->err, .ctx = github};
	return &github->listener;
}
