#include "cmd/watch.h"

#include "base/err.h"
#include "base/process.h"
#include "cmd/session.h"
#include "view/console/console.h"
#include "view/console/github.h"
#include "view/files/history.h"
#include "view/files/oldruns.h"
#include "view/files/pipelog.h"
#include "view/files/runrecord.h"
#include "view/graph/picture.h"

/* What could not be written ends in EXIT_WORLD, unless a signal ended the run. */
static int tell(int code, const struct err *err)
{
	if (err->code == EXIT_OK)
		return code;
	session_fail(err);
	return code < 128 ? EXIT_WORLD : code;
}

/* Everybody who watches, in the order in which they hear. */
struct watchers {
	struct history *history;
	struct pipelog *log;
	struct runrecord *record;
	struct oldruns *oldruns;
	struct picture *picture;
	struct console *console;
	struct github *github; /* NULL elsewhere than in GitHub Actions */
};

static struct github *github_if_there(void)
{
	struct github_options options;

	if (!github_detected())
		return NULL;
	github_detect(&options);
	return github_new(&options);
}

static struct listener *watchers_list(struct watchers *w)
{
	struct listener *list[] = {history_listener(w->history), pipelog_listener(w->log), runrecord_listener(w->record),
		oldruns_listener(w->oldruns), picture_listener(w->picture),
		console_listener(w->console),
		w->github ? github_listener(w->github) : NULL};

	for (size_t i = 1; i < sizeof list / sizeof *list; i++)
		list[i - 1]->next = list[i];
	return list[0];
}

static int watchers_free(struct watchers *w, int code)
{
	struct err log_err = {0}, record_err = {0}, old_err = {0}, picture_err = {0};
	struct err github_err = {0};

	pipelog_error(w->log, &log_err);
	runrecord_error(w->record, &record_err);
	oldruns_error(w->oldruns, &old_err);
	picture_error(w->picture, &picture_err);
	github_error(w->github, &github_err);
	pipelog_free(w->log);
	runrecord_free(w->record);
	oldruns_free(w->oldruns);
	picture_free(w->picture);
	history_free(w->history);
	github_free(w->github);
	code = tell(tell(code, &log_err), &record_err);
	return tell(tell(tell(code, &old_err), &picture_err), &github_err);
}

int watch_run(const struct call *call, const struct graph *graph, struct run_options *options)
{
	const struct globals *globals = &call->globals;
	struct console_options look = {0};
	struct err err = {0};
	struct watchers watchers = {.history = history_new(),
		.log = pipelog_new(),
		.record = runrecord_new(),
		.oldruns = oldruns_new(),
		.picture = picture_new(),
		.github = github_if_there()};
	int code;

	console_detect(&look, (enum style_choice)globals->color,
		globals->is_quiet ? CONSOLE_QUIET
				  : (globals->is_verbose ? CONSOLE_VERBOSE : CONSOLE_NORMAL));
	look.history = watchers.history;
	watchers.console = console_new(&look);
	pipelog_use_history(watchers.log, watchers.history);
	runrecord_use_history(watchers.record, watchers.history);
	options->listeners = watchers_list(&watchers);
	if (!options->jobs)
		options->jobs = process_processors();
	code = run_job(graph, options, &err);
	console_free(watchers.console);
	return watchers_free(&watchers, tell(code, &err));
}
