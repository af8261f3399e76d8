/* A run with everybody who watches it: console, pipeline log, picture. */
#include <stdlib.h>

#include "base/err.h"
#include "base/process.h"
#include "base/text.h"
#include "cmd/session.h"
#include "model/graph/cache_settings.h"
#include "model/graph/graph.h"
#include "model/graph/grow.h"
#include "run/engine/run.h"
#include "view/console/console.h"
#include "view/console/github.h"
#include "view/files/files.h"
#include "view/graph/graph_view.h"

#define LISTENERS_MAX 8

/* A mistake was found before anything ran. What could not be written ends in EXIT_WORLD, unless a
 * signal ended the run. */
static int tell(int code, const struct err *err)
{
	if (err->code == EXIT_OK)
		return code;
	session_fail(err);
	if (err->code == EXIT_USAGE)
		return EXIT_USAGE;
	return code < 128 ? EXIT_WORLD : code;
}

/* Everybody who listens, in the order in which they hear. */
struct listeners {
	struct listener *items[LISTENERS_MAX];
	size_t count;
	struct listener *console; /* one of them */
};

static void add(struct listeners *all, struct listener *listener)
{
	if (all->count)
		all->items[all->count - 1]->next = listener;
	all->items[all->count++] = listener;
}

static void listen(struct listeners *all, const struct globals *globals)
{
	struct console_options look = {0};
	struct history *history = history_new();
	struct github_options github;

	console_detect(&look, (enum style_choice)globals->color,
		globals->is_quiet ? CONSOLE_QUIET
				  : (globals->is_verbose ? CONSOLE_VERBOSE : CONSOLE_NORMAL));
	look.history = history;
	add(all, history_listener(history));
	add(all, pipelog_new(history));
	add(all, runrecord_new(history));
	add(all, run_retention_new());
	add(all, graph_file_new());
	all->console = console_new(&look);
	add(all, all->console);
	if (!github_detected())
		return;
	github_detect(&github);
	add(all, github_new(&github));
}

/* The console goes first: what is told then must not stand in its live region. */
static int end(struct listeners *all, int code, const struct err *err)
{
	all->console->free(all->console->ctx);
	code = tell(code, err);
	for (size_t i = 0; i < all->count; i++) {
		struct err missed = {0};

		if (all->items[i] != all->console && listener_error(all->items[i], &missed) < 0)
			code = tell(code, &missed);
	}
	for (size_t i = 0; i < all->count; i++) {
		if (all->items[i] != all->console)
			listener_free(all->items[i]);
	}
	return code;
}

struct again {
	struct call *call;
	const struct run_options *options;
};

/* The files of the definition that another graph was made from as well, as it is now; NULL. */
static const char *changed_file(const struct graph *before, const struct graph *now)
{
	for (uint32_t i = 0; i < before->source_count; i++) {
		const struct source *was = &before->sources[i], *is = &now->sources[i];
		if (!source_is_file((enum source_kind)was->kind))
			continue;
		bool is_same = i < now->source_count && is->kind == was->kind &&
			       digest_eq(&is->digest, &was->digest);
		if (!is_same)
			return graph_text(before, was->name);
	}
	return NULL;
}

/* The definition as it expands by what was made since, and what is asked of it. */
static int expand(void *ctx, struct expansion *out, struct diags *diags, struct err *err)
{
	const struct again *again = ctx;
	struct call *call = again->call;
	struct definition_request request = session_request(call);

	request.file = call->session.file;
	request.again_from = call->session.here;
	out->graph = definition_load(&request, diags, err);
	if (!out->graph)
		return -1;
	const char *changed = changed_file(call->session.graph, out->graph);
	if (changed)
		err_set(err, EXIT_USAGE, "'%s' was changed while the run went on: run again",
			changed);
	if (!err->code)
		out->wanted = session_select(call, out->graph, STAGES_WANTED, err);
	if (!err->code && again->options->named)
		out->named = session_select(call, out->graph, STAGES_NAMED, err);
	if (!err->code && again->options->forced)
		out->forced = session_select(call, out->graph, STAGES_WANTED, err);
	if (!err->code)
		return 0;
	graph_free(out->graph);
	out->graph = NULL;
	return -1;
}

/* Those of this machine that are for us: a job of Slurm has some of its node's. */
static uint32_t processors(void)
{
	const char *given = getenv("SLURM_CPUS_ON_NODE");
	uint32_t all = process_processors(), count;

	return given && text_to_u32(given, &count) && count && count < all ? count : all;
}

/* What the definition could not know: it may be asked for on the command line only. */
static int check_executors(const struct graph *graph, const struct run_options *options)
{
	struct arena arena ARENA_LOCAL = {0};
	int code = EXIT_OK;

	if (!options->audit && options->executor == EXECUTOR_UNSAID)
		return EXIT_OK;
	for (uint32_t i = 0; i < graph->stage_count && code == EXIT_OK; i++) {
		const char *mistake = NULL;
		if (!options->wanted[i] ||
			stage_executor(graph, i, options->executor) == EXECUTOR_LOCAL)
			continue;
		if (options->audit)
			mistake = "audit watches what runs here: set 'executor = local' for it";
		else
			mistake = executor_mistake(&arena, graph, i, options->executor);
		if (mistake)
			code = session_mistake("stage '%s' cannot run by %s: %s",
				stage_name(graph, i),
				executor_name(stage_executor(graph, i, options->executor)),
				mistake);
	}
	return code;
}

int session_run_job(struct call *call, const struct run_options *options)
{
	const struct graph *graph = call->session.graph;
	struct run_options own = *options;
	struct again again = {.call = call, .options = &own};
	struct listeners all = {0};
	struct cache_settings cache;
	struct err err = {0};

	if (check_executors(graph, options) != EXIT_OK)
		return EXIT_USAGE;
	if (session_cache(call, &cache, &err) < 0)
		return session_mistake("%s", err.text);
	own.cache = cache_settings_on(&cache) ? &cache : NULL;
	listen(&all, &call->globals);
	own.listeners = all.items[0];
	/* -j says it of those that are meant. */
	if (graph_executor(graph, own.executor) != EXECUTOR_LOCAL) {
		own.away_jobs = own.jobs;
		own.jobs = 0;
	}
	if (!own.jobs)
		own.jobs = processors();
	if (graph->list_count) {
		own.grow = grow_new(graph);
		own.expand = expand;
		own.expand_ctx = &again;
	}
	int code = run_job(graph, &own, &err);
	code = end(&all, code, &err);
	grow_free(own.grow);
	if (code == EXIT_OK && call->session.awaited)
		code = session_mistake("there is no instance '%s': 'restage list' shows those that "
				       "were made",
			call->session.awaited);
	return code;
}
