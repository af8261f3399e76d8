/* The jobs below out/: a directory is one if a run has left its logs or its state there.
 *
 * restage.jobs/1, a row a job:
 *	job, job_dir  as in other answers
 *	state         "running", "success", "failed", "interrupted", "error", "killed"; "unknown" if the
 *	              record of its last run is gone
 *	run           id of its last run, or null; started_at, seconds: of that, or null
 *	params        object: the -p values that it remembers */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/dir.h"
#include "base/fs.h"
#include "base/json_write.h"
#include "base/path.h"
#include "base/text.h"
#include "cmd/session.h"
#include "model/graph/graph.h"
#include "model/graph/job_paths.h"
#include "record/runs/past.h"
#include "view/words/words.h"

struct job {
	const char *name, *dir, *state;
	struct past_run *last; /* NULL: no record of it */
	const char *run;       /* NULL: no log of one */
	struct remembered params;
};

static const struct option_spec options[] = {
	OPTION(0, "json", NULL, FLAG, is_json, "as JSON"),
	OPTION(0, "names", NULL, FLAG, names_only, "names alone, one a line"),
	OPTIONS_END,
};

static bool is_job(struct arena *arena, const char *dir)
{
	return fs_is_dir(stage_path(arena, dir, JOB_LOGS)) ||
	       fs_is_dir(stage_path(arena, dir, JOB_STATE));
}

size_t session_jobs(const struct graph *graph, struct arena *arena, const char ***names)
{
	const char *out = graph_text(graph, graph->out);
	int fd FD_LOCAL = dir_open(AT_FDCWD, out, O_RDONLY | O_DIRECTORY);
	struct dir dir DIR_LOCAL = {0};
	size_t count = 0;

	*names = arena_alloc(arena, sizeof **names);
	if (fd < 0)
		return 0;
	if (dir_read(fd, &dir) == 0)
		*names = arena_alloc(arena, (dir.count + 1) * sizeof **names);
	for (size_t i = 0; i < dir.count; i++) {
		if (dir.items[i].name[0] != '.' &&
			is_job(arena, path_join(arena, out, dir.items[i].name)))
			(*names)[count++] = arena_strdup(arena, dir.items[i].name);
	}
	return count;
}

static int look(struct arena *arena, const struct graph *graph, struct job *job, struct err *err)
{
	struct past_entry *entries;
	struct past_run *log;
	struct err ignored = {0};
	uint32_t count = 0;

	job->dir = path_join(arena, graph_text(graph, graph->out), job->name);
	job->state = "unknown";
	if (remembered_read(arena, job->dir, NULL, 0, &job->params, err) < 0 ||
		past_list(arena, job->dir, &entries, &count, err) < 0)
		return -1;
	if (count == 0)
		return 0;
	job->run = entries[count - 1].run;
	if (!entries[count - 1].record_path ||
		past_read(arena, entries[count - 1].record_path, &log, &ignored) < 0)
		return 0;
	job->last = log;
	job->state = past_outcome(log, past_is_alive(log));
	return 0;
}

static void add_json(struct json_writer *w, const struct job *job)
{
	const struct past_run *log = job->last;
	char started[CLOCK_ISO_SIZE];

	json_write_object(w, NULL);
	json_write_name(w, "job", job->name);
	json_write_name(w, "job_dir", job->dir);
	json_write_str(w, "state", job->state);
	json_write_str(w, "run", job->run);
	if (log)
		clock_iso(log->begin_ns, started);
	json_write_str(w, "started_at", log ? started : NULL);
	json_write_known(w, "seconds", log ? log->seconds : -1);
	json_write_object(w, "params");
	remembered_put(w, &job->params);
	json_write_end(w);
	json_write_end(w);
}

static void add_text(struct buf *out, const struct job *job, int width, bool color)
{
	const struct past_run *log = job->last;
	bool is_bad = !text_eq(job->state, "success") && !text_eq(job->state, "running");
	struct buf state BUF_LOCAL = {0};

	style_add(out, color, TONE_STRONG, job->name);
	buf_fmt(out, "%*s  ", width - (int)strlen(job->name), "");
	buf_fmt(&state, "%-11s", job->state);
	style_add(out, color, is_bad ? TONE_BAD : TONE_GOOD, buf_text(&state));
	buf_fmt(out, "  %s", job->run ? job->run : "no run");
	if (log && log->has_ended) {
		buf_str(out, "  ");
		text_add_duration(out, log->seconds);
	}
	for (size_t i = 0; i < job->params.count; i++) {
		buf_str(out, "  ");
		text_add_printable(out, job->params.items[i], strlen(job->params.items[i]));
	}
	buf_char(out, '\n');
}

static int run(struct call *call, struct err *err)
{
	const struct graph *graph = call->session.graph;
	struct json_writer w = {.out = &call->out};
	struct arena arena ARENA_LOCAL = {0};
	const char **names;
	size_t count = session_jobs(graph, &arena, &names);
	struct job *jobs = arena_alloc(&arena, (count + 1) * sizeof *jobs);
	int width = 0;

	for (size_t i = 0; call->wishes.names_only && i < count; i++)
		buf_fmt(&call->out, "%s\n", names[i]);
	if (call->wishes.names_only)
		count = 0;
	for (size_t i = 0; i < count && !err->code; i++) {
		jobs[i].name = names[i];
		width = (int)strlen(names[i]) > width ? (int)strlen(names[i]) : width;
		look(&arena, graph, &jobs[i], err);
	}
	if (call->wishes.is_json) {
		json_write_document(&w, "restage.jobs/1");
		json_write_rows(&w, "jobs");
	}
	for (size_t i = 0; i < count && !err->code; i++) {
		if (call->wishes.is_json)
			add_json(&w, &jobs[i]);
		else
			add_text(&call->out, &jobs[i], width, session_color(call));
	}
	if (call->wishes.is_json) {
		json_write_end(&w);
		json_write_finish(&w);
	} else if (count == 0 && !call->wishes.names_only) {
		session_note(call, "no job was run yet");
	}
	for (size_t i = 0; i < count; i++)
		past_done(jobs[i].last);
	return EXIT_OK;
}

const struct command cmd_jobs = {
	.name = "jobs",
	.usage = "",
	.summary = "list the jobs, how their last run ended, and what they remember",
	.options = options,
	.needs = NEEDS_GRAPH,
	.run = run,
};
