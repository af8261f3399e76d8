#include "cmd/watch.h"

#include <sched.h>

#include "base/err.h"
#include "cmd/session.h"
#include "view/console.h"
#include "view/picture.h"
#include "view/pipelog.h"
#include "view/runrecord.h"

static uint32_t processor_count(void)
{
	cpu_set_t set;
	int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;

	return count > 0 ? (uint32_t)count : 1;
}

/* What could not be written ends in EXIT_WORLD, unless a signal ended the run. */
static int tell(int code, const struct err *err)
{
	if (err->code == EXIT_OK)
		return code;
	session_fail(err);
	return code < 128 ? EXIT_WORLD : code;
}

int watch_run(const struct call *call, const struct graph *graph, struct run_options *options)
{
	const struct globals *globals = &call->globals;
	struct console_options look = {0};
	struct err err = {0}, log_err = {0}, record_err = {0}, picture_err = {0};
	struct console *console;
	struct pipelog *log = pipelog_new();
	struct runrecord *record = runrecord_new();
	struct picture *picture = picture_new();
	int code;

	console_detect(&look, (enum style_choice)globals->color,
		globals->is_quiet ? CONSOLE_QUIET
				  : (globals->is_verbose ? CONSOLE_VERBOSE : CONSOLE_NORMAL));
	console = console_new(&look);
	options->listeners = pipelog_listener(log);
	options->listeners->next = runrecord_listener(record);
	options->listeners->next->next = picture_listener(picture);
	options->listeners->next->next->next = console_listener(console);
	if (!options->jobs)
		options->jobs = processor_count();
	code = run_job(graph, options, &err);
	console_free(console);
	pipelog_error(log, &log_err);
	runrecord_error(record, &record_err);
	picture_error(picture, &picture_err);
	pipelog_free(log);
	runrecord_free(record);
	picture_free(picture);
	return tell(tell(tell(tell(code, &err), &log_err), &record_err), &picture_err);
}
