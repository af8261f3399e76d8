#include "run/exec/jobfile.h"

#include <fcntl.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "model/command/command.h"
#include "run/exec/jobfile_walk.h"

#define BATCH_HEAD "restage batch "
#define BATCH_LINE BATCH_HEAD "1\n"
#define RESULT_LINE "restage result 1\n"

static bool are_flags(int flags)
{
	return flags == O_RDONLY || flags == (O_WRONLY | O_CREAT | O_TRUNC) ||
	       flags == (O_WRONLY | O_CREAT | O_APPEND);
}

static const struct command *walk_command(struct walk *walk, const struct command *given)
{
	struct command *command = arena_alloc(walk->arena, sizeof *command);

	if (given)
		*command = *given;
	command->argv = walk_texts(walk, "words", command->argv, &command->argc);
	if (!command->argc)
		walk_fail(walk, "a command without a word");
	command->redirect_count = walk_count(walk, "redirections", command->redirect_count);
	struct command_redirect *list =
		arena_alloc(walk->arena, (command->redirect_count + 1) * sizeof *list);
	for (size_t i = 0; i < command->redirect_count && !walk->has_failed; i++) {
		struct command_redirect *r = &list[i];
		if (given)
			*r = given->redirects[i];
		r->fd = (int)walk_number(walk, "fd", r->fd, 0, 2);
		r->from = (int)walk_number(walk, "from", r->from, -1, 2);
		r->flags = (int)walk_number(walk, "flags", r->flags, 0, INT32_MAX);
		r->path = walk_text(walk, "path", r->path);
		if (r->from < 0 && (!r->path || !are_flags(r->flags)))
			walk_fail(walk, "a redirection that is none");
	}
	command->redirects = list;
	size_t count_of_cleanup;
	command->cleanup = walk_texts(walk, "cleanup", command->cleanup, &count_of_cleanup);
	if (!count_of_cleanup)
		command->cleanup = NULL;
	command->is_of_daemon = walk_truth(walk, "is_of_daemon", command->is_of_daemon);
	return command;
}

static const struct launch_away *walk_away(struct walk *walk, const struct launch_away *given)
{
	struct launch_away *away = arena_alloc(walk->arena, sizeof *away);

	if (given)
		*away = *given;
	away->token = walk_must(walk, "token", away->token);
	if (!walk->has_failed && !jobfile_is_name(away->token))
		walk_fail(walk, "no token");
	away->stage = walk_must(walk, "stage", away->stage);
	away->number = (uint32_t)walk_number(walk, "attempt", away->number, 1, UINT32_MAX);
	away->losses = (uint32_t)walk_number(walk, "losses", away->losses, 0, UINT32_MAX);
	away->identity = walk_must(walk, "identity", away->identity);
	away->own_dir = walk_must(walk, "own_dir", away->own_dir);
	away->log_path = walk_must(walk, "log", away->log_path);
	away->gpu_count = (uint32_t)walk_number(walk, "gpu_count", away->gpu_count, 0, UINT32_MAX);
	away->made_count = walk_count(walk, "made", away->made_count);
	struct launch_made *list = arena_alloc(walk->arena, (away->made_count + 1) * sizeof *list);
	for (uint32_t i = 0; i < away->made_count && !walk->has_failed; i++) {
		if (given)
			list[i] = given->made[i];
		list[i].at = walk_must(walk, "at", list[i].at);
		list[i].path = walk_must(walk, "path", list[i].path);
		list[i].is_output = walk_truth(walk, "is_output", list[i].is_output);
	}
	away->made = list;
	return away;
}

static void walk_launch(struct walk *walk, struct launch *launch)
{
	size_t ignored;

	launch->away = walk_away(walk, launch->away);
	launch->dir = walk_text(walk, "dir", launch->dir);
	launch->timeout_ms = walk_number(walk, "timeout_ms", launch->timeout_ms, 0, INT64_MAX / 2);
	launch->grace_ms = walk_number(walk, "grace_ms", launch->grace_ms, 0, INT64_MAX / 2);
	launch->gpus = walk_text(walk, "gpus", launch->gpus);
	launch->env = walk_texts(walk, "env", launch->env, &ignored);
	launch->command = walk_command(walk, launch->command);
}

