/* An attempt from its begin marker to the end of its command. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/path.h"
#include "model/command/command.h"
#include "model/graph/job_paths.h"
#include "record/manifest/key.h"
#include "run/engine/context.h"
#include "run/engine/replaced.h"

#define MOMENT_MS 200  /* from here on a manifest says that the stage is running */
#define SAMPLE_MS 1000 /* between two looks at the memory of a running stage */
#define DRAIN_MAX \
	((size_t)1 << 20) /* bytes taken from one stage before the others have their turn */

static int64_t now_ms(void)
{
	return clock_mono_ns() / 1000000;
}

struct active *active_find(struct run *run, uint64_t id)
{
	for (struct active *a = run->active; a; a = a->next) {
		if (a->id == id)
			return a;
	}
	return NULL;
}

double active_seconds(const struct active *active)
{
	int64_t us = (clock_mono_ns() - active->started_mono) / 1000;
	return (double)us / 1e6;
}

void active_warn(struct run *run, struct active *active, const char *fmt, ...)
{
	struct buf text = {0};
	va_list args;
	va_start(args, fmt);
	buf_vfmt(&text, fmt, args);
	va_end(args);
	MEM_ROOM(active->warnings, active->warning_count, active->warning_cap);
	active->warnings[active->warning_count++] =
		(struct attempt_note){.wall_ns = clock_wall_ns(),
			.message = arena_strdup(&active->arena, buf_text(&text))};
	if (active->log)
		stagelog_add(active->log, LOG_WARNING, text.data, text.len);
	notify_text(run, STAGE_WARNING, active->stage, LOG_WARNING, "%s", buf_text(&text));
	buf_free(&text);
}

static void tell_line(void *ctx, enum log_level level, const char *text, size_t len)
{
	void **pair = ctx;
	struct run *run = pair[0];
	struct active *active = pair[1];
	struct run_event event = {.kind = STAGE_LINE,
		.stage = active->stage,
		.other = NONE,
		.level = level,
		.text = text,
		.text_len = len};
	notify(run, &event);
}

/* The run's mark that processes were started: removed at its clean end. */
static int write_open_mark(struct run *run, struct err *err)
{
	struct arena arena = {0};
	const char *path = job_path(&arena, run->graph, JOB_OPEN_MARK);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
	int status = 0;
	if (fd < 0)
		status = err_sys(err, errno, "write", path);
	else
		close(fd);
	arena_free(&arena);
	run->has_opened = status == 0;
	return status;
}

/* Directories in which outputs are to be made: the command need not. */
static int make_output_dirs(struct run *run, struct active *active, struct err *err)
{
	const struct graph *graph = run->graph;
	const struct stage *s = &graph->stages[active->stage];
	struct buf place = {0};
	int status = 0;
	struct fs_stat *before =
		arena_alloc(&active->arena, (s->output_count + 1) * sizeof *before);
	active->before_update = before;
	for (uint32_t i = 0; status == 0 && i < s->output_count + s->intermediate_count; i++) {
		uint32_t use = s->first_use + s->input_count + i;
		const struct label *label = &graph->labels[graph->uses[use].label];
		buf_reset(&place);
		command_place(graph, active->stage, use, active->work_dir, &place);
		if (label->flags & LABEL_DIRECTORY) {
			status = fs_mkdirs(buf_text(&place), err);
			continue;
		}
		const char *dir = path_dir(&active->arena, buf_text(&place));
		if (strcmp(dir, active->work_dir) != 0 && strcmp(dir, active->dir) != 0)
			status = fs_mkdirs(dir, err);
		/* What lies at the final place now: an output that the command writes there itself must differ. */
		if (status == 0 && i < s->output_count)
			fs_stat(file_path(graph, graph->uses[use].file), &before[i], NULL);
	}
	buf_free(&place);
	return status;
}

/* The command will write over what lies at the place of an output that is updated in place. What a failed
 * attempt of it left is its own. */
