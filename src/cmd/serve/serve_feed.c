#include "cmd/serve/serve_feed.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/dir.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/text.h"
#include "cmd/job_metrics.h"
#include "cmd/session.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"
#include "record/runs/past.h"
#include "record/runs/watched.h"
#include "run/job/lock.h"
#include "view/page/report.h"

#define PAGE_LIVES_NS ((int64_t)1000 * 1000 * 1000)
#define EVENTS_AT_ONCE ((size_t)256 * 1024)
#define SETTLED_NS ((int64_t)2 * 1000 * 1000 * 1000)
#define LOGS_EVERY_NS ((int64_t)2 * 1000 * 1000 * 1000)

struct feed {
	const struct call *call;
	struct graph *graph;
	/* the directory in which the user stands: the definition is found from there */
	int started_in;
	struct buf page;
	int64_t page_ns; /* when it was made; 0: never */
	bool has_served;
	struct arena arena; /* of runs */
	struct past_entry *runs;
	uint32_t run_count;
	struct fs_stat logs; /* the directory of the logs, when runs was read */
	bool is_held;        /* somebody runs the job */
	char *followed;      /* path of the record that is followed; owned, NULL: none is */
	int followed_fd;
	struct events events;
};

/* The definition as it is now; what was mistyped meanwhile leaves the one before in its place. */
static int load(struct feed *feed)
{
	int code = EXIT_OK, root = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct graph *graph = NULL;

	if (fchdir(feed->started_in) == 0)
		graph = session_load(feed->call, &code);
	if (graph) {
		graph_free(feed->graph);
		feed->graph = graph;
		events_of(&feed->events, graph);
	} else if (root >= 0 && fchdir(root) < 0) {
		code = EXIT_WORLD;
	}
	if (root >= 0)
		close(root);
	return graph ? EXIT_OK : code ? code : EXIT_WORLD;
}

struct feed *feed_new(const struct call *call, int *exit_code)
{
	struct feed *feed = mem_alloc(sizeof *feed);

	feed->call = call;
	feed->followed_fd = -1;
	feed->started_in = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	*exit_code = load(feed);
	if (*exit_code == EXIT_OK)
		return feed;
	feed_free(feed);
	return NULL;
}

void feed_free(struct feed *feed)
{
	if (!feed)
		return;
	feed_follow(feed, false);
	if (feed->started_in >= 0)
		close(feed->started_in);
	graph_free(feed->graph);
	events_free(&feed->events);
	buf_free(&feed->page);
	arena_free(&feed->arena);
	free(feed);
}

static void list_runs(struct feed *feed, const struct fs_stat *now)
{
	arena_free(&feed->arena);
	feed->run_count = 0;
	/* a directory that was changed a moment ago may change again without showing it */
	if (clock_wall_ns() - now->ctime_ns > SETTLED_NS)
		feed->logs = *now;
	if (past_list(&feed->arena, graph_text(feed->graph, feed->graph->job_dir), &feed->runs,
		    &feed->run_count, NULL) < 0)
		feed->run_count = 0;
}

void feed_look(struct feed *feed)
{
	struct arena arena = {0};
	struct fs_stat now = {0};
	char who[128];
	const char *dir = job_path(&arena, feed->graph, JOB_LOGS);

	fs_stat(dir, &now, NULL);
	arena_free(&arena);
	if (!fs_same(&now, &feed->logs))
		list_runs(feed, &now);
	/* asked when the runs are known, and before their records are read: if it is not held,
	 * those runs have ended, and have written all that they had to say */
	feed->is_held = job_lock_held(feed->graph, who, sizeof who);
}

static const char *newest_record(const struct feed *feed)
{
	for (uint32_t i = feed->run_count; i > 0; i--) {
		if (feed->runs[i - 1].record_path)
			return feed->runs[i - 1].record_path;
	}
	return NULL;
}

void feed_follow(struct feed *feed, bool is_heard)
{
	const char *path = is_heard && feed->is_held ? newest_record(feed) : NULL;

	if (text_eq(path, feed->followed))
		return;
	if (feed->followed_fd >= 0)
		close(feed->followed_fd);
	free(feed->followed);
	feed->followed = path ? mem_strdup(path) : NULL;
	feed->followed_fd = path ? dir_open(AT_FDCWD, path, O_RDONLY) : -1;
	if (feed->followed_fd >= 0)
		watched_begin(feed->followed_fd);
}

const struct buf *feed_page(struct feed *feed)
{
	struct job_metrics_place place = {.call = feed->call, .started_in = feed->started_in};
	struct report_wish wish = {.is_live = true, .jobs = job_metrics_beside, .jobs_ctx = &place};
	struct buf data = {0};
	struct err err = {0};

	if (feed->page_ns && clock_mono_ns() - feed->page_ns < PAGE_LIVES_NS)
		return &feed->page;
	if (feed->has_served)
		load(feed);
	feed->has_served = true;
	feed->page_ns = 0;
	buf_reset(&feed->page);
	if (report_data(&data, feed->graph, &wish, &err) == 0) {
		report_page(&feed->page, data.data, data.len, false);
		feed->page_ns = clock_mono_ns();
	}
	buf_free(&data);
	if (err.code) {
		session_fail(&err);
		return NULL;
	}
	return &feed->page;
}

static const struct past_entry *find_run(const struct feed *feed, const char *run)
{
	for (uint32_t i = 0; i < feed->run_count; i++) {
		if (strcmp(feed->runs[i].run, run) == 0)
			return &feed->runs[i];
	}
	return NULL;
}

/* The run after this one ("": the first one) that has a record; NULL if there is none yet. */
static const struct past_entry *next_run(const struct feed *feed, const char *run)
{
	const struct past_entry *at = find_run(feed, run);

	for (uint32_t i = at ? (uint32_t)(at - feed->runs) + 1 : 0; i < feed->run_count; i++) {
		if (feed->runs[i].record_path && (at || !run[0]))
			return &feed->runs[i];
	}
	return NULL;
}

static void add_what_no_line_says(
	struct feed *feed, const char *record, struct listener_place *place, struct buf *out)
{
	int64_t now = clock_mono_ns();

	if (!feed->is_held) {
		events_of_death(record, place, out);
	} else if (now - place->logs_ns > LOGS_EVERY_NS) {
		events_of_running(&feed->events, record, place, out);
		place->logs_ns = now;
	}
}

void feed_read(struct feed *feed, struct listener_place *place, struct buf *out)
{
	const struct past_entry *run;
	size_t before = out->len;

	for (;;) {
		run = find_run(feed, place->at.run);
		const struct past_entry *next = next_run(feed, place->at.run);

		if (run && run->record_path)
			events_of_record(
				&feed->events, run->record_path, place, EVENTS_AT_ONCE, out);
		/* not before the listener knows of the run */
		if (run && run->log_path && place->at.record > 0)
			events_of_log(run->log_path, place, out);
		if (out->len > before || !next)
			break;
		*place = (struct listener_place){.logs_ns = place->logs_ns};
		snprintf(place->at.run, sizeof place->at.run, "%s", next->run);
	}
	if (out->len == before && run && run->record_path)
		add_what_no_line_says(feed, run->record_path, place, out);
}

int feed_file(const struct feed *feed, const char *stage, const char *path, uint64_t *size)
{
	const char *dir = events_dir(&feed->events, stage);

	return dir ? report_open_output(dir, path, size) : -1;
}
