/* What counts is what would make a stage run: the files of the definition, what it looked for, the
 * inputs that no stage makes, declared or told of. What stages make does not: a run would wake the
 * next one. Whether a change matters the plan decides, so that a touched file runs nothing.
 *
 * The watch is set up before the run, so that nothing that happens during it is missed. Of files
 * that only the run told of, their time in the manifest says whether they changed meanwhile. */
#include "cmd/watch.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/dirwatch.h"
#include "base/err.h"
#include "base/exclude.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/path.h"
#include "cmd/session.h"
#include "model/graph/graph.h"
#include "record/manifest/record.h"
#include "run/ask/plan.h"
#include "run/job/signals.h"

#define REST_MS 200       /* without a change: it has come to rest */
#define RESTLESS_MS 10000 /* longer than that nobody waits for it */
#define BY_ITSELF_MAX 3   /* runs in a row whose own stages change what they read */

struct watch {
	struct dirwatch *dirs; /* NULL: no definition was read so far */
	bool has_run;
	bool is_late;       /* a file that the run told of has changed since */
	uint32_t by_itself; /* runs in a row that a change during the run before brought */
};

struct watch *watch_new(void)
{
	return mem_alloc(sizeof(struct watch));
}

void watch_free(struct watch *watch)
{
	if (!watch)
		return;
	dirwatch_free(watch->dirs);
	free(watch);
}

/* The directory in front of the first pattern, in which names decide. */
static void add_glob(struct dirwatch *dirs, const char *pattern)
{
	struct arena arena ARENA_LOCAL = {0};
	const char *dir = pattern;
	bool is_deep = strstr(pattern, "**") != NULL;
	uint32_t levels = 0;

	while (fs_is_glob(dir)) {
		dir = path_dir(&arena, dir);
		levels++;
	}
	dirwatch_dir(dirs, dir, is_deep || levels > 1, EXCLUDE_USUAL);
}

static void add_sources(struct dirwatch *dirs, const struct graph *graph)
{
	for (uint32_t i = 0; i < graph->source_count; i++) {
		const struct source *source = &graph->sources[i];
		const char *path = graph_text(graph, source->path);
		if (source->kind == SOURCE_GLOB)
			add_glob(dirs, path);
		else if (source->kind != SOURCE_PROBE || *path != '/')
			dirwatch_file(dirs, path);
	}
}

static void add_input(struct dirwatch *dirs, const char *path, const char *exclude)
{
	if (fs_is_dir(path))
		dirwatch_dir(dirs, path, true, exclude);
	else
		dirwatch_file(dirs, path);
}

static void ignore_made(struct dirwatch *dirs, const struct graph *graph)
{
	dirwatch_ignore(dirs, graph_text(graph, graph->out));
	for (uint32_t i = 0; i < graph->file_count; i++) {
		if (graph->files[i].producer != NONE)
			dirwatch_ignore(dirs, file_path(graph, i));
	}
}

static void add_inputs(struct dirwatch *dirs, const struct call *call)
{
	const struct graph *graph = call->session.graph;

	for (uint32_t i = 0; i < graph->stage_count; i++) {
		const struct stage *s = &graph->stages[i];
		for (uint32_t k = 0; call->wanted[i] && k < s->input_count; k++) {
			uint32_t file = graph->uses[s->first_use + k].file;
			if (graph->files[file].producer == NONE)
				add_input(dirs, file_path(graph, file), file_exclude(graph, file));
		}
	}
}

/* Inputs that only the record has, from depfiles and reports. */
static void add_recorded(struct watch *watch, const struct call *call)
{
	const struct graph *graph = call->session.graph;
	struct arena arena ARENA_LOCAL = {0};

	for (uint32_t i = 0; i < graph->stage_count; i++) {
		const struct stage *s = &graph->stages[i];
		if (!call->wanted[i])
			continue;
		const struct record *record =
			record_get(&arena, graph, i, graph_text(graph, s->dir), NULL);
		for (uint32_t k = 0; record && k < record->success.file_count; k++) {
			const struct record_file *file = &record->success.files[k];
			struct fs_stat now;
			if (file->role != ROLE_INPUT || file->origin == ORIGIN_DECLARED ||
				file->origin == ORIGIN_COMMAND)
				continue;
			add_input(watch->dirs, file->path, file->exclude);
			watch->is_late |= fs_stat(file->path, &now, NULL) == 0 &&
					  now.mtime_ns != file->mtime_ns;
		}
		arena_reset(&arena);
	}
}

/* Is there anything that a run would do? Where that cannot be told, it will tell. */
static bool would_run(struct call *call)
{
	struct err ignored = {0};
	struct plan plan;

	if (session_plan(call, false, &plan, &ignored) < 0)
		return true;
	bool runs = plan.run_count || plan.may_count || plan.is_job_running;
	plan_free(&plan);
	return runs;
}

