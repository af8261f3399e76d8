/* Judging a stage in a run: gather what it needs to be judged by, ask for the verdict, act on
 * it. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "record/judge/absent.h"
#include "record/judge/lent.h"
#include "record/manifest/key.h"
#include "run/engine/context.h"
#include "run/engine/gpus.h"
#include "run/engine/reuse.h"
#include "run/engine/temporary.h"
#include "run/engine/tools.h"

/* The stages of a first run have one reason, and it is the same. */
static bool is_as_before(const struct run_stage *a, const struct verdict *b)
{
	return a->reason_count == 1 && b->reason_count == 1 && !a->reasons->about &&
	       !b->reasons->about && a->reasons->code == b->reasons->code &&
	       strcmp(a->reasons->message, b->reasons->message) == 0;
}

static void copy_reasons(struct run *run, uint32_t stage, const struct verdict *from)
{
	const struct run_stage *last = &run->stages[run->last_copied];
	struct run_stage *to = &run->stages[stage];

	if (is_as_before(last, from)) {
		to->reasons = last->reasons;
		to->reason_count = last->reason_count;
		return;
	}
	run->last_copied = stage;
	to->reason_count = from->reason_count;
	to->reasons = arena_alloc(&run->arena, from->reason_count * sizeof *to->reasons);
	for (uint32_t i = 0; i < from->reason_count; i++) {
		const struct reason *reason = &from->reasons[i];
		to->reasons[i] = (struct reason){
			.code = reason->code,
			.about = reason->about ? arena_strdup(&run->arena, reason->about) : NULL,
			.message = arena_strdup(&run->arena, reason->message),
		};
	}
}

/* CHECKING, or SETTLING what was restored: no command of it runs. */
static void put_failed(struct run *run, uint32_t stage)
{
	if (sched_state(run->sched, stage) == SCHED_SETTLING)
		sched_settled(run->sched, stage, SCHED_FAILED);
	else
		sched_checked(run->sched, stage, SCHED_FAILED);
}

/* A stage that cannot be started: its manifest says why, like that of one that ran and failed. */
static void fail_unstarted(
	struct run *run, uint32_t stage, const struct record_key_set *key, const char *failure)
{
	const struct graph *graph = run->graph;
	const char *dir = graph_text(graph, graph->stages[stage].dir);
	struct attempt_note note = {.wall_ns = clock_wall_ns(), .message = failure};
	struct run_stage *known = &run->stages[stage];
	struct attempt attempt = attempt_begin(graph, stage, ++known->attempts, run->run_id);

	attempt.started_ns = attempt.ended_ns = note.wall_ns;
	attempt.status = RECORD_FAILED;
	attempt.key = *key;
	attempt.has_key = true;
	attempt.reasons = known->reasons;
	attempt.reason_count = known->reason_count;
	attempt.errors = &note;
	attempt.error_count = 1;
	struct err err = {0};
	struct run_event event = {
		.kind = STAGE_FAIL,
		.stage = stage,
		.attempt = &attempt,
		.attempt_number = attempt.number,
		.text = failure,
	};
	attempt.last_success = manifest_last_success(dir);
	if (attempt_write_manifest(run, &attempt, &err) < 0)
		run_fail(run, &err);
	bool is_allowed = stage_settings(graph, stage)->flags & SET_ALLOW_FAILURE;
	run->totals.failed += !is_allowed;
	run->totals.allowed_failures += is_allowed;
	notify(run, &event);
	attempt_free_json(&attempt);
	put_failed(run, stage);
}

void check_fail(struct run *run, uint32_t stage, const char *failure)
{
	struct record_key_set key;

	check_key(run, stage, &key);
	fail_unstarted(run, stage, &key, failure);
}