static void walk_task(struct walk *walk, struct job_task *task)
{
	task->index = (uint32_t)walk_number(walk, "index", task->index, 0, UINT32_MAX);
	if (walk->out && task->written)
		buf_add(walk->out, task->written->data, task->written->len);
	else
		walk_launch(walk, &task->launch);
}

static void walk_batch(struct walk *walk, void *value)
{
	struct job_batch *batch = value;

	batch->name = walk_must(walk, "name", batch->name);
	if (!walk->has_failed && !jobfile_is_name(batch->name))
		walk_fail(walk, "no name of a batch");
	batch->root = walk_must(walk, "root", batch->root);
	batch->jobs_dir = walk_must(walk, "jobs_dir", batch->jobs_dir);
	batch->is_limited = walk_truth(walk, "is_limited", batch->is_limited);
	batch->task_count = walk_count(walk, "tasks", batch->task_count);
	struct job_task *given = batch->tasks;
	batch->tasks = arena_alloc(walk->arena, (batch->task_count + 1) * sizeof *batch->tasks);
	for (uint32_t i = 0; i < batch->task_count && !walk->has_failed; i++) {
		if (given)
			batch->tasks[i] = given[i];
		walk_task(walk, &batch->tasks[i]);
	}
}

static void walk_gpu(struct walk *walk, struct job_result *result)
{
	struct exec_gpu_use *gpu = &result->gpu;

	if (walk->out && result->end.outcome.gpu)
		*gpu = *result->end.outcome.gpu;
	gpu->is_known = walk_truth(walk, "gpu", gpu->is_known);
	if (!gpu->is_known)
		return;
	gpu->is_of_device = walk_truth(walk, "of_device", gpu->is_of_device);
	gpu->seconds = walk_real(walk, "seconds", gpu->seconds);
	gpu->memory_mb = walk_real(walk, "memory_mb", gpu->memory_mb);
	gpu->peak_mb = walk_real(walk, "peak_mb", gpu->peak_mb);
	const char *names = walk_must(walk, "names", gpu->names);
	if (strlen(names) >= sizeof gpu->names)
		walk_fail(walk, "a name that is too long");
	else if (!walk->out)
		memcpy(gpu->names, names, strlen(names) + 1);
	result->end.outcome.gpu = gpu;
}

static void walk_end(struct walk *walk, struct job_result *result)
{
	struct exec_event *end = &result->end;
	struct exec_outcome *outcome = &end->outcome;

	bool is_refused = walk_truth(walk, "refused", end->kind == EXEC_REFUSED);
	end->kind = is_refused ? EXEC_REFUSED : EXEC_ENDED;
	end->text = walk_text(walk, "text", end->text);
	end->sys_errno = (int)walk_number(walk, "errno", end->sys_errno, 0, INT32_MAX);
	outcome->cause = (enum exec_cause)walk_number(
		walk, "cause", outcome->cause, EXEC_BY_ITSELF, EXEC_BY_STOP);
	outcome->exit_code = (int)walk_number(walk, "exit_code", outcome->exit_code, -1, 255);
	outcome->signal = (int)walk_number(walk, "signal", outcome->signal, 0, 127);
	outcome->user_seconds = walk_real(walk, "user_seconds", outcome->user_seconds);
	outcome->system_seconds = walk_real(walk, "system_seconds", outcome->system_seconds);
	outcome->memory_mb = walk_real(walk, "memory_mb", outcome->memory_mb);
	outcome->read_mb = walk_real(walk, "read_mb", outcome->read_mb);
	outcome->written_mb = walk_real(walk, "written_mb", outcome->written_mb);
	outcome->may_linger = walk_truth(walk, "may_linger", outcome->may_linger);
	result->gpus = walk_text(walk, "gpus", result->gpus);
	walk_gpu(walk, result);
}