static int keep_updated(struct run *run, struct active *active, struct err *err)
{
	const struct graph *graph = run->graph;
	const struct stage *s = &graph->stages[active->stage];
	const struct record *record = run_record(run, active->stage);
	bool is_interrupted = run->is_interrupted && run->is_interrupted[active->stage];
	int status = 0;

	if (active->attempt.number > 1 || is_interrupted || record->status == RECORD_FAILED ||
		record->status == RECORD_RUNNING)
		return 0;
	for (uint32_t i = 0; status == 0 && i < s->output_count; i++) {
		const struct use *use = &graph->uses[s->first_use + s->input_count + i];
		struct attempt_file file = {.path = file_path(graph, use->file)};
		if (graph->labels[use->label].flags & LABEL_UPDATE)
			status = replaced_keep(run, active, &file, file.path, true, err);
	}
	return status;
}

static void log_beginning(struct run *run, struct active *active)
{
	const struct graph *graph = run->graph;
	const struct stage *s = &graph->stages[active->stage];
	struct buf text = {0};
	if (active->attempt.number > 1) {
		buf_fmt(&text, "Attempt %u", active->attempt.number);
		stagelog_add(active->log, LOG_INFO, text.data, text.len);
	}
	for (uint32_t i = 0; i < s->input_count && i < 20; i++) {
		const struct use *use = &graph->uses[s->first_use + i];
		buf_reset(&text);
		buf_fmt(&text, "Input %s: %s", graph_text(graph, graph->labels[use->label].name),
			file_path(graph, use->file));
		stagelog_add(active->log, LOG_INFO, text.data, text.len);
	}
	if (s->input_count > 20) {
		buf_reset(&text);
		buf_fmt(&text, "... and %u more inputs", s->input_count - 20);
		stagelog_add(active->log, LOG_INFO, text.data, text.len);
	}
	buf_reset(&text);
	buf_fmt(&text, "Output directory: %s", active->dir);
	stagelog_add(active->log, LOG_INFO, text.data, text.len);
	buf_reset(&text);
	buf_fmt(&text, "Command: %.*s", 100000, active->attempt.command);
	stagelog_add(active->log, LOG_DEBUG, text.data, text.len);
	buf_free(&text);
}

static void init_attempt(struct run *run, struct active *active)
{
	const struct graph *graph = run->graph;
	uint32_t stage = active->stage;
	struct buf command = {0};
	command_expand(graph, stage, NULL, &command);
	active->attempt = (struct attempt){
		.graph = graph,
		.stage = stage,
		.number = ++run->attempts[stage],
		.run = run->run_id,
		.started_ns = clock_wall_ns(),
		.status = RECORD_RUNNING,
		.command = arena_strdup(&active->arena, buf_text(&command)),
		.exit_code = -1,
		.key = *run->keys[stage],
		.has_key = true,
		.reasons = run->verdicts[stage].reasons,
		.reason_count = run->verdicts[stage].reason_count,
		.version_outputs = run->versions ? run->versions[stage] : NULL,
		.resources = {-1, -1, -1, -1, -1, -1},
	};
	buf_free(&command);
}

static int prepare(struct run *run, struct active *active, struct err *err)
{
	if (!run->has_opened && write_open_mark(run, err) < 0)
		return -1;
	const char *state_dir = job_path(&active->arena, run->graph, JOB_STATE);
	if (workdir_make(&run->work_dirs, state_dir, active->dir, active->work_dir, err) < 0 ||
		make_output_dirs(run, active, err) < 0)
		return -1;
	active->log = stagelog_open(active->log_path, stage_name(run->graph, active->stage),
		active->attempt.number > 1, err);
	if (!active->log)
		return -1;
	if (run->wants_lines) {
		void **pair = arena_alloc(&active->arena, 2 * sizeof *pair);
		pair[0] = run;
		pair[1] = active;
		stagelog_on_line(active->log, tell_line, pair);
	}
	log_beginning(run, active);
	if (keep_updated(run, active, err) < 0)
		return -1;
	return collect_inputs(run, active, err);
}

