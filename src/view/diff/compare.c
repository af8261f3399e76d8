/* Comparing the two sides, stage by stage. */
#include "view/diff/compare.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"
#include "record/runs/past.h"

const char *compare_state_name(enum compare_state state)
{
	static const char *const names[] = {
		"absent", "ran", "failed", "up_to_date", "skipped", "blocked", "running"};

	return names[state];
}

const char *compare_kind_name(enum compare_kind kind)
{
	static const char *const names[] = {
		"config", "env", "tool", "command", "input", "output", "metric"};

	return names[kind];
}

struct compare_stage *compare_side_stage(struct compare_side *side, const char *name)
{
	uint32_t count = side->stage_count, at = map_put(&side->by_name, name, count);

	if (at != count)
		return &side->stages[at];
	MEM_ROOM(side->stages, side->stage_count, side->stage_cap);
	side->stages[count] = (struct compare_stage){
		.name = name, .seconds = -1, .memory_mb = -1, .cpu_seconds = -1, .exit_code = -1};
	side->stage_count++;
	return &side->stages[count];
}

double compare_cpu_seconds(const json *resources)
{
	double user = json_get_num(resources, "cpu_user_seconds", -1);
	double system = json_get_num(resources, "cpu_system_seconds", -1);

	return user < 0 || system < 0 ? -1 : user + system;
}

const char *compare_key(struct arena *arena, const char *job_dir, const char *path)
{
	const char *below = *job_dir ? path_below(job_dir, path) : NULL;

	if (!below || !*below)
		return path;
	return arena_fmt(arena, "@%s", job_without_number(below));
}

struct comparing {
	struct arena *arena;
	struct compare_pair *pair;
};

static void add_change(struct comparing *c, const struct compare_change *change)
{
	struct compare_pair *pair = c->pair;

	MEM_PUSH(pair->changes, pair->change_count, pair->change_cap, *change);
}

static const char *value_text(struct arena *arena, const json *value)
{
	struct buf text BUF_LOCAL = {0};
	const char *result;

	if (!value)
		return NULL;
	if (json_is(value, JSON_STRING))
		return json_str(value, "");
	json_format_line(value, &text);
	result = arena_strdup(arena, buf_text(&text));
	return result;
}

static void find_objects(
	struct comparing *c, enum compare_kind kind, const json *a, const json *b, bool is_secret)
{
	const json *both[] = {a, b};

	for (int i = 0; i < 2; i++) {
		for (const json *node = json_is(both[i], JSON_OBJECT) ? json_first(both[i]) : NULL;
			node; node = json_next(node)) {
			const char *key = json_key(node);
			const char *before = value_text(c->arena, json_get(a, key));
			const char *after = value_text(c->arena, json_get(b, key));

			if (text_eq(before, after) || (i == 1 && before))
				continue;
			add_change(c, &(struct compare_change){
					      .kind = kind,
					      .about = key,
					      .before = before && is_secret ? "" : before,
					      .after = after && is_secret ? "" : after,
				      });
		}
	}
}

static void find_command(
	struct comparing *c, const struct compare_stage *a, const struct compare_stage *b)
{
	/* the digest is free of places and numbers: the same command of another job is the same */
	if (a->command_digest && b->command_digest ? text_eq(a->command_digest, b->command_digest)
						   : text_eq(a->command, b->command))
		return;
	add_change(c, &(struct compare_change){
			      .kind = COMPARE_COMMAND, .before = a->command, .after = b->command});
}

static void find_env(
	struct comparing *c, const struct compare_stage *a, const struct compare_stage *b)
{
	find_objects(c, COMPARE_ENV, a->env, b->env, true);
	if (a->env_digest && b->env_digest && !text_eq(a->env_digest, b->env_digest))
		add_change(c,
			&(struct compare_change){.kind = COMPARE_ENV, .before = "", .after = ""});
}

static bool is_same_file(const struct compare_file *a, const struct compare_file *b)
{
	/* without checksums the size is all that is known */
	return digest_eq(&a->sum, &b->sum) && a->size == b->size;
}