/* An input that must be there and is not: NULL if there is none. */
static const char *missing_input(struct run *run, uint32_t stage)
{
	const struct graph *graph = run->graph;
	const struct stage *s = &graph->stages[stage];

	if (s->lacks)
		return graph_text(graph, s->lacks);
	for (uint32_t i = 0; i < s->input_count; i++) {
		const struct use *use = &graph->uses[s->first_use + i];
		const struct stamp *stamp =
			absent_stamp(graph, run->stamps, stage, s->first_use + i);
		const char *path = file_path(graph, use->file);
		if ((graph->labels[use->label].flags & LABEL_OPTIONAL) ||
			absent_is_left_out(graph, run->stamps, stage, s->first_use + i))
			continue;
		if (stamp->state == STAMP_FAILED)
			return arena_fmt(&run->arena, "input '%s' cannot be read: %s", path,
				stamps_error(run->stamps, use->file));
		if (stamp->stat.type != 0)
			continue;
		uint32_t maker = graph->files[use->file].producer;
		if (maker == NONE)
			return arena_fmt(&run->arena,
				"input '%s' is made by no stage and does not exist (mark it "
				".optional = yes if it may be absent)",
				path);
		const char *why = sched_state(run->sched, maker) == SCHED_IDLE
					  ? "which is not part of this run: run it first"
				  : stamps_is_absent(run->stamps, use->file)
					  ? "which was skipped or failed: make the input .optional "
					    "= yes, or name what is read instead, '| else FILE'"
					  : "which did not make it: make the input .optional = yes "
					    "if it may be absent";
		return arena_fmt(&run->arena, "input '%s' is missing; it is made by stage '%s', %s",
			path, stage_name(graph, maker), why);
	}
	return NULL;
}

static bool has_run(const void *ctx, uint32_t stage)
{
	const struct run *run = ctx;

	return run->stages[stage].has_run;
}

static struct judge judge_for(struct run *run, uint32_t stage)
{
	return (struct judge){
		.graph = run->graph,
		.stamps = run->stamps,
		.has_run = has_run,
		.ctx = run,
		.made_for = temporary_made_for(run, stage),
		.views = run->views,
		.now_ns = run->began_ns,
		.arena = &run->scratch,
		.version_outputs = tools_versions(run->tools, stage),
	};
}

/* A stage that failed, was interrupted or disabled, and is as its last success left it: its
 * manifest says so again. Tells whether that was so. */
static bool write_back(struct run *run, uint32_t stage)
{
	const struct record *record = run->stages[stage].record;
	struct buf text BUF_LOCAL = {0};

	if (!record || record->status == RECORD_SUCCESS || record->success.is_skip ||
		!manifest_restored(graph_text(run->graph, run->graph->stages[stage].dir), &text))
		return false;
	struct err err = {0};
	if (run_rewrite_manifest(run, stage, &text, &err) < 0)
		run_fail(run, &err);
	run->stages[stage].record = NULL; /* it is read again */
	run_record(run, stage);
	return true;
}

static void tell_fresh(struct run *run, uint32_t stage)
{
	struct run_event event = {
		.kind = STAGE_FRESH,
		.stage = stage,
		.count = run->stages[stage].is_back,
	};

	double seconds = run_seconds(run, stage);
	run->totals.saved_seconds += seconds > 0 ? seconds : 0;
	notify(run, &event);
}

void check_settle(struct run *run, uint32_t stage)
{
	sched_checked(run->sched, stage, SCHED_FRESH);
	run->stages[stage].is_untold = run->has_gone && !run->stages[stage].has_run;
	if (!run->has_gone)
		tell_fresh(run, stage);
	temporary_settled(run, stage);
}

void check_fresh(struct run *run, uint32_t stage)
{
	if (!lists_hold(run, stage, SCHED_FRESH, NULL))
		check_settle(run, stage);
}

static void found_fresh(struct run *run, uint32_t stage)
{
	if (run->adopted && adoption_renews(run, stage)) {
		check_queue(run, stage);
		return;
	}
	run->stages[stage].is_back |= write_back(run, stage);
	if (!run->options->only_offers || !restore_push(run, stage))
		check_fresh(run, stage);
}

