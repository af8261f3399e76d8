/* restage.why/1
 *
 *	pipeline, job, job_dir   strings
 *	stage      name
 *	state      as in restage.status/1
 *	chain      from the stage to the root cause: {"stage", "about": "will_run" | "may_run" | "running" |
 *	           "last_run", "file": the path by which the link before it depends on this one, or null,
 *	           "run": id of the run, or null unless about the last run, "reasons": see attempt.h,
 *	           "accepted": null, or what was taken for granted since: {"at": time, "was": the stage's
 *	           former name or null, "adopted": true if no run made its outputs, "reasons"}};
 *	           empty where nothing is known
 *	root       name of the last stage in the chain, or null */
#include "view/answer/answer.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "model/graph/graph.h"
#include "record/manifest/attempt.h"
#include "record/manifest/record.h"
#include "record/runs/past_reasons.h"
#include "run/ask/plan.h"
#include "view/answer/json_doc.h"
#include "view/words/words.h"

#define LINKS_SHOWN 20

/* One link of the chain from a stage to the root cause. */
struct why_step {
	uint32_t stage;
	bool is_past; /* about why it last ran; else about why it would run */
	/* what the link before it reads and this one makes; NULL: nothing in particular */
	const char *file;
	const struct reason *reasons;
	uint32_t reason_count;
	const char *run, *timestamp;            /* of the last run, where is_past; may be NULL */
	const struct record_accepted *accepted; /* since then; NULL: nothing was */
	const struct attempt_origin *restored;  /* no command ran in that run; NULL: one did */
};

static bool is_pending(const struct plan_stage *stage)
{
	return stage->state == PLAN_RUN || stage->state == PLAN_MAY_RUN ||
	       stage->state == PLAN_RUNNING;
}

static const struct record *past_of(const struct why *why, uint32_t stage)
{
	const struct plan *plan = why->plan;
	struct record *record;

	if (!why->past[stage] && plan->stages[stage].dir) {
		record = arena_alloc(why->arena, sizeof *record);
		record_load(why->arena, plan->graph, stage, plan->stages[stage].dir, record, NULL);
		why->past[stage] = record;
	}
	return why->past[stage];
}

static void look_back(const struct why *why, uint32_t stage, struct why_step *out)
{
	const struct record *past = past_of(why, stage);

	*out = (struct why_step){.stage = stage, .is_past = true};
	if (!past || !past->run)
		return;
	out->run = past->run;
	out->timestamp = past->timestamp;
	out->reasons = past->reasons;
	out->reason_count = past->reason_count;
	if (past->success.accepted.at)
		out->accepted = &past->success.accepted;
	if (past->status == RECORD_SUCCESS)
		out->restored = past->success.restored;
}

static void look_ahead(const struct why *why, uint32_t stage, struct why_step *out)
{
	const struct verdict *verdict = &why->plan->stages[stage].verdict;

	*out = (struct why_step){
		.stage = stage,
		.reasons = verdict->reasons,
		.reason_count = verdict->reason_count,
	};
}

static void why_first(const struct why *why, uint32_t stage, struct why_step *out)
{
	if (is_pending(&why->plan->stages[stage]))
		look_ahead(why, stage, out);
	else
		look_back(why, stage, out);
}

/* The stage that makes an input of this one; NONE if none does. */
static uint32_t maker_of(const struct graph *graph, uint32_t stage, const char *path)
{
	const struct stage *at = &graph->stages[stage];

	for (uint32_t i = 0; i < at->input_count; i++) {
		uint32_t file = graph->uses[at->first_use + i].file;

		if (text_eq(file_path(graph, file), path))
			return graph->files[file].producer;
	}
	return NONE;
}

static const char *file_between(const struct graph *graph, uint32_t maker, uint32_t stage)
{
	const struct stage *at = &graph->stages[stage];

	for (uint32_t i = 0; i < at->input_count; i++) {
		uint32_t file = graph->uses[at->first_use + i].file;

		if (graph->files[file].producer == maker)
			return file_path(graph, file);
	}
	return NULL;
}

static bool is_about_input(enum reason_code code)
{
	return code == REASON_INPUT_CHANGED || code == REASON_UPSTREAM_RAN;
}

/* The input that explains the link, and its maker; NONE where the stage has a reason of its own. */
static uint32_t blamed(const struct graph *graph, const struct why_step *at, const char **file)
{
	uint32_t maker = NONE;

	for (uint32_t i = 0; i < at->reason_count; i++) {
		const struct reason *reason = &at->reasons[i];

		if (!is_about_input(reason->code))
			return NONE;
		if (maker != NONE || !reason->about)
			continue;
		maker = maker_of(graph, at->stage, reason->about);
		*file = reason->about;
	}
	return maker;
}