void active_start(struct run *run, uint32_t stage)
{
	const struct graph *graph = run->graph;
	const struct settings *settings = stage_settings(graph, stage);
	struct active *active = mem_alloc(sizeof *active);
	struct err err = {0};
	active->stage = stage;
	active->id = ++run->next_id;
	active->output = -1;
	active->dir = graph_text(graph, graph->stages[stage].dir);
	active->work_dir = stage_path(&active->arena, active->dir, WORK_DIR);
	active->log_path = stage_path(&active->arena, active->dir, STAGE_LOG_FILE);
	active->events_path = path_join(&active->arena, graph_text(graph, graph->root),
		stage_path(&active->arena, active->work_dir, WORK_EVENTS));
	active->events = events_open(active->events_path);
	active->progress = -1;
	active->next = run->active;
	run->active = active;
	init_attempt(run, active);
	active->started_mono = clock_mono_ns();
	active->deadline_ms = settings->timeout_ms ? now_ms() + settings->timeout_ms : -1;
	active->look_ms = now_ms() + MOMENT_MS;

	struct run_event event = {.kind = STAGE_START,
		.stage = stage,
		.other = NONE,
		.attempt_number = active->attempt.number,
		.command = active->attempt.command,
		.reasons = active->attempt.reasons,
		.reason_count = active->attempt.reason_count};
	notify(run, &event);
	if (prepare(run, active, &err) == 0 && launch_command(run, active, &err) == 0)
		return;
	if (err.code)
		run_fail(run, &err);
	active->is_refused = true;
	active->is_cancelled = err.code != EXIT_OK;
	if (!active->failure)
		active->failure = arena_strdup(&active->arena, err.text);
	sched_ended(run->sched, stage);
	settle(run, active);
}

static void take_output(struct active *active, size_t limit)
{
	char data[64 * 1024];
	size_t taken = 0;
	while (active->output >= 0 && taken < limit) {
		ssize_t n = read(active->output, data, sizeof data);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (n <= 0) {
			close(active->output);
			active->output = -1;
			return;
		}
		stagelog_feed(active->log, data, (size_t)n);
		taken += (size_t)n;
		if ((size_t)n < sizeof data / 2 && limit != SIZE_MAX)
			return; /* most likely all that there is: spare the read that says so */
	}
}

static void check_log(struct run *run, struct active *active)
{
	struct err err = {0};
	if (stagelog_flush(active->log, &err) < 0)
		run_fail(run, &err);
}

void active_drain(struct active *active)
{
	take_output(active, DRAIN_MAX);
}

struct take_ctx {
	struct run *run;
	struct active *active;
};

static void take_event(void *ctx, const struct event *event)
{
	struct take_ctx *t = ctx;
	report_take(t->run, t->active, event);
}

static void read_events(struct run *run, struct active *active, bool at_end)
{
	struct take_ctx ctx = {run, active};
	struct err err = {0};
	if (events_read(active->events, at_end, take_event, &ctx, &err) < 0)
		run_fail(run, &err);
}

static void show_running(struct run *run, struct active *active)
{
	struct err err = {0};
	active->is_shown_running = true;
	active->attempt.last_success = manifest_last_success(active->dir);
	active->attempt.duration_seconds = active_seconds(active);
	if (manifest_write(&active->attempt, active->dir, &err) < 0)
		run_fail(run, &err);
}

/* The share of a processor since the last sample. */
static void take_percent(struct active *active, double cpu)
{
	int64_t now = clock_mono_ns();
	int64_t since = active->sampled_mono ? active->sampled_mono : active->started_mono;
	/* Less than before: a child left the tree, and took its time along. */
	double used = cpu - active->sampled_cpu;
	active->attempt.resources.cpu_percent =
		used >= 0 && now > since ? used / ((double)(now - since) / 1e9) * 100 : -1;
	active->sampled_cpu = cpu;
	active->sampled_mono = now;
}

static void sample(struct run *run, struct active *active)
{
	struct sample now = sample_tree(active->pid);
	take_percent(active, now.cpu_seconds);
	if (now.memory_mb > active->peak_mb)
		active->peak_mb = now.memory_mb;
	active->attempt.resources.memory_mb = active->peak_mb;
	active->attempt.duration_seconds = active_seconds(active);
	struct run_event event = {.kind = STAGE_SAMPLE,
		.stage = active->stage,
		.other = NONE,
		.attempt = &active->attempt};
	notify(run, &event);
}

