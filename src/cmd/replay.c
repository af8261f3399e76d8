#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/text.h"
#include "cmd/session.h"
#include "model/graph/graph.h"
#include "run/ask/plan.h"
#include "run/ask/replay.h"
#include "run/engine/run.h"
#include "view/words/words.h"

static const struct option_spec options[] = {
	OPTION(0, "check", NULL, FLAG, is_check,
		"run them aside and compare what they make with what is recorded"),
	OPTION(0, "now", NULL, FLAG, is_now,
		"run them as they are defined now, whatever their manifests record"),
	OPTIONS_END,
};

static bool is_about_inputs(enum reason_code code)
{
	return code == REASON_INPUT_ADDED || code == REASON_INPUT_REMOVED ||
	       code == REASON_INPUT_CHANGED || code == REASON_UPSTREAM_RAN;
}

/* What runs would be another command than the recorded one. */
static bool is_about_definition(enum reason_code code)
{
	return code == REASON_COMMAND_CHANGED || code == REASON_CONFIG_CHANGED ||
	       code == REASON_ENV_CHANGED || code == REASON_DEFINITION_CHANGED;
}

/* The recorded command cannot be run any more: says what has changed. */
static int refuse_changed(const struct plan *plan, uint32_t stage, struct err *err)
{
	const struct verdict *verdict = &plan->stages[stage].verdict;
	struct buf what BUF_LOCAL = {0};

	for (uint32_t i = 0; i < verdict->reason_count; i++) {
		if (!is_about_definition(verdict->reasons[i].code))
			continue;
		buf_str(&what, what.len ? "; " : "");
		reason_sentence(&what, &verdict->reasons[i]);
	}
	if (what.len)
		err_set(err, EXIT_USAGE,
			"stage '%s' is not defined as its manifest records: %s; 'restage replay "
			"--now' runs it as it is defined now",
			stage_name(plan->graph, stage), buf_text(&what));
	return err->code ? -1 : 0;
}

/* Which inputs are no longer as recorded. */
static void add_differences(struct buf *out, const struct plan *plan, uint32_t stage)
{
	const struct verdict *verdict = &plan->stages[stage].verdict;
	struct reason *reasons MEM_LOCAL = mem_alloc((verdict->reason_count + 1) * sizeof *reasons);
	uint32_t count = 0;

	for (uint32_t i = 0; i < verdict->reason_count; i++) {
		if (is_about_inputs(verdict->reasons[i].code))
			reasons[count++] = verdict->reasons[i];
	}
	if (count == 0)
		buf_fmt(out, "%s: all inputs are as recorded\n", stage_name(plan->graph, stage));
	else
		buf_fmt(out, "%s: inputs differ from what was recorded:\n",
			stage_name(plan->graph, stage));
	reasons_long(out, reasons, count, "  ");
}

static int run_again(struct call *call, struct err *err)
{
	const struct graph *graph = call->session.graph;
	struct run_options run_options = {.wanted = call->wanted, .forced = call->wanted};
	int code = session_inputs(call, NULL);
	struct plan plan;

	if (code != EXIT_OK || session_plan(call, true, &plan, err) < 0)
		return code;
	for (uint32_t i = 0; i < graph->stage_count && !err->code; i++) {
		if (!call->wanted[i] || replay_refuse_spent(graph, plan.stamps, i, err) < 0)
			continue;
		if (plan.stages[i].record->success.is_known &&
			(call->wishes.is_now || refuse_changed(&plan, i, err) == 0))
			add_differences(&call->out, &plan, i);
		else if (!err->code)
			err_set(err, EXIT_USAGE,
				"stage '%s' never succeeded: there is nothing to replay, run it",
				stage_name(graph, i));
	}
	plan_free(&plan);
	if (err->code)
		return code;
	if (call->globals.is_quiet)
		buf_reset(&call->out);
	session_flush(call);
	return session_run_job(call, &run_options);
}