static void walk_sum(struct walk *walk, struct digest *sum)
{
	char digits[DIGEST_TEXT_SIZE] = "";

	if (walk->out)
		digest_format(sum, digits);
	const char *found = walk_must(walk, "sum", digits);
	if (!walk->out && !walk->has_failed && !digest_parse(found, sum))
		walk_fail(walk, "no digest");
}

static void walk_listing(struct walk *walk, struct listing *listing)
{
	struct buf packed = {0};
	size_t len;

	listing->files =
		(uint64_t)walk_number(walk, "files", (int64_t)listing->files, 0, INT64_MAX);
	listing->bytes =
		(uint64_t)walk_number(walk, "bytes", (int64_t)listing->bytes, 0, INT64_MAX);
	if (walk->out) {
		listing_pack(listing, &packed);
		walk_write(walk, "listing", buf_text(&packed), packed.len);
		buf_free(&packed);
		return;
	}
	uint64_t files = listing->files, bytes = listing->bytes;
	const char *found = walk_read(walk, "listing", &len);
	if (!found || !listing_unpack(listing, found, len))
		walk_fail(walk, "no listing");
	listing->files = files;
	listing->bytes = bytes;
}

static void walk_made(struct walk *walk, struct job_made *made)
{
	static const char types[] = "fdol";
	char type[] = {made->stat.type, '\0'};

	made->at = walk_must(walk, "at", made->at);
	const char *found = walk_must(walk, "type", type);
	if (!walk->out) {
		if (strlen(found) != 1 || !strchr(types, *found))
			walk_fail(walk, "no type of a file");
		made->stat.type = *found;
	}
	made->stat.size =
		(uint64_t)walk_number(walk, "size", (int64_t)made->stat.size, 0, INT64_MAX);
	made->stat.mtime_ns =
		walk_number(walk, "mtime_ns", made->stat.mtime_ns, INT64_MIN, INT64_MAX);
	made->stat.ctime_ns =
		walk_number(walk, "ctime_ns", made->stat.ctime_ns, INT64_MIN, INT64_MAX);
	made->stat.ino =
		(uint64_t)walk_number(walk, "ino", (int64_t)made->stat.ino, INT64_MIN, INT64_MAX);
	made->stat.is_executable = walk_truth(walk, "executable", made->stat.is_executable);
	made->is_read = walk_truth(walk, "is_read", made->is_read);
	if (!made->is_read)
		return;
	if (made->stat.type == 'f') {
		walk_sum(walk, &made->sum);
		made->size = (uint64_t)walk_number(walk, "read", (int64_t)made->size, 0, INT64_MAX);
	} else if (made->stat.type == 'd') {
		walk_listing(walk, &made->listing);
	}
}

static void walk_output(struct walk *walk, struct job_result *result)
{
	result->cause = walk_must(walk, "log_cause", result->cause);
	result->is_cause_error = walk_truth(walk, "is_error", result->is_cause_error);
	result->last_count = walk_count(walk, "last", result->last_count);
	const char **last = arena_alloc(walk->arena, (result->last_count + 1) * sizeof *last);
	for (uint32_t i = 0; i < result->last_count && !walk->has_failed; i++)
		last[i] = walk_must(walk, "-", walk->out ? result->last[i] : NULL);
	result->last = last;
	result->warning_count = (uint64_t)walk_number(
		walk, "warning_count", (int64_t)result->warning_count, 0, INT64_MAX);
	result->warnings_kept = walk_count(walk, "warnings", result->warnings_kept);
	struct job_line *given = result->warnings;
	result->warnings =
		arena_alloc(walk->arena, (result->warnings_kept + 1) * sizeof *result->warnings);
	for (uint32_t i = 0; i < result->warnings_kept && !walk->has_failed; i++) {
		struct job_line *line = &result->warnings[i];
		if (given)
			*line = given[i];
		line->wall_ns = walk_number(walk, "time", line->wall_ns, INT64_MIN, INT64_MAX);
		line->text = walk_must(walk, "-", line->text);
	}
}