bool watch_begin(struct watch *watch, struct call *call, struct err *err)
{
	struct dirwatch *dirs = dirwatch_new(err);
	uint32_t more;

	if (!dirs)
		return false;
	ignore_made(dirs, call->session.graph);
	add_sources(dirs, call->session.graph);
	add_inputs(dirs, call);
	/* what came since the definition was read */
	watch->is_late = watch->dirs && dirwatch_read(watch->dirs, &more);
	dirwatch_free(watch->dirs);
	watch->dirs = dirs;
	if (!watch->has_run) {
		watch->has_run = true;
		return true;
	}
	call->wishes.is_forced = false; /* that was for the first run */
	if (would_run(call))
		return true;
	session_note(call, "nothing to do");
	return false;
}

bool watch_has_begun(const struct watch *watch)
{
	return watch->has_run;
}

void watch_end(struct watch *watch, struct call *call)
{
	const char *missed;

	add_recorded(watch, call);
	missed = dirwatch_missed(watch->dirs);
	if (missed)
		session_note(call, "%s", missed);
}

/* Before there is a graph: the pipeline file, and what lies beside it. */
static int watch_file(struct watch *watch, const struct call *call)
{
	struct err err = {0};
	struct arena arena ARENA_LOCAL = {0};
	char *found MEM_LOCAL = NULL;
	const char *file = call->globals.file;

	if (watch->dirs)
		return EXIT_OK;
	if (file ? !fs_exists(file) : definition_find(&found, &err) < 0)
		return EXIT_USAGE; /* told by who wanted to read it */
	watch->dirs = dirwatch_new(&err);
	if (watch->dirs)
		dirwatch_dir(watch->dirs, path_dir(&arena, path_norm(&arena, file ? file : found)),
			false, EXCLUDE_USUAL);
	return watch->dirs ? EXIT_OK : session_fail(&err);
}

static void tell_change(const struct call *call, const char *path, uint32_t more)
{
	if (more)
		session_note(call, "'%s' and %u other%s changed", path, more, more == 1 ? "" : "s");
	else
		session_note(call, "'%s' changed", path);
}

/* A signal's number, or 0: something happened, or the time is over. */
static int poll_once(struct watch *watch, struct signals *signals, int timeout_ms)
{
	struct pollfd polls[] = {{.fd = dirwatch_fd(watch->dirs), .events = POLLIN},
		{.fd = signals->fd, .events = POLLIN}};

	if (poll(polls, 2, timeout_ms) > 0 && polls[1].revents)
		return signals_next(signals);
	return 0;
}

/* Waits for a change that counts, then until nothing has changed for a while. */
static int wait_for_rest(struct watch *watch, const struct call *call, struct signals *signals)
{
	int64_t first = 0, last = 0, now;
	int number = 0;

	while (!number) {
		uint32_t more;
		const char *path = dirwatch_read(watch->dirs, &more);
		now = clock_mono_ns() / 1000000;
		if (path && !first)
			tell_change(call, path, more);
		if (path || (watch->is_late && !first)) {
			last = now;
			first = first ? first : now;
		}
		watch->is_late = false;
		if (first && (now - last >= REST_MS || now - first >= RESTLESS_MS))
			return 0;
		number = poll_once(watch, signals, first ? REST_MS : -1);
	}
	return 128 + number;
}

/* A stage that changes what it reads would run for ever: what happened during the run is then
 * passed over. */
static void look_at_itself(struct watch *watch, const struct call *call)
{
	uint32_t more;
	const char *path = dirwatch_read(watch->dirs, &more);

	if (!path) {
		watch->by_itself = 0;
	} else if (++watch->by_itself < BY_ITSELF_MAX) {
		tell_change(call, path, more);
		watch->is_late = true;
	} else {
		session_note(call,
			"'%s' changed in each of the last %d runs: it is no reason to run again",
			path, BY_ITSELF_MAX);
		watch->is_late = false;
		watch->by_itself = 0;
	}
}

int watch_wait(struct watch *watch, const struct call *call)
{
	struct signals signals = {.fd = -1};
	struct err err = {0};
	int code = watch_file(watch, call);

	if (code != EXIT_OK)
		return code;
	look_at_itself(watch, call);
	if (signals_take(&signals, &err) < 0)
		return session_fail(&err);
	session_note(call, "waiting for changes in %u director%s; Ctrl-C ends",
		dirwatch_count(watch->dirs), dirwatch_count(watch->dirs) == 1 ? "y" : "ies");
	code = wait_for_rest(watch, call, &signals);
	signals_give(&signals);
	return code;
}