static void add_files(struct buf *out, const struct replay *replay)
{
	for (uint32_t i = 0; i < replay->file_count; i++) {
		const struct replay_file *file = &replay->files[i];

		if (file->is_same)
			continue;
		buf_str(out, "  ");
		text_add_printable(out, file->path, strlen(file->path));
		buf_str(out, file->is_made ? " comes out different\n" : " was not made\n");
	}
}

/* Says what came of it; returns the exit code. */
static int tell(struct call *call, const char *name, const struct replay *replay)
{
	struct buf *out = &call->out;
	int code = EXIT_OK;
	uint32_t by_view = 0;

	buf_fmt(out, "%s: ", name);
	switch (replay->outcome) {
	case REPLAY_REPRODUCED:
		buf_fmt(out, "reproduced (%u output%s, ", replay->file_count,
			replay->file_count == 1 ? "" : "s");
		for (uint32_t i = 0; i < replay->file_count; i++)
			by_view += replay->files[i].is_by_view;
		if (by_view)
			buf_fmt(out, "%u by %s, ", by_view,
				by_view == 1 ? "its view" : "their views");
		text_add_duration(out, replay->seconds);
		buf_str(out, ")\n");
		break;
	case REPLAY_DIFFERENT:
		buf_str(out, "not reproduced\n");
		add_files(out, replay);
		code = EXIT_DIFFER;
		break;
	case REPLAY_INPUTS_DIFFER:
		buf_str(out, "inputs differ, nothing was run\n");
		reasons_long(out, replay->differences, replay->difference_count, "  ");
		code = EXIT_DIFFER;
		break;
	case REPLAY_FAILED:
		buf_fmt(out, "failed: %s\n", replay->failure);
		for (uint32_t i = 0; i < replay->tail_count; i++) {
			buf_str(out, "  | ");
			text_add_printable(out, replay->tail[i], strlen(replay->tail[i]));
			buf_char(out, '\n');
		}
		code = EXIT_STAGE;
		break;
	case REPLAY_INTERRUPTED:
		buf_str(out, "interrupted\n");
		code = 128 + replay->signal;
		break;
	}
	if (code == EXIT_OK && call->globals.is_quiet)
		buf_reset(out);
	session_flush(call);
	return code;
}

/* The first one that is not reproduced decides the exit code; a signal ends all. */
static int check(struct call *call)
{
	const struct graph *graph = call->session.graph;
	int code = EXIT_OK, result = EXIT_OK;

	for (uint32_t i = 0; i < graph->stage_count && code < 128; i++) {
		struct replay replay = {0};
		struct err err = {0};

		if (!call->wanted[i])
			continue;
		if (replay_check(graph, i, session_waiting, call, &replay, &err) < 0)
			code = session_fail(&err);
		else
			code = tell(call, stage_name(graph, i), &replay);
		replay_free(&replay);
		if (result == EXIT_OK || code > 128)
			result = code;
	}
	return result;
}

static int run(struct call *call, struct err *err)
{
	const struct graph *graph = call->session.graph;

	if (!fs_is_dir(graph_text(graph, graph->job_dir)))
		return err_set(err, EXIT_USAGE,
			"job '%s' was never run: there is nothing to replay",
			graph_text(graph, graph->job));
	for (uint32_t i = 0; i < graph->stage_count && !call->wishes.is_check; i++) {
		if (call->wanted[i] && (graph->stages[i].flags & STAGE_DISABLED))
			return err_set(err, EXIT_USAGE, "stage '%s' is disabled: it does not run",
				stage_name(graph, i));
	}
	return call->wishes.is_check ? check(call) : run_again(call, err);
}

const struct command cmd_replay = {
	.name = "replay",
	.usage = "STAGE...",
	.summary = "run these stages again, whatever else is out of date",
	.details =
		"Runs the commands that their manifests record, with config and inputs, and says which inputs\n"
		"differ from what was recorded; where the definition has changed since, it is refused, and --now\n"
		"takes the present one. With --check nothing is changed: exit code 4 if outputs or inputs differ.",
	.options = options,
	.min_args = 1,
	.max_args = ARGS_ANY,
	.needs = NEEDS_STAGES,
	.needs_job = true,
	.run = run,
};
