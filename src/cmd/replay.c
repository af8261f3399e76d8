#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/text.h"
#include "cmd/inputs.h"
#include "cmd/run_told.h"
#include "cmd/session.h"
#include "model/graph/graph.h"
#include "run/ask/plan.h"
#include "run/ask/replay.h"
#include "view/words/reasons.h"

struct replay_values {
	bool is_check;
};

static const struct option_spec options[] = {
	{0, "check", NULL, "run it aside and compare what it makes with what is recorded",
		OPTION_FLAG, offsetof(struct replay_values, is_check), NULL},
	OPTIONS_END,
};

static bool is_about_inputs(enum reason_code code)
{
	return code == REASON_INPUT_ADDED || code == REASON_INPUT_REMOVED ||
	       code == REASON_INPUT_CHANGED || code == REASON_UPSTREAM_RAN;
}

/* Which inputs are no longer as recorded. */
static void add_differences(struct buf *out, const struct plan *plan, uint32_t stage)
{
	const struct verdict *verdict = &plan->stages[stage].verdict;
	struct reason *reasons = mem_alloc((verdict->reason_count + 1) * sizeof *reasons);
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
	free(reasons);
}

static int run_again(struct call *call, const struct graph *graph, const bool *wanted)
{
	struct run_options run_options = {.wanted = wanted, .forced = wanted};
	struct err err = {0};
	struct buf out = {0};
	struct plan plan;
	struct plan_request request = {.graph = graph, .wanted = wanted, .with_records = true};
	int code = inputs_check(graph, NULL, wanted);

	if (code != EXIT_OK)
		return code;
	if (plan_make(&request, &plan, &err) < 0)
		return session_fail(&err);
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		if (!wanted[i])
			continue;
		if (!plan.stages[i].record.success.is_known) {
			plan_free(&plan);
			buf_free(&out);
			return session_mistake(
				"stage '%s' never succeeded: there is nothing to replay, run it",
				stage_name(graph, i));
		}
		add_differences(&out, &plan, i);
	}
	plan_free(&plan);
	if (!call->globals.is_quiet)
		session_write(call, &out);
	buf_free(&out);
	return run_told(call, graph, &run_options);
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
	struct buf out = {0};
	int code = EXIT_OK;

	buf_fmt(&out, "%s: ", name);
	switch (replay->outcome) {
	case REPLAY_REPRODUCED:
		buf_fmt(&out, "reproduced (%u output%s, ", replay->file_count,
			replay->file_count == 1 ? "" : "s");
		text_add_duration(&out, replay->seconds);
		buf_str(&out, ")\n");
		break;
	case REPLAY_DIFFERENT:
		buf_str(&out, "not reproduced\n");
		add_files(&out, replay);
		code = EXIT_DIFFER;
		break;
	case REPLAY_INPUTS_DIFFER:
		buf_str(&out, "inputs differ, nothing was run\n");
		reasons_long(&out, replay->differences, replay->difference_count, "  ");
		code = EXIT_DIFFER;
		break;
	case REPLAY_FAILED:
		buf_fmt(&out, "failed: %s\n", replay->failure);
		if (replay->log_tail)
			buf_str(&out, replay->log_tail);
		code = EXIT_STAGE;
		break;
	case REPLAY_INTERRUPTED:
		buf_str(&out, "interrupted\n");
		code = 128 + replay->signal;
		break;
	}
	if (code != EXIT_OK || !call->globals.is_quiet)
		session_write(call, &out);
	buf_free(&out);
	return code;
}

/* The first one that is not reproduced decides the exit code; a signal ends all. */
static int check(struct call *call, const struct graph *graph, const bool *wanted)
{
	int code = EXIT_OK, result = EXIT_OK;

	for (uint32_t i = 0; i < graph->stage_count && code < 128; i++) {
		struct replay replay = {0};
		struct err err = {0};

		if (!wanted[i])
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

static int run(struct call *call)
{
	const struct replay_values *values = call->values;
	int code = EXIT_OK;
	struct graph *graph = session_load(call, &code);
	bool *wanted;

	if (!graph)
		return code;
	wanted = session_select(call, graph, &code);
	if (wanted && !fs_is_dir(graph_text(graph, graph->job_dir)))
		code = session_mistake("job '%s' was never run: there is nothing to replay",
			graph_text(graph, graph->job));
	else if (wanted)
		code = values->is_check ? check(call, graph, wanted)
					: run_again(call, graph, wanted);
	free(wanted);
	graph_free(graph);
	return code;
}

const struct command cmd_replay = {
	.name = "replay",
	.usage = "STAGE",
	.summary = "run one stage again, whatever else is out of date",
	.details =
		"Runs it with the inputs that its manifest records, and says which of them differ from what\n"
		"was recorded. With --check nothing is changed: exit code 4 if the outputs or the inputs differ.",
	.options = options,
	.values_size = sizeof(struct replay_values),
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
