#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "cmd/session.h"
#include "model/graph/graph.h"
#include "record/manifest/record.h"
#include "record/runs/past.h"
#include "record/runs/watched.h"
#include "run/job/lock.h"
#include "run/job/stage_dirs.h"
#include "view/screen/top.h"
#include "view/words/words.h"

#define REFRESH_MS 1000
#define ESTIMATE_MAX 10000 /* stages: the manifests of more are not read just for an estimate */

static const struct option_spec options[] = {
	OPTION(0, "once", NULL, FLAG, is_once,
		"print a plain listing and end; so it is also where there is no terminal"),
	OPTION(0, "json", NULL, FLAG, is_json, "once, as JSON"),
	OPTIONS_END,
};

/* The record of a run, read as it grows. */
struct follower {
	struct arena arena;
	struct past_reader *reader; /* NULL: no record yet */
	const char *path;
	int fd;
	bool stays; /* somebody looks on */
};

static void follower_close(struct follower *follower)
{
	if (follower->reader) {
		past_reader_free(follower->reader);
		close(follower->fd);
	}
	follower->reader = NULL;
	follower->path = NULL;
	arena_free(&follower->arena);
}

static int follower_open(struct follower *follower, const char *path, struct err *err)
{
	follower_close(follower);
	follower->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (follower->fd < 0)
		return errno == ENOENT ? 0 : err_sys(err, errno, "open", path);
	if (follower->stays)
		watched_begin(follower->fd);
	follower->path = arena_strdup(&follower->arena, path);
	follower->reader = past_reader_new(&follower->arena);
	return 0;
}

/* Takes what was appended. */
static int follower_read(struct follower *follower, struct err *err)
{
	char data[65536];
	ssize_t len;

	while (follower->reader) {
		len = read(follower->fd, data, sizeof data);
		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return err_sys(err, errno, "read", follower->path);
		if (len == 0)
			return 0;
		past_feed(follower->reader, data, (size_t)len);
	}
	return 0;
}

struct looker {
	struct call *call;
	const struct graph *graph;
	struct follower follower;
	double *before; /* by stage; NULL: too many to ask */
	struct top top;
	char who[160];
};

/* What each stage took when it last succeeded. Manifests tell of before this run as long as their
 * stages have not ended; those that have are not waited for. */
static void load_before(struct looker *looker)
{
	const struct graph *graph = looker->graph;
	struct arena arena ARENA_LOCAL = {0};
	const char **dirs;

	if (graph->stage_count > ESTIMATE_MAX)
		return;
	dirs = stage_dirs_find(&arena, graph, NULL);
	looker->before = mem_alloc((graph->stage_count + 1) * sizeof *looker->before);
	for (uint32_t i = 0; i < graph->stage_count; i++) {
		struct record record;
		bool is_known = dirs &&
				record_load(&arena, graph, i, dirs[i], &record, NULL) == 0 &&
				record.success.is_known;

		looker->before[i] = is_known ? record.success.duration_seconds : -1;
		if (graph->stages[i].flags & STAGE_DISABLED)
			looker->before[i] = 0;
	}
}

/* The newest record: that of the run that goes on, or of the last one. */
static int open_newest(struct looker *looker, struct err *err)
{
	struct past_entry *entries;
	struct arena arena ARENA_LOCAL = {0};
	const char *path = NULL;
	int status = 0;
	uint32_t count;

	if (past_list(&arena, graph_text(looker->graph, looker->graph->job_dir), &entries, &count,
		    err) < 0) {
		return -1;
	}
	while (count-- && !path)
		path = entries[count].record_path;
	if (path && !text_eq(path, looker->follower.path))
		status = follower_open(&looker->follower, path, err);
	return status;
}

/* Looks how things are now. */
static int look(struct looker *looker, struct err *err)
{
	struct top *top = &looker->top;
	/* asked first: what a run wrote before it let the lock go is read */
	bool is_held = job_lock_held(looker->graph, looker->who, sizeof looker->who);

	/* while a run that is shown goes on there is no newer one */
	if (!top_is_running(top)) {
		if (open_newest(looker, err) < 0)
			return -1;
	}
	if (follower_read(&looker->follower, err) < 0)
		return -1;
	top->who = is_held ? looker->who : NULL;
	top->log = looker->follower.reader ? past_model(looker->follower.reader) : NULL;
	top->is_alive = top->log && past_is_alive(top->log);
	top->now = 0;
	if (top->log) {
		top->now = (double)(clock_wall_ns() - top->log->begin_ns) / 1e9;
		if (top->now < top->log->last_at)
			top->now = top->log->last_at;
	}
	if (top_is_running(top) && !looker->before)
		load_before(looker);
	top->before = looker->before;
	return 0;
}

static int print_once(struct looker *looker, struct err *err)
{
	struct call *call = looker->call;

	if (look(looker, err) < 0)
		return EXIT_WORLD;
	if (call->wishes.is_json)
		top_json(&call->out, &looker->top);
	else
		top_text(&call->out, &looker->top, session_color(call), 0, 0);
	return EXIT_OK;
}

/* Until the run ends or the user has seen enough. A job that is held without a run is waited
 * for. */
static enum top_wake watch(struct looker *looker, struct top_screen *screen, struct err *err)
{
	bool color = session_color(looker->call);
	enum top_wake wake = TOP_TIME;
	struct buf lines BUF_LOCAL = {0};
	unsigned columns, rows;

	while (wake != TOP_QUIT && wake != TOP_SIGNAL) {
		if (look(looker, err) < 0 || !looker->top.who)
			break;
		top_screen_size(&columns, &rows);
		buf_reset(&lines);
		top_text(&lines, &looker->top, color, columns, rows);
		if (top_screen_draw(screen, &lines) < 0)
			break;
		wake = top_screen_wait(screen, REFRESH_MS);
	}
	return wake;
}

static int show_live(struct looker *looker, struct err *err)
{
	struct top_screen *screen;
	enum top_wake wake;
	int signal;

	looker->follower.stays = true;
	if (look(looker, err) < 0)
		return EXIT_WORLD;
	if (!looker->top.who)
		return print_once(looker, err);
	screen = top_screen_open(err);
	if (!screen)
		return EXIT_WORLD;
	wake = watch(looker, screen, err);
	signal = top_screen_signal(screen);
	top_screen_close(screen);
	if (wake == TOP_SIGNAL)
		return 128 + signal;
	if (!looker->top.who)
		top_text(&looker->call->out, &looker->top, false, 0, 0);
	return EXIT_OK;
}

static int run(struct call *call, struct err *err)
{
	const struct graph *graph = call->session.graph;
	struct looker looker = {.call = call, .graph = graph, .top = {.graph = graph}};
	int code;

	if (call->wishes.is_once || call->wishes.is_json || !style_is_screen(STDOUT_FILENO))
		code = print_once(&looker, err);
	else
		code = show_live(&looker, err);
	follower_close(&looker.follower);
	free(looker.before);
	return code;
}

const struct command cmd_top = {
	.name = "top",
	.usage = "",
	.summary = "show the stages that a run executes now",
	.details =
		"Each with the time so far, the time it took before, its memory, its CPU and what it says of\n"
		"its progress; below, how many stages are done, and an estimate of the time left. On a terminal\n"
		"anew each second, until the run ends or q or Ctrl-C is pressed.",
	.options = options,
	.needs = NEEDS_GRAPH,
	.run = run,
};