static void find_files(struct comparing *c, enum compare_kind kind, const struct compare_stage *a,
	const struct compare_stage *b)
{
	bool is_input = kind == COMPARE_INPUT;
	const struct compare_file *olds = is_input ? a->inputs : a->outputs,
				  *news = is_input ? b->inputs : b->outputs;
	uint32_t old_count = is_input ? a->input_count : a->output_count;
	uint32_t new_count = is_input ? b->input_count : b->output_count;
	const char *more_a = is_input ? a->inputs_more : a->outputs_more;
	const char *more_b = is_input ? b->inputs_more : b->outputs_more;
	struct map by_key MAP_LOCAL = {0}, seen MAP_LOCAL = {0};

	for (uint32_t i = 0; i < old_count; i++)
		map_put(&by_key, olds[i].key, i);
	for (uint32_t i = 0; i < new_count; i++) {
		uint32_t at = map_get(&by_key, news[i].key);
		const struct compare_file *old = at == NONE ? NULL : &olds[at];

		map_put(&seen, news[i].key, i);
		if (old && is_same_file(old, &news[i]))
			continue;
		add_change(c, &(struct compare_change){
				      .kind = kind,
				      .about = news[i].path,
				      .before = old ? "" : NULL,
				      .after = "",
				      .size_before = old ? old->size : 0,
				      .size_after = news[i].size,
			      });
	}
	for (uint32_t i = 0; i < old_count; i++) {
		if (map_get(&seen, olds[i].key) == NONE)
			add_change(c, &(struct compare_change){
					      .kind = kind,
					      .about = olds[i].path,
					      .before = "",
					      .size_before = olds[i].size,
				      });
	}
	if (!text_eq(more_a, more_b))
		add_change(c, &(struct compare_change){
				      .kind = kind,
				      .about = "(files beyond the first 1,000)",
				      .before = more_a ? "" : NULL,
				      .after = more_b ? "" : NULL,
			      });
}

static bool made_outputs(const struct compare_stage *stage)
{
	return stage->state != COMPARE_FAILED && stage->state != COMPARE_RUNNING;
}

static void find_pair(struct arena *arena, struct compare_pair *pair)
{
	const struct compare_stage *a = pair->a, *b = pair->b;
	struct comparing c = {.arena = arena, .pair = pair};

	if (!a->is_known || !b->is_known)
		return;
	/* what an attempt was made of is recorded when it has ended */
	if (a->state == COMPARE_RUNNING || b->state == COMPARE_RUNNING)
		return;
	find_objects(&c, COMPARE_CONFIG, a->config, b->config, false);
	find_env(&c, a, b);
	find_objects(&c, COMPARE_TOOL, a->tools, b->tools, false);
	find_command(&c, a, b);
	find_files(&c, COMPARE_INPUT, a, b);
	if (!made_outputs(a) || !made_outputs(b))
		return;
	find_files(&c, COMPARE_OUTPUT, a, b);
	find_objects(&c, COMPARE_METRIC, a->metrics, b->metrics, false);
}

static const struct compare_stage *stage_or_absent(
	const struct compare_side *side, const char *name)
{
	static const struct compare_stage absent = {
		.seconds = -1, .memory_mb = -1, .cpu_seconds = -1};
	uint32_t at = map_get(&side->by_name, name);

	return at == NONE ? &absent : &side->stages[at];
}

static void add_pair(struct arena *arena, struct compare *diff, struct map *done, const char *name)
{
	struct compare_pair *pair = &diff->pairs[diff->pair_count];

	if (map_put(done, name, diff->pair_count) != diff->pair_count)
		return;
	pair->name = name;
	pair->a = stage_or_absent(&diff->a, name);
	pair->b = stage_or_absent(&diff->b, name);
	diff->pair_count++;
	find_pair(arena, pair);
}

void compare_sides(struct arena *arena, const struct graph *graph, struct compare *diff)
{
	const struct compare_side *sides[] = {&diff->a, &diff->b};
	struct map done MAP_LOCAL = {0};
	size_t most = (size_t)diff->a.stage_count + diff->b.stage_count + 1;

	diff->pairs = arena_alloc(arena, most * sizeof *diff->pairs);
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		const char *name = stage_name(graph, i);

		if (map_get(&diff->a.by_name, name) != NONE ||
			map_get(&diff->b.by_name, name) != NONE)
			add_pair(arena, diff, &done, name);
	}
	for (int side = 0; side < 2; side++) {
		for (uint32_t i = 0; i < sides[side]->stage_count; i++)
			add_pair(arena, diff, &done, sides[side]->stages[i].name);
	}
}

static bool did_something(const struct compare_stage *stage)
{
	return stage->state == COMPARE_RAN || stage->state == COMPARE_FAILED ||
	       stage->state == COMPARE_RUNNING || stage->state == COMPARE_BLOCKED;
}

bool compare_is_of_interest(const struct compare *diff, const struct compare_pair *pair)
{
	if (pair->change_count)
		return true;
	if (diff->is_of_jobs)
		return pair->a->state != pair->b->state || pair->a->state == COMPARE_RAN;
	return did_something(pair->a) || did_something(pair->b);
}

void compare_free(struct compare *diff)
{
	for (uint32_t i = 0; i < diff->log_count; i++)
		past_done(diff->logs[i]);
	for (uint32_t i = 0; i < diff->document_count; i++)
		json_free(diff->documents[i]);
	for (uint32_t i = 0; i < diff->pair_count; i++)
		free(diff->pairs[i].changes);
	free(diff->a.stages);
	free(diff->b.stages);
	free(diff->logs);
	free(diff->documents);
	map_free(&diff->a.by_name);
	map_free(&diff->b.by_name);
	*diff = (struct compare){0};
}
