#include "run/engine/tools.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/command/command.h"
#include "record/manifest/key.h"
#include "run/engine/contain.h"
#include "run/engine/context.h"

#define TIMEOUT_MS 30000
#define OUTPUT_MAX ((size_t)64 * 1024)
#define AT_ONCE 8
#define FIRST_ID (UINT64_C(1) << 32) /* attempts have smaller ones */

struct tool {
	const char *text;   /* the command */
	const char *dir;    /* where it runs; NULL: in the root */
	const char *output; /* what it put out, or why it cannot; NULL: not known */
	uint32_t stage;     /* that asked for it first, in whose container it runs */
	bool is_started;
	bool is_known;  /* as far as it can be: output may be NULL */
	struct buf out; /* so far */
};

struct tools {
	const struct graph *graph;
	struct arena arena;
	struct map ids;    /* command, and where -> index in list */
	struct tool *list; /* in order of their asking */
	uint32_t count, cap;
	uint32_t started; /* all before it are */
	uint32_t running;
	struct images *images;
	const char ***versions; /* by stage; NULL: nobody has asked */
	tools_refused *refused;
	void *ctx;
};

struct tools *tools_new(
	const struct graph *graph, tools_refused *refused, images_told *told, void *ctx)
{
	struct tools *tools = mem_alloc(sizeof *tools);

	tools->graph = graph;
	tools->refused = refused;
	tools->ctx = ctx;
	tools->images = images_new(graph, told, ctx);
	return tools;
}

void tools_free(struct tools *tools)
{
	if (!tools)
		return;
	for (uint32_t i = 0; i < tools->count; i++)
		buf_free(&tools->list[i].out);
	free(tools->list);
	images_free(tools->images);
	free(tools->versions);
	map_free(&tools->ids);
	arena_free(&tools->arena);
	free(tools);
}

void tools_grow(struct tools *tools, uint32_t old)
{
	if (tools->versions)
		tools->versions = mem_enlarge(
			tools->versions, old, tools->graph->stage_count, sizeof *tools->versions);
}

/* Does it run in an image that has to be asked for? */
static bool has_reference(const struct graph *graph, uint32_t stage)
{
	const char *image = stage_container(graph, stage);

	return image && container_image_kind(image) == CONTAINER_REFERENCE;
}

/* The nth of the stage's version commands: each is asked once, wherever it runs. */
static uint32_t find(struct tools *tools, uint32_t stage, uint32_t nth)
{
	const struct graph *graph = tools->graph;
	struct span versions = graph->stages[stage].versions;
	const char *text = graph_text(graph, graph->pairs[versions.first + nth].value);
	const char *dir = stage_run_dir(graph, stage);
	const char *container = stage_container(graph, stage);
	struct buf key BUF_LOCAL = {0};

	if (container)
		buf_fmt(&key, "%s\n%u\n", container, graph->stages[stage].settings);
	if (dir)
		buf_fmt(&key, "%s\n", dir);
	buf_str(&key, text);
	uint32_t index = map_get(&tools->ids, buf_text(&key));
	if (index == NONE) {
		index = tools->count;
		map_put(&tools->ids, arena_strdup(&tools->arena, buf_text(&key)), index);
	}
	if (index < tools->count)
		return index;
	MEM_ROOM(tools->list, tools->count, tools->cap);
	tools->list[tools->count++] = (struct tool){.text = text, .dir = dir, .stage = stage};
	return index;
}

bool tools_want(struct tools *tools, uint32_t stage)
{
	const struct graph *graph = tools->graph;
	struct span versions = graph->stages[stage].versions;
	bool is_known = true;

	for (uint32_t i = 0; i < versions.count; i++) {
		bool is_image = key_is_image(graph, stage, i);
		uint32_t index = is_image ? NONE : find(tools, stage, i);
		bool is = is_image ? images_want(tools->images, stage, false)
				   : tools->list[index].is_known;
		is_known = is_known && is;
	}
	return is_known;
}

bool tools_want_image(struct tools *tools, uint32_t stage, const char **failure)
{
	if (!has_reference(tools->graph, stage))
		return true;
	bool is_over = images_want(tools->images, stage, true);
	*failure = is_over ? images_failure(tools->images, stage) : NULL;
	return is_over;
}

const char *tools_image_id(struct tools *tools, uint32_t stage)
{
	return has_reference(tools->graph, stage) ? images_id(tools->images, stage) : NULL;
}

const char *const *tools_versions(struct tools *tools, uint32_t stage)
{
	const struct graph *graph = tools->graph;
	struct span versions = graph->stages[stage].versions;

	if (versions.count == 0)
		return NULL;
	if (!tools->versions)
		tools->versions = mem_alloc(graph->stage_count * sizeof *tools->versions);
	if (tools->versions[stage])
		return tools->versions[stage];
	const char **outputs = arena_alloc(&tools->arena, versions.count * sizeof *outputs);
	bool is_all = true;
	for (uint32_t i = 0; i < versions.count; i++) {
		outputs[i] = key_is_image(graph, stage, i)
				     ? images_id(tools->images, stage)
				     : tools->list[find(tools, stage, i)].output;
		is_all = is_all && outputs[i];
	}
	if (is_all) /* else more may be known later */
		tools->versions[stage] = outputs;
	return outputs;
}

