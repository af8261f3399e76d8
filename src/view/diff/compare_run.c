/* The side of a run: its record, and for what was up to date in it those of earlier runs. */
#include <stdlib.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/path.h"
#include "record/runs/past.h"
#include "view/diff/compare.h"

#define RECORDS_MAX 200                 /* that are read back for what was up to date */
#define BYTES_MAX ((uint64_t)512 << 20) /* of those together */

struct records {
	struct arena *arena;
	const struct past_entry *entries;
	struct compare *diff;
	struct past_run **logs; /* by entry; NULL: not read, or not readable */
	bool *is_read;
	uint32_t read_count;
	uint64_t bytes;
	struct map wanted; /* names of stages that may differ -> place in names */
	const char **names;
	uint32_t name_count, name_cap;
};

/* The record of an entry, or NULL; only for the two runs themselves is that an error. */
static struct past_run *record_of(struct records *r, uint32_t at, bool is_needed, struct err *err)
{
	const struct past_entry *entry = &r->entries[at];
	struct fs_stat stat = {0};

	if (r->is_read[at])
		return r->logs[at];
	if (!entry->record_path) {
		if (is_needed)
			err_set(err, EXIT_WORLD,
				"run %s has a log, but no record: it is older than records, or its "
				"record was removed",
				entry->run);
		return NULL;
	}
	if (!is_needed && (r->read_count >= RECORDS_MAX || r->bytes > BYTES_MAX))
		return NULL;
	fs_stat(entry->record_path, &stat, NULL);
	r->is_read[at] = true;
	r->read_count++;
	r->bytes += stat.size;
	if (past_read(r->arena, entry->record_path, &r->logs[at], is_needed ? err : NULL) < 0)
		return NULL;
	MEM_PUSH(r->diff->logs, r->diff->log_count, r->diff->log_cap, r->logs[at]);
	return r->logs[at];
}

static const char *job_dir_of(struct arena *arena, const struct past_run *log)
{
	return *log->log ? path_dir(arena, path_dir(arena, log->log)) : "";
}

static struct compare_file *files_of(
	struct arena *arena, const char *job_dir, const struct past_file *from, uint32_t count)
{
	struct compare_file *files = arena_alloc(arena, (count + 1) * sizeof *files);

	for (uint32_t i = 0; i < count; i++)
		files[i] = (struct compare_file){
			.key = compare_key(arena, job_dir, from[i].path),
			.path = from[i].path,
			.sum = from[i].sum,
			.size = from[i].size,
		};
	return files;
}

static void take_attempt(struct records *r, struct compare_stage *stage, const struct past_run *log,
	const struct past_attempt *attempt)
{
	const char *job_dir = job_dir_of(r->arena, log);

	stage->is_known = true;
	stage->run = log->run;
	stage->seconds = attempt->seconds;
	stage->memory_mb = json_get_num(attempt->resources, "memory_mb", -1);
	stage->cpu_seconds = compare_cpu_seconds(attempt->resources);
	stage->exit_code = attempt->exit_code;
	stage->command = attempt->command;
	stage->command_digest = attempt->command_digest;
	stage->env_digest = attempt->env_digest;
	stage->config = attempt->config;
	stage->tools = attempt->tools;
	stage->metrics = attempt->metrics;
	stage->inputs = files_of(r->arena, job_dir, attempt->inputs, attempt->input_count);
	stage->outputs = files_of(r->arena, job_dir, attempt->outputs, attempt->output_count);
	stage->input_count = attempt->input_count;
	stage->output_count = attempt->output_count;
	stage->inputs_more = attempt->inputs_more_sum;
	stage->outputs_more = attempt->outputs_more_sum;
	for (uint32_t i = 0; i < attempt->output_count; i++)
		stage->output_bytes += attempt->outputs[i].size;
}

static enum compare_state state_of(enum past_state state)
{
	static const enum compare_state states[] = {
		[PAST_WAITING] = COMPARE_RUNNING,
		[PAST_RUNNING] = COMPARE_RUNNING,
		[PAST_DONE] = COMPARE_RAN,
		[PAST_FAILED] = COMPARE_FAILED,
		[PAST_FRESH] = COMPARE_FRESH,
		[PAST_SKIPPED] = COMPARE_SKIPPED,
		[PAST_BLOCKED] = COMPARE_BLOCKED,
	};