static void walk_result(struct walk *walk, void *value)
{
	struct job_result *result = value;

	result->token = walk_must(walk, "token", result->token);
	if (!walk->has_failed && !jobfile_is_name(result->token))
		walk_fail(walk, "no token");
	result->job = walk_must(walk, "job", result->job);
	result->host = walk_must(walk, "host", result->host);
	result->started_ns =
		walk_number(walk, "started_ns", result->started_ns, INT64_MIN, INT64_MAX);
	result->ended_ns = walk_number(walk, "ended_ns", result->ended_ns, INT64_MIN, INT64_MAX);
	walk_end(walk, result);
	result->fault = walk_text(walk, "fault", result->fault);
	result->named = walk_text(walk, "named", result->named);
	uint32_t made_count = walk_count(walk, "made", result->made_count);
	struct job_made *given = result->made;
	result->made = arena_alloc(walk->arena, (made_count + 1) * sizeof *result->made);
	for (uint32_t i = 0; i < made_count && !walk->has_failed; i++) {
		if (given)
			result->made[i] = given[i];
		result->made_count = i + 1; /* so far: they have listings */
		walk_made(walk, &result->made[i]);
	}
	walk_output(walk, result);
}

bool jobfile_is_name(const char *text)
{
	size_t len = strlen(text);

	return len && len < 200 && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == len &&
	       *text != '-';
}

bool jobfile_is_of_other_format(const char *data, size_t len)
{
	const size_t head = strlen(BATCH_HEAD), line = strlen(BATCH_LINE);
	const char *end = memchr(data, '\n', len);

	return end && len > head && memcmp(data, BATCH_HEAD, head) == 0 &&
	       (len < line || memcmp(data, BATCH_LINE, line) != 0);
}

static struct walk walk_of(
	struct arena *arena, const char *path, const char *data, size_t len, struct err *err)
{
	return (struct walk){.arena = arena,
		.path = path,
		.start = data,
		.at = data,
		.end = data + len,
		.err = err};
}

typedef void walk_records(struct walk *walk, void *value);

static void write_file(struct buf *out, const char *first_line, walk_records *records, void *value)
{
	struct arena arena ARENA_LOCAL = {0};
	struct walk walk = {.out = out, .arena = &arena};
	size_t start = out->len;

	buf_str(out, first_line);
	records(&walk, value);
	walk_write_end(out, start);
}

void jobfile_write_launch(const struct launch *launch, struct buf *out)
{
	struct arena arena ARENA_LOCAL = {0};
	struct walk walk = {.out = out, .arena = &arena};
	struct launch copy = *launch;

	walk_launch(&walk, &copy);
}

void jobfile_write_batch(const struct job_batch *batch, struct buf *out)
{
	struct job_batch copy = *batch;

	write_file(out, BATCH_LINE, walk_batch, &copy);
}

void jobfile_write_result(const struct job_result *result, struct buf *out)
{
	struct job_result copy = *result;

	write_file(out, RESULT_LINE, walk_result, &copy);
}

int jobfile_read_batch(struct arena *arena, const char *path, const char *data, size_t len,
	struct job_batch *out, struct err *err)
{
	struct walk walk = walk_of(arena, path, data, len, err);

	*out = (struct job_batch){0};
	if (walk_begin(&walk, BATCH_LINE))
		walk_batch(&walk, out);
	return walk_finish(&walk);
}

int jobfile_read_result(struct arena *arena, const char *path, const char *data, size_t len,
	struct job_result *out, struct err *err)
{
	struct walk walk = walk_of(arena, path, data, len, err);

	*out = (struct job_result){0};
	if (walk_begin(&walk, RESULT_LINE))
		walk_result(&walk, out);
	if (walk_finish(&walk) == 0)
		return 0;
	job_result_free(out);
	return -1;
}

void job_result_free(struct job_result *result)
{
	for (uint32_t i = 0; i < result->made_count; i++)
		listing_free(&result->made[i].listing);
	result->made_count = 0;
}
