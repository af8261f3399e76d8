/* Two runs or two jobs beside each other.
 *
 * An argument is a run if it is "last", "last~N", or made of digits and underscores only: the id of
 * a run of the present job, or the beginning of one. Any other is a job: a directory in the same
 * out. "run:" or "job:" in front says which it is where a job is named like a run. What is left out
 * is the last run, or the present job. */
#include <string.h>

#include "base/arena.h"
#include "base/fs.h"
#include "base/text.h"
#include "cmd/session.h"
#include "model/graph/graph.h"
#include "record/runs/past.h"
#include "view/diff/compare.h"

static const struct option_spec options[] = {
	OPTION(0, "json", NULL, FLAG, is_json, "as JSON"),
	OPTIONS_END,
};

/* One argument, as far as its form tells. */
struct side {
	const char *text; /* without prefix */
	bool is_job;
};

static struct side read_side(const char *arg)
{
	struct side side = {.text = arg};

	if (text_starts(arg, "run:") || text_starts(arg, "job:")) {
		side.is_job = *arg == 'j';
		side.text = arg + 4;
	} else {
		side.is_job = !text_eq(arg, "last") && !text_starts(arg, "last~") &&
			      arg[strspn(arg, "0123456789_")] != '\0';
	}
	return side;
}

static int make_of_runs(struct arena *arena, const struct graph *graph, const char *a,
	const char *b, struct compare *diff, struct err *err)
{
	struct past_entry *entries = NULL;
	const char *job = graph_text(graph, graph->job);
	const struct past_entry *old, *new;
	uint32_t count = 0;

	if (past_list(arena, graph_text(graph, graph->job_dir), &entries, &count, err) < 0 ||
		!(old = past_pick(entries, count, job, a, err)) ||
		!(new = past_pick(entries, count, job, b, err)))
		return -1;
	return compare_runs(arena, graph, entries, count, (uint32_t)(old - entries),
		(uint32_t)(new - entries), diff, err);
}

static const char *find_job(
	struct arena *arena, const struct graph *graph, const char *name, struct err *err)
{
	const char *out = graph_text(graph, graph->out);
	const char *dir = arena_fmt(arena, "%s/%s", out, name);

	if (*name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
		fs_is_dir(dir))
		return dir;
	err_set(err, EXIT_USAGE,
		"there is no job '%s' in '%s'; a run is given by its id, or as last or last~1",
		name, out);
	return NULL;
}

static int make_of_jobs(struct arena *arena, const struct graph *graph, const char *a,
	const char *b, struct compare *diff, struct err *err)
{
	const char *dir_a = find_job(arena, graph, a, err);
	const char *dir_b = dir_a ? find_job(arena, graph, b, err) : NULL;

	return dir_b ? compare_jobs(arena, graph, dir_a, dir_b, diff, err) : -1;
}

/* The two that are compared, as far as the arguments tell; the text of b is NULL for the present
 * job. */
static void read_sides(const struct call *call, struct side *a, struct side *b)
{
	const struct option_list *args = &call->args;

	*a = read_side(args->count > 0 ? args->items[0] : "last~1");
	*b = read_side(args->count > 1 ? args->items[1] : "last");
	if (args->count == 1 && a->is_job)
		*b = (struct side){.is_job = true};
}

static int check(struct call *call, struct err *err)
{
	struct side a, b;

	(void)err;
	read_sides(call, &a, &b);
	if (a.is_job == b.is_job)
		return EXIT_OK;
	return session_mistake("'%s' is a %s and '%s' is a %s: these cannot be compared", a.text,
		a.is_job ? "job" : "run", b.text, b.is_job ? "job" : "run");
}

static int run(struct call *call, struct err *err)
{
	const struct graph *graph = call->session.graph;
	struct arena arena ARENA_LOCAL = {0};
	struct compare diff = {0};
	struct side a, b;
	int status;

	read_sides(call, &a, &b);
	if (a.is_job)
		status = make_of_jobs(&arena, graph, a.text,
			b.text ? b.text : graph_text(graph, graph->job), &diff, err);
	else
		status = make_of_runs(&arena, graph, a.text, b.text, &diff, err);
	if (status == 0 && call->wishes.is_json)
		compare_json(&call->out, &diff);
	else if (status == 0)
		compare_text(&call->out, &diff, session_color(call));
	compare_free(&diff);
	return EXIT_OK;
}

const struct command cmd_diff = {
	.name = "diff",
	.usage = "[OLD [NEW]]",
	.summary = "compare two runs, or two jobs",
	.details =
		"A run is given by its id or the beginning of it, as last, or as last~1 (the one\n"
		"before); any other word is a job. run:ID and job:NAME say which. What is\n"
		"left out is the last run, or the present job; without arguments the last run is\n"
		"compared with the one before it.",
	.options = options,
	.max_args = 2,
	.needs = NEEDS_GRAPH,
	.check = check,
	.needs_job = true,
	.run = run,
};