	_Static_assert(sizeof states / sizeof *states == PAST_STATES, "each has its own");
	return states[state];
}

/* What the run itself did. */
static void take_run(struct records *r, struct compare_side *side, const struct past_run *log)
{
	side->name = log->run;
	side->job_dir = job_dir_of(r->arena, log);
	side->begin_ns = log->begin_ns;
	side->outcome = log->outcome;
	side->seconds = log->seconds;
	side->totals = log->totals;
	for (uint32_t i = 0; i < log->stage_count; i++) {
		const struct past_stage *from = &log->stages[i];
		struct compare_stage *stage = compare_side_stage(side, from->name);

		stage->state = state_of(from->state);
		if (from->last_attempt != NONE)
			take_attempt(r, stage, log, &log->attempts[from->last_attempt]);
	}
}

/* A run in which nothing ran names nobody: all that it was about were up to date. */
static bool is_all_fresh(const struct past_run *log)
{
	return log->attempt_count == 0 && log->totals && log->selected == log->definition_stages &&
	       json_get_num(log->totals, "fresh", 0) + json_get_num(log->totals, "skipped", 0) ==
		       log->selected;
}

/* Stages that ran between the two, or in one of them: all others are the same on both sides. */
static void find_wanted(struct records *r, uint32_t first, uint32_t last)
{
	for (uint32_t i = first; i <= last; i++) {
		const struct past_run *log = record_of(r, i, false, NULL);

		for (uint32_t k = 0; log && k < log->attempt_count; k++) {
			const char *name = log->attempts[k].stage;

			if (map_put(&r->wanted, name, r->name_count) != r->name_count)
				continue;
			MEM_PUSH(r->names, r->name_count, r->name_cap, name);
		}
	}
}

/* Takes from earlier runs what the wanted stages of the side were last made of. */
static void look_back(struct records *r, struct compare_side *side, uint32_t at)
{
	bool is_fresh = is_all_fresh(r->logs[at]);
	uint32_t missing = 0;

	for (uint32_t i = 0; i < r->name_count; i++) {
		struct compare_stage *stage = compare_side_stage(side, r->names[i]);

		missing += !stage->is_known;
	}
	while (missing && at-- > 0) {
		const struct past_run *log = record_of(r, at, false, NULL);

		for (uint32_t i = log ? log->attempt_count : 0; i-- > 0;) {
			const struct past_attempt *attempt = &log->attempts[i];
			uint32_t place = map_get(&side->by_name, attempt->stage);
			struct compare_stage *stage = place == NONE ? NULL : &side->stages[place];

			if (attempt->state != PAST_DONE || !stage || stage->is_known ||
				map_get(&r->wanted, attempt->stage) == NONE)
				continue;
			take_attempt(r, stage, log, attempt);
			if (stage->state == COMPARE_ABSENT && is_fresh)
				stage->state = COMPARE_FRESH;
			missing--;
		}
	}
}

int compare_runs(struct arena *arena, const struct graph *graph, const struct past_entry *entries,
	uint32_t count, uint32_t a, uint32_t b, struct compare *out, struct err *err)
{
	struct records r = {.arena = arena, .entries = entries, .diff = out};
	const struct past_run *log_a, *log_b;

	*out = (struct compare){0};
	r.logs = arena_alloc(arena, (count + 1) * sizeof *r.logs);
	r.is_read = arena_alloc(arena, count + 1);
	log_a = record_of(&r, a, true, err);
	log_b = log_a ? record_of(&r, b, true, err) : NULL;
	if (!log_b)
		return -1;
	take_run(&r, &out->a, log_a);
	take_run(&r, &out->b, log_b);
	find_wanted(&r, a < b ? a : b, a < b ? b : a);
	look_back(&r, &out->a, a);
	look_back(&r, &out->b, b);
	map_free(&r.wanted);
	free(r.names);
	compare_sides(arena, graph, out);
	return 0;
}