void check_tell_fresh(struct run *run)
{
	for (uint32_t i = 0; run->has_temporary && i < run->graph->stage_count; i++) {
		if (run->stages[i].is_untold && sched_state(run->sched, i) == SCHED_FRESH)
			tell_fresh(run, i);
	}
}

static bool is_forced(const struct run *run, uint32_t stage)
{
	return run->forced && run->forced[stage];
}

/* Once for all stages. */
static void tell_format(struct run *run, const struct verdict *verdict)
{
	uint32_t count = verdict->reason_count;

	if (run->has_told_format || !count ||
		verdict->reasons[count - 1].code != REASON_FORMAT_CHANGED)
		return;
	run->has_told_format = true;
	notify_text(run, RUN_NOTICE, NONE, LOG_WARNING, REASON_FORMAT_NOTICE);
}

/* No command runs: what needs it is left out as well. */
static void leave_out(struct run *run, uint32_t stage)
{
	struct run_event event = {.kind = STAGE_BLOCKED, .stage = stage, .other = NONE};

	event.text = run->options->only_offers ? "it is out of date" : "the cache has it not";
	notify(run, &event);
	put_failed(run, stage);
}

/* What it reads and is gone has to be made first: it waits for that, or fails. What has stopped
 * makes nothing more. */
static bool waits_for_gone(struct run *run, uint32_t stage)
{
	const char *failure = NULL;

	if (!run->has_temporary || run->options->only_offers || sched_is_stopped(run->sched) ||
		!temporary_make_again(run, stage, &failure))
		return false;
	if (failure)
		check_fail(run, stage, failure);
	return true;
}

void check_queue(struct run *run, uint32_t stage)
{
	struct err ignored = {0}; /* whoever starts the stage will come to it again */

	if (waits_for_gone(run, stage))
		return;
	if (run->options->only_restores || run->options->only_offers) {
		leave_out(run, stage);
		return;
	}
	if (!sched_is_away(run->sched, stage))
		launch_open(run, &ignored);
	if (sched_state(run->sched, stage) == SCHED_SETTLING)
		sched_unrestored(run->sched, stage);
	else
		sched_checked(run->sched, stage, SCHED_QUEUED);
}

static void act_on_record(struct run *run, const struct judge *judge, uint32_t stage,
	const struct record_key_set *key)
{
	struct verdict verdict;

	judge_verdict(judge, stage, run_record(run, stage), key, is_forced(run, stage),
		run->stages[stage].is_interrupted, &verdict);
	if (verdict.is_fresh) {
		viewed_renew(run, stage);
		found_fresh(run, stage);
		return;
	}
	copy_reasons(run, stage, &verdict);
	run->stages[stage].is_untold = false;
	tell_format(run, &verdict);
	const char *missing = missing_input(run, stage);
	struct err lacks = {0};
	if (!missing && !sched_is_away(run->sched, stage) &&
		!gpus_suffice(run->gpus, run->graph, stage, &lacks))
		missing = arena_strdup(&run->arena, lacks.text);
	if (!missing && !versions_image(run, stage, &missing))
		return;
	if (missing) {
		fail_unstarted(run, stage, key, missing);
		return;
	}
	if (run->options->only_offers || !restore_begin(run, stage, is_forced(run, stage)))
		check_queue(run, stage);
}

/* Once a command has run, what was seen before may not hold any more: files are looked at again
 * when their stage is judged. What stages of this run made is known as they left it. */
static void refresh(struct run *run, const uint32_t *ids, size_t count)
{
	const struct graph *graph = run->graph;

	for (size_t i = 0; i < count; i++) {
		uint32_t maker = ids[i] < graph->file_count ? graph->files[ids[i]].producer : NONE;
		if (maker == NONE || !run->stages[maker].has_run)
			stamps_refresh(run->stamps, ids[i]);
	}
}

