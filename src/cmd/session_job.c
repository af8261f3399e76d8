/* A run with everybody who watches it: console, pipeline log, picture. */
#include "base/process.h"
#include "cmd/session.h"
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

int session_run_job(const struct call *call, struct run_options *options)
{
	struct listeners all = {0};
	struct err err = {0};

	listen(&all, &call->globals);
	options->listeners = all.items[0];
	if (!options->jobs)
		options->jobs = process_processors();
	int code = run_job(call->session.graph, options, &err);
	return end(&all, code, &err);
}