/* Did what caused something run no later than that? */
static bool is_before(const struct why_step *cause, const struct why_step *at)
{
	int64_t began_ns, at_ns;

	if (!at->run || strcmp(cause->run, at->run) == 0)
		return at->run != NULL;
	if (!cause->timestamp || !at->timestamp)
		return false;
	return clock_parse_iso(cause->timestamp, &began_ns) == 0 &&
	       clock_parse_iso(at->timestamp, &at_ns) == 0 && began_ns <= at_ns;
}

/* Where the maker ran again since, the records of the runs tell why it ran before that. */
static bool look_further_back(
	const struct why *why, uint32_t maker, const char *run, struct why_step *out)
{
	const struct graph *graph = why->plan->graph;
	char *began = arena_alloc(why->arena, CLOCK_ISO_SIZE);
	struct past_reasons past;

	if (!run || !past_reasons_until(why->arena, graph_text(graph, graph->job_dir),
			    stage_name(graph, maker), run, &past))
		return false;
	clock_iso(past.started_ns, began);
	*out = (struct why_step){
		.stage = maker,
		.is_past = true,
		.run = past.run,
		.timestamp = began,
		.reasons = past.reasons,
		.reason_count = past.count,
	};
	return true;
}

/* The next link towards the root: the stage that makes the file by which this one runs or ran;
 * false if this one is the root. A cause in the past counts only if it ran no later than what it
 * caused. */
static bool why_next(const struct why *why, const struct why_step *at, struct why_step *out)
{
	const struct graph *graph = why->plan->graph;
	const struct plan_stage *stage = &why->plan->stages[at->stage];
	const char *file = NULL;
	uint32_t maker;

	if (!at->is_past && stage->failure != NONE) {
		look_ahead(why, stage->failure, out);
		out->file = file_between(graph, stage->failure, at->stage);
		return true;
	}
	if (!at->is_past && stage->state == PLAN_MAY_RUN && stage->cause != NONE) {
		look_ahead(why, stage->cause, out);
		out->file = file_between(graph, stage->cause, at->stage);
		return true;
	}
	maker = blamed(graph, at, &file);
	if (maker == NONE)
		return false;
	if (!at->is_past && is_pending(&why->plan->stages[maker]))
		look_ahead(why, maker, out);
	else
		look_back(why, maker, out);
	bool is_cause = !out->is_past || (out->run && (!at->is_past || is_before(out, at)));
	if (!is_cause && at->is_past)
		is_cause = look_further_back(why, maker, at->run, out);
	out->file = file;
	return is_cause;
}

static void add_run(struct buf *out, const struct why_step *at)
{
	int64_t started_ns;
	char text[CLOCK_LOG_SIZE];

	buf_str(out, "in run ");
	style_text(out, at->run);
	if (at->timestamp && clock_parse_iso(at->timestamp, &started_ns) == 0) {
		clock_log(started_ns, text);
		buf_fmt(out, " (%s)", text);
	}
}

/* "will run", "last ran in run 20251127_140915 (2025-11-27 14:09:15)" ... */
static void add_what(struct buf *out, const struct why *why, const struct why_step *at)
{
	if (at->is_past && at->accepted && at->accepted->is_adopted) {
		buf_str(out, "never ran: its outputs were adopted");
		return;
	}
	if (at->is_past) {
		buf_str(out, at->restored ? "was restored " : "last ran ");
		add_run(out, at);
		if (at->restored) {
			buf_str(out, " from ");
			outcome_origin(out, at->restored);
		}
		return;
	}
	switch (why->plan->stages[at->stage].state) {
	case PLAN_MAY_RUN:
		buf_str(out, "may run");
		break;
	case PLAN_RUNNING:
		buf_str(out, "is running");
		break;
	default:
		buf_str(out, "will run");
		break;
	}
}

static void add_state(struct buf *out, const struct why *why, uint32_t id, bool color)
{
	const struct plan_stage *stage = &why->plan->stages[id];
	const struct state_look *look = plan_look(stage);
	struct buf reason BUF_LOCAL = {0};

	style_add(out, color, TONE_STRONG, stage_name(why->plan->graph, id));
	buf_str(out, " is ");
	style_add(out, color, look->tone, look->text);
	plan_reason(&reason, why->plan, id);
	if (reason.len) {
		buf_str(out, ": ");
		buf_add(out, reason.data, reason.len);
	}
	buf_char(out, '\n');
}