/* Asks for all that the stage is judged by; tells whether it is known now. */
static bool ask(
	struct run *run, const struct judge *judge, uint32_t stage, const struct basis *basis)
{
	struct judge_files files;

	judge_files(judge, stage, basis, &files);
	if (run->has_opened && !run->stages[stage].is_refreshed) {
		refresh(run, files.content, files.content_count);
		refresh(run, files.seen, files.seen_count);
	}
	stamps_ask(run->stamps, files.seen, files.seen_count, false, stage);
	bool is_known = stamps_ask(run->stamps, files.content, files.content_count, true, stage);
	/* Else it is not asked again before a command has run: nothing need be written down. */
	if (run->has_opened || !is_known)
		run->stages[stage].is_refreshed = true;
	return is_known;
}

static void skip_disabled(struct run *run, uint32_t stage)
{
	const struct graph *graph = run->graph;
	const struct stage *s = &graph->stages[stage];
	const struct record *record = run_record(run, stage);
	const char *reason = graph_text(graph, s->skip_reason);
	const char *dir = graph_text(graph, s->dir);
	struct run_event event = {
		.kind = STAGE_SKIP,
		.stage = stage,
		.text = reason,
	};

	/* A manifest that says so already is left alone: a no-op writes nothing. */
	if (record->status != RECORD_SKIPPED || !record->skip_reason ||
		strcmp(record->skip_reason, reason) != 0) {
		struct err err = {0};
		struct attempt attempt = attempt_begin(graph, stage, 1, run->run_id);
		attempt.ended_ns = attempt.started_ns;
		attempt.status = RECORD_SKIPPED;
		attempt.skip_reason = reason;
		attempt.last_success = manifest_last_success(dir);
		if (attempt_write_manifest(run, &attempt, &err) < 0)
			run_fail(run, &err);
		attempt_free_json(&attempt);
		event.count = 1;
	}
	sched_checked(run->sched, stage, SCHED_SKIPPED);
	notify(run, &event);
	temporary_settled(run, stage);
}

void check_key(struct run *run, uint32_t stage, struct record_key_set *key)
{
	key_make(run->graph, stage, tools_versions(run->tools, stage), run->stages[stage].record,
		key);
}

/* What the index has is enough for what is up to date; reasons need the manifest. */
static bool is_for_index(const struct run *run, uint32_t stage)
{
	return known_is_current(&run->known, stage) && !is_forced(run, stage) &&
	       !run->stages[stage].is_interrupted && !run->stages[stage].has_run &&
	       !temporary_made_for(run, stage);
}

static void check_by_record(struct run *run, uint32_t stage)
{
	const struct basis basis = {.record = run_record(run, stage)};
	const struct judge judge = judge_for(run, stage);
	struct record_key_set key;

	run->stages[stage].is_by_record = true;
	check_key(run, stage, &key);
	if (ask(run, &judge, stage, &basis) && viewed_known(run, stage, basis.record))
		act_on_record(run, &judge, stage, &key);
}

/* False: by the manifest. */
static bool check_by_index(struct run *run, uint32_t stage)
{
	const struct basis basis = {.index = run->index};
	const struct judge judge = judge_for(run, stage);
	struct record_key_set key;

	if (!ask(run, &judge, stage, &basis))
		return true;
	check_key(run, stage, &key);
	if (!judge_is_same(&judge, stage, &basis, &key))
		return false;
	if (viewed_known(run, stage, NULL))
		found_fresh(run, stage);
	return true;
}

/* Does it make nothing, as far as this run or its record tells? */
static bool is_absent_maker(struct run *run, uint32_t maker)
{
	enum sched_state state = sched_state(run->sched, maker);

	if (state == SCHED_SKIPPED || state == SCHED_FAILED)
		return true;
	if (state != SCHED_FRESH && state != SCHED_IDLE)
		return false;
	if (known_is_current(&run->known, maker))
		return run->index->stages[maker].flags & INDEX_STAGE_SKIPPED;
	return absent_is_maker(run->graph, maker, run_record(run, maker), state == SCHED_FRESH);
}