/* What it says is over: blanks at the end do not count. As text, which is what a manifest holds. */
static void settle_output(struct tools *tools, struct tool *tool)
{
	struct buf *out = &tool->out;
	const char *text = buf_text(out);

	while (out->len && strchr("\r\n \t", text[out->len - 1]))
		out->len--;
	struct buf said BUF_LOCAL = {0};
	text_add_utf8(&said, text, strnlen(text, out->len));
	tool->output = arena_strdup(&tools->arena, buf_text(&said));
	tool->is_known = true;
	buf_free(out);
}

static void take_end(struct tools *tools, struct tool *tool, const struct exec_event *event)
{
	int exit_code = event->outcome.exit_code;

	if (event->kind == EXEC_REFUSED) {
		/* A tool that is not there is an identity too: it runs again once it is. */
		buf_fmt(&tool->out, "(no version: %s)",
			event->sys_errno ? strerror(event->sys_errno) : event->text);
	} else if (exit_code > 0) {
		buf_fmt(&tool->out, "(exit code %d)", exit_code);
	}
	/* 126 and 127 are a shell's way to say that it could not start it. */
	bool is_refused = event->kind == EXEC_REFUSED || exit_code == 126 || exit_code == 127;
	settle_output(tools, tool);
	tools->running--;
	if (is_refused && tools->refused)
		tools->refused(tools->ctx, tool->stage, tool->text, tool->output);
}

static int start_one(struct tools *tools, struct tool *tool, uint64_t id,
	const struct exec_kind *kind, struct exec *exec, struct err *err)
{
	struct arena scratch ARENA_LOCAL = {0};
	struct command command;
	struct exec_event refusal;
	char **env = NULL, *shell[] = {"/bin/sh", "-c", (char *)(uintptr_t)tool->text, NULL};
	struct launch launch = {
		.id = id,
		.command = &command,
		.dir = tool->dir,
		.timeout_ms = TIMEOUT_MS,
		.about = tool->text,
	};

	command_parse(&scratch, tool->text, NULL, &command);
	if (!command.is_direct || command.redirect_count)
		command = (struct command){.argv = shell, .argc = 3};
	contain_command(&scratch, tools->graph, tool->stage,
		&(struct contained){
			.name = contain_name(&scratch, tools->graph, tool->stage,
				arena_fmt(&scratch, "version-%" PRIu64, id - FIRST_ID)),
			.dir = tool->dir,
			.id = tools_image_id(tools, tool->stage),
		},
		&command, &env);
	launch.env = env;
	refusal = (struct exec_event){.kind = EXEC_REFUSED, .text = command.refusal};
	int status = command.refusal ? 1 : kind->start(exec, &launch, &refusal, err);
	tools->running += status >= 0;
	if (status > 0)
		take_end(tools, tool, &refusal);
	return status;
}

/* Is its image here? One that cannot be had leaves the version unknown. */
static bool is_ready(struct tools *tools, struct tool *tool)
{
	if (!has_reference(tools->graph, tool->stage))
		return true;
	if (!images_want(tools->images, tool->stage, true))
		return false;
	tool->is_known = !images_is_here(tools->images, tool->stage);
	return true;
}

int tools_start(
	struct tools *tools, const struct exec_kind *kind, struct exec *exec, struct err *err)
{
	if (images_start(tools->images, kind, exec, err) < 0)
		return -1;
	for (uint32_t i = tools->started; i < tools->count && tools->running < AT_ONCE; i++) {
		struct tool *tool = &tools->list[i];

		if (!tool->is_started && is_ready(tools, tool)) {
			tool->is_started = true;
			if (!tool->is_known &&
				start_one(tools, tool, FIRST_ID + i, kind, exec, err) < 0)
				return -1;
		}
		tools->started += i == tools->started && tool->is_started;
	}
	/* one that waits for its image may have asked for that only now */
	if (images_start(tools->images, kind, exec, err) < 0)
		return -1;
	return kind->flush ? kind->flush(exec, err) : 0;
}

bool tools_own(const struct exec_event *event)
{
	return event->id >= FIRST_ID;
}

bool tools_take(struct tools *tools, const struct exec_kind *kind, struct exec *exec,
	const struct exec_event *event)
{
	if (event->id >= IMAGES_FIRST_ID)
		return images_take(tools->images, event);
	struct tool *tool = &tools->list[event->id - FIRST_ID];
	size_t room = OUTPUT_MAX - tool->out.len;

	if (event->kind == EXEC_ENDED || event->kind == EXEC_REFUSED) {
		take_end(tools, tool, event);
		return true;
	}
	if (event->kind == EXEC_OUTPUT) {
		buf_add(&tool->out, event->data, event->len < room ? event->len : room);
		if (event->len >= room)
			kind->stop(exec, event->id, true);
	}
	return false;
}

void tools_stop(struct tools *tools, const struct exec_kind *kind, struct exec *exec)
{
	images_stop(tools->images, kind, exec);
	for (uint32_t i = 0; i < tools->count; i++) {
		if (tools->list[i].is_started && !tools->list[i].is_known)
			kind->stop(exec, FIRST_ID + i, true);
	}
}

int tools_ask(struct tools *tools, uint32_t stage, const struct exec_kind *kind, struct exec *exec,
	struct err *err)
{
	struct exec_event event;

	while (!tools_want(tools, stage)) {
		if (tools_start(tools, kind, exec, err) < 0)
			return -1;
		if (tools->running == 0 && !images_busy(tools->images))
			continue; /* all were refused */
		if (exec_wait(kind, exec, -1, &event, err) < 0)
			return -1;
		tools_take(tools, kind, exec, &event);
	}
	return 0;
}