static void add_accepted(struct buf *out, const struct record_accepted *accepted)
{
	char text[CLOCK_LOG_SIZE];
	int64_t at_ns;

	if (!accepted)
		return;
	buf_str(out, accepted->is_adopted ? "  adopted" : "  accepted");
	if (clock_parse_iso(accepted->at, &at_ns) == 0) {
		clock_log(at_ns, text);
		buf_fmt(out, " (%s)", text);
	}
	buf_str(out, " without a run");
	if (accepted->was) {
		buf_str(out, ": it was called '");
		style_text(out, accepted->was);
		buf_char(out, '\'');
	}
	buf_str(out, accepted->reason_count && !accepted->is_adopted ? ":\n" : "\n");
	if (!accepted->is_adopted)
		reasons_long(out, accepted->reasons, accepted->reason_count, "  - ");
}

static void add_link(struct buf *out, const struct why *why, const struct why_step *at,
	bool is_first, bool color)
{
	const struct plan_stage *stage = &why->plan->stages[at->stage];
	bool may = !at->is_past && stage->state == PLAN_MAY_RUN;

	if (!is_first && at->file) {
		style_text(out, at->file);
		buf_str(out, at->is_past ? " was made by " : " is made by ");
	}
	style_add(out, color, TONE_STRONG, stage_name(why->plan->graph, at->stage));
	buf_str(out, !is_first && at->file ? ", which " : " ");
	add_what(out, why, at);
	if (may && !at->reason_count && stage->cause != NONE) {
		buf_str(out, ": ");
		plan_reason_cause(out, why->plan, stage);
		buf_char(out, '\n');
		return;
	}
	buf_str(out, at->reason_count ? ":\n" : "\n");
	reasons_long(out, at->reasons, at->reason_count, "  - ");
	add_accepted(out, at->accepted);
}

void why_text(struct buf *out, const struct why *why, uint32_t stage, bool color)
{
	struct why_step at, next;
	uint32_t links = 1;

	why_first(why, stage, &at);
	if (at.is_past)
		add_state(out, why, stage, color);
	if (at.is_past && !at.run)
		return;
	add_link(out, why, &at, true, color);
	for (; why_next(why, &at, &next); at = next) {
		if (links++ < LINKS_SHOWN)
			add_link(out, why, &next, false, color);
	}
	if (links > LINKS_SHOWN)
		buf_fmt(out, "… and %u more steps\n", links - LINKS_SHOWN);
	if (links > 1 && at.reason_count) {
		buf_str(out, "root cause: ");
		style_add(out, color, TONE_STRONG, stage_name(why->plan->graph, at.stage));
		buf_str(out, ": ");
		reasons_short(out, at.reasons, at.reason_count);
		buf_char(out, '\n');
	}
}

static const char *about(const struct why *why, const struct why_step *at)
{
	if (at->is_past)
		return "last_run";
	switch (why->plan->stages[at->stage].state) {
	case PLAN_MAY_RUN:
		return "may_run";
	case PLAN_RUNNING:
		return "running";
	default:
		return "will_run";
	}
}

static void write_link(struct json_writer *w, const struct why *why, const struct why_step *at)
{
	json_write_object(w, NULL);
	json_write_name(w, "stage", stage_name(why->plan->graph, at->stage));
	json_write_str(w, "about", about(why, at));
	json_write_name(w, "file", at->file);
	json_write_name(w, "run", at->is_past ? at->run : NULL);
	manifest_write_reasons(w, at->reasons, at->reason_count);
	if (at->accepted) {
		json_write_object(w, "accepted");
		json_write_str(w, "at", at->accepted->at);
		json_write_name(w, "was", at->accepted->was);
		json_write_bool(w, "adopted", at->accepted->is_adopted);
		manifest_write_reasons(w, at->accepted->reasons, at->accepted->reason_count);
		json_write_end(w);
	} else {
		json_write_null(w, "accepted");
	}
	if (at->restored)
		manifest_write_origin(w, at->restored);
	json_write_end(w);
}

void json_why(struct buf *out, const struct why *why, uint32_t stage)
{
	const struct graph *graph = why->plan->graph;
	struct json_writer w = {.out = out};
	struct why_step at, next;
	bool is_known;

	why_first(why, stage, &at);
	is_known = !at.is_past || at.run;
	json_write_document(&w, "restage.why/1");
	json_doc_job(&w, graph);
	json_write_name(&w, "stage", stage_name(graph, stage));
	json_write_str(&w, "state", plan_look(&why->plan->stages[stage])->name);
	json_write_rows(&w, "chain");
	if (is_known)
		write_link(&w, why, &at);
	for (; is_known && why_next(why, &at, &next); at = next)
		write_link(&w, why, &next);
	json_write_end(&w);
	json_write_name(&w, "root", is_known ? stage_name(graph, at.stage) : NULL);
	json_write_finish(&w);
}