/* What stages before this one do not make is absent, whatever lies there. */
static void note_absent(struct run *run, uint32_t stage)
{
	const struct graph *graph = run->graph;
	struct span needs = graph->stages[stage].needs;

	for (uint32_t i = 0; i < needs.count; i++) {
		uint32_t maker = graph->edges[needs.first + i];
		if (is_absent_maker(run, maker))
			absent_set(graph, run->stamps, maker, stage);
	}
}

void check_resume(struct run *run, uint32_t stage)
{
	note_absent(run, stage);
	if (run->has_temporary)
		temporary_note(run, stage);
	if (run->stages[stage].is_by_record || !is_for_index(run, stage) ||
		!check_by_index(run, stage))
		check_by_record(run, stage);
	arena_reset(&run->scratch);
}

void check_begin(struct run *run, uint32_t stage)
{
	struct run_stage *known = &run->stages[stage];

	/* It ran, and something that it read was made again: its record is another now. */
	if (known->has_run) {
		known->record = NULL;
		known->attempts = 0;
	}
	if (run->graph->stages[stage].flags & STAGE_DISABLED)
		skip_disabled(run, stage);
	else if (versions_known(run, stage))
		check_resume(run, stage);
}

/* The files of wanted stages, each once, as far as `takes` says of their use; returns their
 * number. */
static size_t list_files(
	struct run *run, bool takes(const struct run *, uint32_t, uint32_t), uint32_t *ids)
{
	const struct graph *graph = run->graph;
	bool *is_listed MEM_LOCAL = mem_alloc((size_t)graph->file_count + 1);
	size_t count = 0;

	for (uint32_t i = 0; i < graph->stage_count; i++) {
		const struct stage *s = &graph->stages[i];
		if (sched_state(run->sched, i) == SCHED_IDLE || (s->flags & STAGE_DISABLED))
			continue;
		for (uint32_t k = 0; k < s->input_count + s->output_count; k++) {
			uint32_t file = graph->uses[s->first_use + k].file;
			if (is_listed[file] || !takes(run, i, k))
				continue;
			ids[count++] = file;
			is_listed[file] = true;
		}
	}
	return count;
}

static bool takes_all(const struct run *run, uint32_t stage, uint32_t use)
{
	(void)run;
	(void)stage;
	(void)use;
	return true;
}

/* Outputs of a stage that will run anyway need not be read. */
static bool takes_content(const struct run *run, uint32_t stage, uint32_t use)
{
	const struct stage *s = &run->graph->stages[stage];
	uint32_t label = run->graph->uses[s->first_use + use].label;

	return track_reads(run->graph->labels[label].track) &&
	       (use < s->input_count || is_for_index(run, stage));
}

/* Of the last success of a stage, as far as it is judged in this run or the index has it. */
static struct basis basis_of(void *ctx, uint32_t stage)
{
	struct run *run = ctx;

	if (known_is_current(&run->known, stage) ||
		(!run->options->wanted[stage] && known_has(&run->known, stage)))
		return (struct basis){.index = run->index};
	return (struct basis){.record = run_record(run, stage)};
}

void check_stat_all(struct run *run)
{
	uint32_t *ids MEM_LOCAL = mem_grow(NULL, (size_t)run->graph->file_count + 1, sizeof *ids);

	known_look(&run->known, run->wanted, ids, list_files(run, takes_all, ids));
	lent_note(run->graph, run->stamps, basis_of, run);
}

void check_hash_small(struct run *run)
{
	uint32_t *ids MEM_LOCAL = mem_grow(NULL, (size_t)run->graph->file_count + 1, sizeof *ids);

	stamps_hash_small(run->stamps, ids, list_files(run, takes_content, ids));
}