static void pass_deadline(struct run *run, struct active *active)
{
	if (active->is_ending) {
		warden_kill(run->warden, active->id, SIGKILL);
		active->deadline_ms = -1;
		return;
	}
	active->is_timed_out = true;
	active_stop(run, active, false);
}

void active_look(struct run *run, struct active *active, int64_t now)
{
	if (active->deadline_ms >= 0 && now >= active->deadline_ms)
		pass_deadline(run, active);
	if (now < active->look_ms)
		return;
	if (!active->is_shown_running)
		show_running(run, active);
	read_events(run, active, false);
	check_log(run, active);
	int64_t since = now - active->started_mono / 1000000;
	if (since >= SAMPLE_MS && since / SAMPLE_MS != (since - MOMENT_MS) / SAMPLE_MS)
		sample(run, active);
	active->look_ms = now + MOMENT_MS;
}

void active_stop(struct run *run, struct active *active, bool at_once)
{
	int64_t grace = stage_settings(run->graph, active->stage)->grace_ms;
	if (at_once || grace == 0) {
		warden_kill(run->warden, active->id, SIGKILL);
		active->deadline_ms = -1;
	} else if (!active->is_ending) {
		warden_kill(run->warden, active->id, SIGTERM);
		active->deadline_ms = now_ms() + grace;
	}
	active->is_ending = true;
}

static void take_end(struct active *active, const struct warden_event *end)
{
	struct attempt *attempt = &active->attempt;
	struct attempt_resources *r = &attempt->resources;
	active->end = *end;
	attempt->exit_code = end->exit_code;
	attempt->signal = end->signal;
	r->cpu_user_seconds = end->user_seconds;
	r->cpu_system_seconds = end->system_seconds;
	double seconds = (double)(clock_mono_ns() - active->started_mono) / 1e9;
	r->cpu_percent =
		seconds > 0 ? (end->user_seconds + end->system_seconds) / seconds * 100 : 0;
	r->memory_mb = end->memory_mb > active->peak_mb ? end->memory_mb : active->peak_mb;
	r->read_mb = end->read_mb;
	r->written_mb = end->written_mb;
}

void active_ended(struct run *run, struct active *active, const struct warden_event *end)
{
	if (end->kind == WARDEN_REFUSED) {
		active->is_refused = true;
		active->failure = arena_fmt(&active->arena, "cannot execute the command: %s%s",
			strerror(end->sys_errno),
			end->sys_errno == E2BIG
				? " (its arguments are too long: pass a list in a file)"
				: "");
		active->attempt.exit_code = 126;
	} else {
		take_end(active, end);
	}
	/* What is in the pipe was written before the end; what a survivor would write later is not waited for. */
	take_output(active, SIZE_MAX);
	if (active->output >= 0)
		close(active->output);
	active->output = -1;
	read_events(run, active, true);
	if (events_ignored(active->events))
		active_warn(run, active,
			"%u lines of the events file could not be used (no JSON object, unknown "
			"event, or too long)",
			events_ignored(active->events));
	if (end->kind == WARDEN_ENDED && end->strays)
		active_warn(run, active, "the command left %u processes behind: they were killed",
			end->strays);
	sched_ended(run->sched, active->stage);
	settle(run, active);
}

void active_free(struct run *run, struct active *active)
{
	struct active **link = &run->active;
	while (*link != active)
		link = &(*link)->next;
	*link = active->next;
	if (active->output >= 0)
		close(active->output);
	attempt_free_json(&active->attempt);
	for (uint32_t i = 0; i < active->reported_count; i++)
		json_free(active->reported[i].reported);
	events_close(active->events);
	free(active->attempt.files);
	free(active->made_at);
	free(active->made_type);
	for (int role = 0; role < 3; role++)
		map_free(&active->reported_by_path[role]);
	free(active->reported);
	free(active->errors);
	free(active->warnings);
	arena_free(&active->arena);
	free(active);
}
